import { Graph, type GraphTarget } from "./graph/graph.js";
import { encodeModel, type OnnxGraph, type Port } from "./graph/modelProto.js";
import { Value } from "./graph/value.js";
import type { Recorded } from "./recorded.js";

/** The recorded values of one run, in an order in which they can be computed. */
export interface Plan {
  /** Values to compute. */
  readonly order: readonly Recorded[];
  /** Values that are there and used by them. */
  readonly leaves: readonly Recorded[];
  /** Of `order`, those that are wanted. */
  readonly targets: readonly Recorded[];
}

/** A model, and the names of its inputs and outputs. */
export interface Compiled {
  /** The `.onnx` file's bytes. */
  readonly model: Uint8Array<ArrayBuffer>;
  /** Name of the output of each target. */
  readonly outputs: readonly string[];
  /** Operations in the graph. */
  readonly operations: number;
}

/** Versions of the operator sets in which graphs are written. */
export const operatorSets = { "": 17, "com.microsoft": 1, "com.microsoft.nchwc": 1 };

/** Name of a leaf in the graph. */
export const leafName = (index: number): string => `leaf${index}`;

/**
 * Writes the graph of a plan as the bytes of a model.
 *
 * @param constants indices of leaves whose values become part of the graph
 */
export function compile(plan: Plan, target: GraphTarget, constants: ReadonlySet<number>): Compiled {
  const graph = writeGraph(plan, target, constants);
  return {
    model: encodeModel(graph, { operatorSets }),
    outputs: graph.outputs.map(({ name }) => name),
    operations: graph.nodes.length,
  };
}

/**
 * Writes the graph of a plan: its inputs are the leaves that are no constants, its outputs the targets.
 *
 * @param constants indices of leaves whose values become part of the graph
 */
export function writeGraph(plan: Plan, target: GraphTarget, constants: ReadonlySet<number>): OnnxGraph {
  const graph = new Graph(target);
  const values = new Map<Recorded, Value>();
  const inputs: Port[] = [];
  plan.leaves.forEach((leaf, index) => {
    const name = leafName(index);
    const { shape } = leaf;
    values.set(leaf, new Value(name, leaf.dtype, shape));
    if (!constants.has(index)) inputs.push({ name, type: leaf.dtype, shape });
    else {
      const { buffer, byteOffset, byteLength } = leaf.values!;
      graph.addInitializer({
        name,
        type: leaf.dtype,
        shape,
        bytes: new Uint8Array(buffer, byteOffset, byteLength),
      });
    }
  });
  for (const node of plan.order) {
    const recipe = node.recipe!;
    values.set(
      node,
      recipe.emit(
        graph,
        recipe.inputs.map((input) => values.get(input)!),
        node,
      ),
    );
  }
  const taken = new Set<string>();
  const outputs = plan.targets.map((node): Port => {
    let name = graph.named(values.get(node)!);
    if (taken.has(name) || !graph.makes(name)) name = graph.op("Identity", [name]);
    taken.add(name);
    return { name, type: node.dtype, shape: node.shape };
  });
  return graph.finish(inputs, outputs);
}
