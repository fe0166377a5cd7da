import type { Initializer, OnnxGraph, OnnxNode } from "../graph/modelProto.js";
import { type Shape, sizeOf } from "../graph/value.js";
import { everyNode } from "./everyNode.js";

/** A graph whose weights lie as its operations want them. */
export interface Folded {
  readonly graph: OnnxGraph;
  /** For each constant that was made of another one, the name of that. */
  readonly origins: ReadonlyMap<string, string>;
}

/**
 * Does at once what a graph would do to its weights on every start, reshaping and transposing them: tools that change
 * weights, such as quantizers, look for them as constants of the operation that uses them.
 */
export function foldWeights(graph: OnnxGraph): Folded {
  const constants = new Map(graph.initializers.map((constant) => [constant.name, constant]));
  const origins = new Map<string, string>();
  const results = new Set(graph.outputs.map(({ name }) => name));
  const nodes = graph.nodes.filter((node) => {
    const folded = results.has(node.outputs[0]!) ? undefined : fold(node, constants);
    if (folded === undefined) return true;
    constants.set(folded.name, folded);
    const source = node.inputs[0]!;
    origins.set(folded.name, origins.get(source) ?? source);
    return false;
  });
  const used = new Set(everyNode(nodes).flatMap(({ inputs }) => inputs));
  const initializers = [...constants.values()].filter(({ name }) => used.has(name));
  return { graph: { ...graph, nodes, initializers }, origins };
}

/** The constant that an operation gives, if it only moves the elements of a constant. */
function fold(
  { type, inputs, outputs, attributes }: OnnxNode,
  constants: ReadonlyMap<string, Initializer>,
): Initializer | undefined {
  const given = constants.get(inputs[0] ?? "");
  const name = outputs[0]!;
  if (given === undefined || given.type === "int64") return undefined;
  if (type === "Reshape") {
    const shape = constants.get(inputs[1]!);
    return shape && { ...given, name, shape: impliedShape(shape, given.shape) };
  }
  if (type !== "Transpose" || given.type === "bool") return undefined;
  const order = attributes.perm as readonly number[];
  const values = new Uint32Array(given.bytes.slice().buffer);
  const bytes = new Uint8Array(transposed(values, given.shape, order).buffer);
  return { ...given, name, shape: order.map((axis) => given.shape[axis]!), bytes };
}

/** The shape that a constant holds, in which 0 is the length before and -1 what remains. */
function impliedShape({ bytes }: Initializer, before: Shape): Shape {
  const given = Array.from(new BigInt64Array(bytes.slice().buffer), Number);
  const shape = given.map((length, axis) => (length === 0 ? before[axis]! : length));
  return shape.map((length) => (length === -1 ? -sizeOf(before) / sizeOf(shape) : length));
}

/** Elements with their axes in another order. */
function transposed(values: Uint32Array, shape: Shape, order: readonly number[]): Uint32Array {
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  const lengths = order.map((axis) => shape[axis]!);
  const steps = order.map((axis) => strides[axis]!);
  const result = new Uint32Array(values.length);
  const place = lengths.map(() => 0);
  let from = 0;
  for (let to = 0; to < result.length; to++) {
    result[to] = values[from]!;
    for (let axis = lengths.length - 1; axis >= 0; axis--) {
      from += steps[axis]!;
      place[axis]!++;
      if (place[axis]! < lengths[axis]!) break;
      from -= steps[axis]! * lengths[axis]!;
      place[axis] = 0;
    }
  }
  return result;
}
