import {
  getKernelsForBackend,
  type KernelConfig,
  type KernelFunc,
  registerKernel,
  type TensorInfo,
} from "@tensorflow/tfjs-core";
import type { OnnxBackend } from "./backend.js";
import { sizeOf } from "./graph/value.js";
import type { OnnxKernel } from "./kernel.js";
import { averagePools } from "./kernels/averagePool.js";
import { batchNormTrainingKernels } from "./kernels/batchNormTraining.js";
import { binaries } from "./kernels/binary.js";
import { blocks } from "./kernels/blocks.js";
import { casts } from "./kernels/cast.js";
import { comparisons } from "./kernels/comparison.js";
import { convolutions } from "./kernels/convolution.js";
import { convolutionFilterGradients } from "./kernels/convolutionFilterGradient.js";
import { convolutionInputGradients } from "./kernels/convolutionInputGradient.js";
import { depthwiseFilterGradients } from "./kernels/depthwiseFilterGradient.js";
import { elementwise } from "./kernels/elementwise.js";
import { fills } from "./kernels/fill.js";
import { fusedBatchNorms } from "./kernels/fusedBatchNorm.js";
import { gathering } from "./kernels/gather.js";
import { joining } from "./kernels/joining.js";
import { matrixProducts } from "./kernels/matMul.js";
import { maxPools } from "./kernels/maxPool.js";
import { movingAverages } from "./kernels/movingAverage.js";
import { padding } from "./kernels/padding.js";
import { product } from "./kernels/product.js";
import { rectifier } from "./kernels/rectifier.js";
import { reductions } from "./kernels/reduction.js";
import { resizes } from "./kernels/resize.js";
import { scattering } from "./kernels/scatter.js";
import { shapes } from "./kernels/shape.js";
import { slicing } from "./kernels/slicing.js";
import { softmaxes } from "./kernels/softmax.js";
import { splits } from "./kernels/split.js";
import { sums } from "./kernels/sum.js";
import { isOnnxType } from "./recorded.js";

/** All kernels that have an ONNX form. */
const kernels: readonly OnnxKernel[] = [
  ...elementwise,
  ...sums,
  ...product,
  ...binaries,
  ...casts,
  ...comparisons,
  ...reductions,
  ...matrixProducts,
  ...softmaxes,
  ...rectifier,
  ...batchNormTrainingKernels,
  ...movingAverages,
  ...convolutions,
  ...convolutionInputGradients,
  ...convolutionFilterGradients,
  ...depthwiseFilterGradients,
  ...fusedBatchNorms,
  ...maxPools,
  ...averagePools,
  ...resizes,
  ...blocks,
  ...fills,
  ...gathering,
  ...joining,
  ...padding,
  ...scattering,
  ...shapes,
  ...slicing,
  ...splits,
];

/** Registers the kernels, and the CPU backend's for the rest, of which the ONNX backend's data is a kind. */
export function installKernels(): void {
  const written = new Map(kernels.map((kernel) => [kernel.name, kernel]));
  const registered = new Set(getKernelsForBackend("onnx").map(({ kernelName }) => kernelName));
  const add = (kernelName: string, kernelFunc: KernelFunc, rest: Partial<KernelConfig> = {}) => {
    if (!registered.has(kernelName)) registerKernel({ ...rest, kernelName, backendName: "onnx", kernelFunc });
  };
  for (const config of getKernelsForBackend("cpu")) {
    const kernel = written.get(config.kernelName);
    written.delete(config.kernelName);
    add(
      config.kernelName,
      kernel ? recordOr(kernel, config.kernelFunc) : fallback(config.kernelName, config.kernelFunc),
      config,
    );
  }
  for (const kernel of written.values()) add(kernel.name, recordOr(kernel, cannot(kernel.name)));
}

/** Runs a kernel as TensorFlow.js calls it. */
type Call = Parameters<KernelFunc>[0];

/** A kernel's inputs; some kernels take a list, or have one among their inputs, and some may be left out. */
type Inputs = Readonly<Record<string, TensorInfo | readonly TensorInfo[] | null | undefined>>;

function recordOr({ name, record }: OnnxKernel, kernelFunc: KernelFunc): KernelFunc {
  return (call) => {
    const backend = call.backend as OnnxBackend;
    const fit = check(name, call.inputs as unknown as Inputs, backend);
    const recorded = fit ? record(call.inputs as never, call.attrs ?? {}, backend) : undefined;
    return recorded ?? fallBack(name, kernelFunc, call);
  };
}

function fallback(name: string, kernelFunc: KernelFunc): KernelFunc {
  return (call) => {
    check(name, call.inputs as unknown as Inputs, call.backend as OnnxBackend);
    return fallBack(name, kernelFunc, call);
  };
}

function fallBack(name: string, kernelFunc: KernelFunc, call: Call): TensorInfo | TensorInfo[] {
  (call.backend as OnnxBackend).counts.fellBack(name);
  return kernelFunc(call);
}

/**
 * Whether a graph can take the inputs: numbers or truth values, and at least one of each.
 *
 * @throws BackendError when one was disposed
 */
function check(kernel: string, inputs: Inputs, backend: OnnxBackend): boolean {
  let fit = true;
  for (const key in inputs) {
    const input = inputs[key];
    if (input == null) continue;
    if ("dataId" in input) {
      backend.checkPresent(kernel, input);
      fit &&= isOnnxType(input.dtype) && sizeOf(input.shape) > 0;
    } else fit = check(kernel, input as unknown as Inputs, backend) && fit;
  }
  return fit;
}

const cannot =
  (name: string): KernelFunc =>
  () => {
    throw new TypeError(`the kernel ${name} has no CPU form`);
  };
