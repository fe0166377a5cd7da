import type { OnnxGraph, OnnxNode, Port } from "../graph/modelProto.js";
import { everyNode } from "./everyNode.js";

/**
 * Gives a graph's inputs, outputs and constants other names, in the order of `wanted`; where a name is taken, `_1`, `_2`
 * and so on is added. All others keep theirs if they can.
 */
export function rename(graph: OnnxGraph, wanted: ReadonlyMap<string, string>): OnnxGraph {
  const taken = new Set([""]);
  const names = new Map([["", ""]]);
  const claim = (old: string, name: string) => {
    if (names.has(old)) return;
    let free = name;
    for (let n = 1; taken.has(free); n++) free = `${name}_${n}`;
    taken.add(free);
    names.set(old, free);
  };
  const there = namesOf(graph);
  for (const [old, name] of wanted) if (there.has(old)) claim(old, name);
  for (const old of there) claim(old, old);
  return renamed(graph, names);
}

/** All names of values. */
function namesOf({ inputs, outputs, initializers, nodes }: OnnxGraph): Set<string> {
  const ends = [...inputs, ...outputs, ...initializers].map(({ name }) => name);
  return new Set([...ends, ...everyNode(nodes).flatMap((node) => node.outputs)]);
}

function renamed(graph: OnnxGraph, names: ReadonlyMap<string, string>): OnnxGraph {
  const port = (given: Port): Port => ({ ...given, name: names.get(given.name)! });
  const node = ({ attributes, ...rest }: OnnxNode): OnnxNode => ({
    ...rest,
    inputs: rest.inputs.map((name) => names.get(name)!),
    outputs: rest.outputs.map((name) => names.get(name)!),
    attributes: Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => [
        name,
        typeof value === "object" && "nodes" in value ? renamed(value, names) : value,
      ]),
    ),
  });
  return {
    nodes: graph.nodes.map(node),
    initializers: graph.initializers.map((constant) => ({ ...constant, name: names.get(constant.name)! })),
    inputs: graph.inputs.map(port),
    outputs: graph.outputs.map(port),
  };
}
