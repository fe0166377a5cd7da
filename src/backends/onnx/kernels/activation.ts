import type { Graph } from "../graph/graph.js";
import { Value } from "../graph/value.js";
import { elu, leakyRelu, type Pointwise, prelu, relu, relu6, sigmoid } from "./pointwise.js";

/** Functions of each element by itself, by TensorFlow.js's name of the activation. */
const pointwise: Readonly<Record<string, Pointwise>> = { relu, relu6, elu, sigmoid };

/** Whether {@link emitActivation} can write an activation of TensorFlow.js's fused kernels. */
export const hasActivation = (activation: string | undefined): boolean =>
  !activation ||
  activation === "linear" ||
  activation === "leakyrelu" ||
  activation === "prelu" ||
  activation in pointwise;

/**
 * Writes the activation of a fused kernel.
 *
 * @param value a float32 value
 * @param activation TensorFlow.js's name; none changes nothing
 * @param preluWeights slopes of `prelu`, which broadcast against the value
 * @param leakyreluAlpha slope of `leakyrelu`
 */
export function emitActivation(
  graph: Graph,
  value: Value,
  activation: string | undefined,
  preluWeights?: Value,
  leakyreluAlpha = 0.2,
): Value {
  if (!activation || activation === "linear") return value;
  if (activation === "prelu") {
    const { names, order, stored } = graph.broadcast([value, preluWeights!], value.shape);
    return new Value(prelu(graph, names), value.dtype, value.shape, order, stored);
  }
  const write: Pointwise = activation === "leakyrelu" ? leakyRelu(leakyreluAlpha) : pointwise[activation]!;
  const { name, dtype, shape, order, stored } = graph.settled(value);
  return new Value(write(graph, name), dtype, shape, order, stored);
}
