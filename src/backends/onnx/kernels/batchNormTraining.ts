import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { Graph } from "../graph/graph.js";
import { emitInverseDeviation, emitMoments } from "../graph/moments.js";
import { sizeOf, Value } from "../graph/value.js";
import { kernel, type OnnxKernel } from "../kernel.js";

/** Kernels of this library beside TensorFlow.js's: batch normalisation with the batch's own statistics. */
export const batchNormTraining = "RadiolucentBatchNormTraining";
/** The gradient of {@link batchNormTraining} with respect to one of its inputs. */
export const batchNormTrainingGradient = "RadiolucentBatchNormTrainingGradient";

/** Attributes of both kernels. */
export interface BatchNormAttributes {
  /** What is added to the variance. */
  readonly epsilon: number;
}

type Inputs = Readonly<Record<"x" | "gamma" | "beta", TensorInfo>>;
type GradientInputs = Readonly<Record<"dy" | "x" | "gamma" | "mean" | "variance", TensorInfo>>;

/** An input of {@link batchNormTraining} with a gradient. */
export type BatchNormInput = keyof Inputs;

/** x [batch, height, width, channels], gamma and beta [channels] to the normalised x, and its mean and variance. */
const forward = kernel<Inputs, BatchNormAttributes>(
  batchNormTraining,
  ({ x, gamma, beta }, { epsilon }, backend) => {
    const channels = x.shape[3]!;
    const statistic = (name: "mean" | "variance") =>
      backend.record({
        key: `BatchNormTraining ${name}`,
        inputs: [x],
        shape: [channels],
        dtype: "float32",
        emit: (graph, [value]) => new Value(emitMoments(graph, value!)[name], "float32", [channels]),
      });
    const [mean, variance] = [statistic("mean"), statistic("variance")];
    const y = backend.record({
      key: `BatchNormTraining ${epsilon}`,
      inputs: [x, gamma, beta],
      shape: x.shape,
      dtype: "float32",
      emit(graph, [value, scale, shift]) {
        const normalized = {
          x: graph.named(value!, "planes"),
          scale: graph.named(scale!),
          shift: graph.named(shift!),
          ...emitMoments(graph, value!),
          epsilon,
        };
        const y = new Value(emitNormalized(graph, normalized), "float32", x.shape, "planes");
        y.normalized = normalized;
        return y;
      },
    });
    return [y, mean, variance];
  },
);

/** Writes a batch normalisation with given statistics. */
export function emitNormalized(graph: Graph, of: NonNullable<Value["normalized"]>): string {
  const { x, scale, shift, mean, variance, epsilon } = of;
  return graph.op("BatchNormalization", [x, scale, shift, mean, variance], { epsilon: { float: epsilon } });
}

const gradient = kernel<GradientInputs, BatchNormAttributes & { readonly of: BatchNormInput }>(
  batchNormTrainingGradient,
  ({ dy, x, gamma, mean, variance }, { epsilon, of }, backend) =>
    backend.record({
      key: `BatchNormTrainingGradient ${of} ${epsilon}`,
      inputs: [dy, x, gamma, mean, variance],
      shape: of === "x" ? x.shape : gamma.shape,
      dtype: "float32",
      emit: (graph, values) => emitGradient(graph, values as never, epsilon, of),
    }),
);

/**
 * With n values a channel, d the gradient of y, s its sum and g the gradient of gamma, which is the sum of d * xHat:
 * the gradient of x is gamma / deviation * (d - s / n - xHat * g / n) (Ioffe and Szegedy, ICML 2015). Its part in x is
 * left as a remainder, since the gradients of a dense block add up many such parts of the same x.
 */
function emitGradient(
  graph: Graph,
  [dy, x, gamma, mean, variance]: readonly [Value, Value, Value, Value, Value],
  epsilon: number,
  of: BatchNormInput,
): Value {
  const channels = x.shape[3]!;
  const d = graph.named(dy, "planes");
  const inverse = emitInverseDeviation(graph, variance.name, epsilon);
  const sum = (name: string) => graph.op("ReduceSum", [name, graph.ints([0, 2, 3])], { keepdims: 0 });
  const planes = graph.named(x, "planes");
  // Two layers may share x and dy, and differ in epsilon.
  const key = `batch norm gradient ${d} ${planes} ${mean.name} ${inverse}`;
  const { shiftGradient, scaleGradient } = graph.once(key, () => {
    const shiftGradient = sum(d);
    const product = sum(graph.op("Mul", [d, planes]));
    const centred = graph.op("Sub", [product, graph.op("Mul", [mean.name, shiftGradient])]);
    return { shiftGradient, scaleGradient: graph.op("Mul", [inverse, centred]) };
  });
  if (of === "beta") return new Value(shiftGradient, "float32", gamma.shape);
  if (of === "gamma") return new Value(scaleGradient, "float32", gamma.shape);
  const factor = graph.op("Mul", [graph.named(gamma), inverse]);
  const share = graph.op("Mul", [factor, graph.scalar(-channels / sizeOf(x.shape))]);
  const scale = graph.op("Mul", [graph.op("Mul", [share, inverse]), scaleGradient]);
  const shift = graph.op("Sub", [
    graph.op("Mul", [share, shiftGradient]),
    graph.op("Mul", [scale, mean.name]),
  ]);
  const direct = graph.op("Mul", [d, graph.reshape(factor, [channels, 1, 1])]);
  const dx = new Value(direct, "float32", x.shape, "planes");
  dx.remainder = { of: x, scale, shift };
  return dx;
}

/** Batch normalisation in training. */
export const batchNormTrainingKernels: readonly OnnxKernel[] = [forward, gradient];
