import { DeviceEvaluator } from "./device/deviceEvaluator.js";
import { Evaluator } from "./evaluate.js";
import type { GraphTarget } from "./graph/graph.js";
import { GraphFolder } from "./graphFolder.js";
import type { Counts } from "./report.js";
import type { Runtime } from "./runtime.js";

/** How graphs are written and kept. */
export interface EvaluatorSettings extends Pick<GraphTarget, "channelBlock" | "recompute"> {
  /** Bytes of native memory that compiled graphs may keep; the graph in use may exceed it. */
  readonly cacheBytes: number;
  /** Folder in which graphs are kept for later processes; undefined for none. */
  readonly graphFolder?: string;
}

/** What computes values on the runtime's device. */
export function makeEvaluator(
  runtime: Runtime,
  { channelBlock, recompute, cacheBytes, graphFolder }: EvaluatorSettings,
  counts: Counts,
): Evaluator {
  const accelerated = runtime.device !== "cpu";
  const target: GraphTarget = {
    channelBlock,
    recompute,
    portable: accelerated,
    optimized: accelerated,
    accelerated,
  };
  const folder = graphFolder === undefined ? undefined : new GraphFolder(graphFolder, runtime, target);
  const Kind = runtime.keepsValues ? DeviceEvaluator : Evaluator;
  return new Kind(runtime, target, counts, cacheBytes, folder);
}
