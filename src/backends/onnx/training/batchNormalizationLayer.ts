import {
  engine,
  getBackend,
  getGradient,
  ones,
  registerGradient,
  type Tensor,
  tidy,
  zeros,
} from "@tensorflow/tfjs-core";
import { layers } from "@tensorflow/tfjs-layers";
import {
  type BatchNormInput,
  batchNormTraining,
  batchNormTrainingGradient,
} from "../kernels/batchNormTraining.js";
import { movingAverage } from "../kernels/movingAverage.js";

/** A variable of a layer. */
interface LayerVariable {
  read(): Tensor;
  write(value: Tensor): unknown;
}

/** What is used of TensorFlow.js's layer, whose type is not exported. */
interface BatchNormalization {
  readonly axis: number;
  readonly epsilon: number;
  readonly momentum: number;
  readonly gamma?: LayerVariable | null;
  readonly beta?: LayerVariable | null;
  readonly movingMean: LayerVariable;
  readonly movingVariance: LayerVariable;
  call(inputs: Tensor | Tensor[], options: { readonly training?: boolean }): Tensor | Tensor[];
}

let installed = false;

/**
 * Makes the layer `batchNormalization` train with one kernel and its gradient where it runs on the ONNX backend over
 * images with their channels last; elsewhere it stays as it is. Statistics, moving averages and results are the same.
 */
export function installBatchNormalization(): void {
  if (installed) return;
  installed = true;
  if (getGradient(batchNormTraining) === undefined) registerBatchNormGradient();
  const prototype = layers.batchNormalization({}).constructor.prototype as BatchNormalization;
  const { call } = prototype;
  prototype.call = function (this: BatchNormalization, inputs, options) {
    const x = Array.isArray(inputs) ? inputs[0]! : inputs;
    const lastAxis = this.axis === -1 || this.axis === 3;
    const suits =
      options.training === true && x.rank === 4 && lastAxis && x.dtype === "float32" && x.size > 0;
    return suits && getBackend() === "onnx" ? tidy(() => train(this, x)) : call.call(this, inputs, options);
  };
}

function train(layer: BatchNormalization, x: Tensor): Tensor {
  const { epsilon, momentum, movingMean, movingVariance } = layer;
  const channels = x.shape[3]!;
  const gamma = layer.gamma?.read() ?? ones([channels]);
  const beta = layer.beta?.read() ?? zeros([channels]);
  const [y, mean, variance] = engine().runKernel(
    batchNormTraining,
    { x, gamma, beta },
    { epsilon },
  ) as unknown as Tensor[];
  const average = (moving: LayerVariable, now: Tensor) => {
    moving.write(engine().runKernel(movingAverage, { before: moving.read(), now }, { momentum }) as Tensor);
  };
  average(movingMean, mean!);
  average(movingVariance, variance!);
  return y!;
}

function registerBatchNormGradient(): void {
  registerGradient({
    kernelName: batchNormTraining,
    inputsToSave: ["x", "gamma"],
    outputsToSave: [false, true, true],
    gradFunc(dy, [x, gamma, mean, variance], attributes) {
      const inputs = { dy: (dy as Tensor[])[0]!, x: x!, gamma: gamma!, mean: mean!, variance: variance! };
      // Each gets a kernel of its own, as TensorFlow.js disposes the other results of a kernel with several.
      const gradient = (of: BatchNormInput) => () =>
        engine().runKernel(batchNormTrainingGradient, inputs, { ...attributes, of }) as Tensor;
      return { x: gradient("x"), gamma: gradient("gamma"), beta: gradient("beta") };
    },
  });
}
