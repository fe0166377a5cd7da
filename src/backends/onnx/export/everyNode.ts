import type { OnnxNode } from "../graph/modelProto.js";

/** Operations, and those of the graphs that they hold for conditions. */
export function everyNode(nodes: readonly OnnxNode[]): OnnxNode[] {
  return nodes.flatMap((node) => [
    node,
    ...Object.values(node.attributes).flatMap((value) =>
      typeof value === "object" && "nodes" in value ? everyNode(value.nodes) : [],
    ),
  ]);
}
