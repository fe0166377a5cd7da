import { type DataStorage, engine } from "@tensorflow/tfjs-core";
import type { Entry } from "./entry.js";
import type { Recorded } from "./recorded.js";

/** The values that TensorFlow.js's variables have now, of those whose data are here. */
export function variableNodes(data: DataStorage<Entry>): ReadonlySet<Recorded> {
  const nodes = new Set<Recorded>();
  for (const { dataId } of Object.values(engine().registeredVariables)) {
    const node = data.has(dataId) ? data.get(dataId).node : undefined;
    if (node) nodes.add(node);
  }
  return nodes;
}
