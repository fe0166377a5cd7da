import { operatorSets } from "../compile.js";
import { encodeModel } from "../graph/modelProto.js";
import type { Runtime, Session } from "../runtime.js";
import { compileCopy } from "./copy.js";

/**
 * Adds two numbers on the device, to know at once whether it works: ONNX Runtime lists devices whose driver or libraries
 * may be missing.
 *
 * @throws what ONNX Runtime throws, or an Error where the sum is wrong
 */
export function probe(runtime: Runtime): void {
  const shape = [2];
  const node = { type: "Add", domain: "", inputs: ["x", "x"], outputs: ["y"], attributes: {} };
  const port = (name: string) => ({ name, type: "float32" as const, shape });
  const graph = { nodes: [node], initializers: [], inputs: [port("x")], outputs: [port("y")] };
  const sessions: Session[] = [];
  try {
    const sum = runtime.compile(encodeModel(graph, { operatorSets }), {
      graphOptimizationLevel: "disabled",
      intraOpNumThreads: 1,
      keepsOutputs: runtime.keepsValues === true,
    });
    sessions.push(sum);
    const x = runtime.tensor("float32", Float32Array.of(1, -3), shape);
    const onDevice = sum.run({ x }, { y: null }).y!;
    const copy = compileCopy(runtime, "float32", false);
    sessions.push(copy);
    const { data } = copy.run({ x: onDevice }, { y: null }).y!;
    onDevice.dispose();
    if (data[0] !== 2 || data[1] !== -6)
      throw new Error(`it computes 1 + 1 = ${data[0]}, -3 - 3 = ${data[1]}`);
  } finally {
    for (const session of sessions) session.dispose();
  }
}
