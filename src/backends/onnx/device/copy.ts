import { operatorSets } from "../compile.js";
import { encodeModel } from "../graph/modelProto.js";
import type { OnnxType } from "../recorded.js";
import type { Runtime, Session } from "../runtime.js";

/** A graph that gives what it is given, which is how values get to a device and back. */
export function compileCopy(runtime: Runtime, type: OnnxType, keepsOutputs: boolean): Session {
  const node = { type: "Identity", domain: "", inputs: ["x"], outputs: ["y"], attributes: {} };
  const graph = {
    nodes: [node],
    initializers: [],
    inputs: [{ name: "x", type }],
    outputs: [{ name: "y", type }],
  };
  return runtime.compile(encodeModel(graph, { operatorSets }), {
    graphOptimizationLevel: "disabled",
    intraOpNumThreads: 1,
    keepsOutputs,
  });
}
