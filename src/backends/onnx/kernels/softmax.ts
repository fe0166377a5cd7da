import { Softmax, type SoftmaxAttrs, type TensorInfo } from "@tensorflow/tfjs-core";
import type { Graph } from "../graph/graph.js";
import { axisInOrder, type Order, Value } from "../graph/value.js";
import { kernel, type OnnxKernel } from "../kernel.js";
import { repetitions } from "./reduce.js";

/**
 * Writes the softmax along the last axis. ONNX Runtime moves any other axis in memory to the end, which takes ten times
 * as long as the operations of which a softmax consists.
 */
function write(graph: Graph, x: string, order: Order, rank: number): string {
  if (order === "rows") return graph.op("Softmax", [x], { axis: -1 });
  const axis = axisInOrder(rank - 1, order);
  const largest = graph.op("ReduceMax", [x], { axes: [axis], keepdims: 1 });
  const powers = graph.op("Exp", [graph.op("Sub", [x, largest])]);
  return graph.op("Div", [powers, graph.op("ReduceSum", [powers, graph.ints([axis])], { keepdims: 1 })]);
}

/** e^x / sum(e^x) along the last axis, the only one that TensorFlow.js allows. */
const softmax = kernel<Readonly<Record<"logits", TensorInfo>>, SoftmaxAttrs>(
  Softmax,
  ({ logits }, { dim }, backend) => {
    const rank = logits.shape.length;
    if (logits.dtype !== "float32" || (dim !== -1 && dim !== rank - 1)) return undefined;
    return backend.record({
      key: "Softmax",
      inputs: [logits],
      shape: logits.shape,
      dtype: "float32",
      emit(graph, [given]) {
        const value = repetitions(given!, [rank - 1]) > 1 ? graph.full(given!) : graph.settled(given!);
        const { name, dtype, shape, order, stored } = value;
        return new Value(write(graph, name, order, rank), dtype, shape, order, stored);
      },
    });
  },
);

/** The softmax; TensorFlow.js writes its logarithm as other kernels. */
export const softmaxes: readonly OnnxKernel[] = [softmax];
