import { operatorSets } from "./compile.js";
import { blockedDomain } from "./graph/graph.js";
import { encodeModel } from "./graph/modelProto.js";
import type { Runtime, RuntimeTensor } from "./runtime.js";

/**
 * How many channels ONNX Runtime's convolutions in blocks of channels take at a time on this processor, found by bringing
 * 32 channels of two pixels in that order; 0 where it has no such convolutions.
 */
export function findChannelBlock(runtime: Runtime): number {
  if (runtime.device !== "cpu") return 0;
  const channels = 32;
  const shape = [1, channels, 1, 2];
  const node = { type: "ReorderInput", domain: blockedDomain, inputs: ["x"], outputs: ["y"], attributes: {} };
  const port = (name: string) => ({ name, type: "float32" as const, shape });
  const graph = { nodes: [node], initializers: [], inputs: [port("x")], outputs: [port("y")] };
  const values = Float32Array.from({ length: 2 * channels }, (_, i) => i);
  let y: RuntimeTensor;
  try {
    const session = runtime.compile(encodeModel(graph, { operatorSets }), {
      graphOptimizationLevel: "disabled",
      intraOpNumThreads: 1,
    });
    y = session.run({ x: runtime.tensor("float32", values, shape) }, { y: null }).y!;
    session.dispose();
  } catch {
    return 0;
  }
  // The first pixel of each channel of a block, and then the second pixel of the first.
  const order = y.data;
  return (
    [8, 16].find((block) => order[1] === 2 && order[block - 1] === 2 * (block - 1) && order[block] === 1) ?? 0
  );
}
