import type { TensorInfo } from "@tensorflow/tfjs-core";
import { Value } from "../graph/value.js";
import { kernel, type OnnxKernel } from "../kernel.js";

/** A kernel of this library beside TensorFlow.js's: the moving average of a batch normalisation's statistic. */
export const movingAverage = "RadiolucentMovingAverage";

type Inputs = Readonly<Record<"before" | "now", TensorInfo>>;

/** before - (before - now) * (1 - momentum), as TensorFlow.js rounds it. */
const average = kernel<Inputs, { readonly momentum: number }>(
  movingAverage,
  (inputs, { momentum }, backend) =>
    backend.record({
      key: `MovingAverage ${momentum}`,
      inputs: [inputs.before, inputs.now],
      shape: inputs.before.shape,
      dtype: "float32",
      inPlace: true,
      emit(graph, values) {
        const [before, now] = values.map((value) => graph.named(value));
        const change = graph.op("Mul", [graph.op("Sub", [before!, now!]), graph.scalar(1 - momentum)]);
        return new Value(graph.op("Sub", [before!, change]), "float32", inputs.before.shape);
      },
    }),
);

/** Moving averages. */
export const movingAverages: readonly OnnxKernel[] = [average];
