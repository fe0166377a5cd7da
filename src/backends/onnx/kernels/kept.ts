import type { Graph } from "../graph/graph.js";
import { Value } from "../graph/value.js";

/** A value of the forward pass where the gradient `dy` needs it: written again, after `dy` is there, if it was not kept. */
export function kept(graph: Graph, x: Value, dy: Value): Value {
  return x.again ? writtenAgain(graph, x, graph.named(dy, dy.order)) : x;
}

/** A value, written once more after the value of the name `after` is there. */
export function writtenAgain(
  graph: Graph,
  { again, name, dtype, shape, order }: Value,
  after: string,
): Value {
  return graph.once(`again ${name}`, () => new Value(again!(after), dtype, shape, order));
}
