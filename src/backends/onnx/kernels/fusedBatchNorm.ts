import type { TensorInfo } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { sameShape } from "../graph/value.js";
import { kernel, type OnnxKernel } from "../kernel.js";
import { planesOf } from "./convolution.js";

interface Inputs {
  readonly x: TensorInfo;
  readonly mean: TensorInfo;
  readonly variance: TensorInfo;
  readonly offset?: TensorInfo;
  readonly scale?: TensorInfo;
}

interface Attributes {
  readonly varianceEpsilon?: number;
}

/** Batch normalisation with given mean and variance, of each channel by itself. */
const fusedBatchNorm = kernel<Inputs, Attributes>(
  tf.FusedBatchNorm,
  ({ x, mean, variance, offset, scale }, { varianceEpsilon = 0.001 }, backend) => {
    const vectors = [mean, variance, ...(scale ? [scale] : []), ...(offset ? [offset] : [])];
    const channels = x.shape.at(-1)!;
    const fits = vectors.every(({ shape, dtype }) => dtype === "float32" && sameShape(shape, [channels]));
    if (x.dtype !== "float32" || x.shape.length !== 4 || !fits) return undefined;
    return backend.record({
      key: ["FusedBatchNorm", varianceEpsilon, Boolean(scale), Boolean(offset)].join(" "),
      inputs: [x, ...vectors],
      shape: x.shape,
      dtype: "float32",
      emit(graph, [image, ...values]) {
        const names = values.map((value) => graph.named(value));
        const by = scale ? names[2]! : graph.vector(1, channels);
        const plus = offset ? names.at(-1)! : graph.vector(0, channels);
        const planes = graph.named(image!, "planes");
        const inputs = [planes, by, plus, names[0]!, names[1]!];
        return planesOf(
          graph.op("BatchNormalization", inputs, { epsilon: { float: varianceEpsilon } }),
          x.shape,
        );
      },
    });
  },
);

/** Batch normalisation in prediction. */
export const fusedBatchNorms: readonly OnnxKernel[] = [fusedBatchNorm];
