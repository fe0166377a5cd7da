import type { StoredTensor } from "../../models/assignWeights.js";
import type { WeightedLayer } from "../../models/weightedLayers.js";

/** Weights that belong together, before they have a key. */
export interface LayerWeights {
  /** The layer's name. */
  readonly layer: string;
  /** Its name after that of the nested model that it stands in; the same where it stands in none. */
  readonly path: string;
  /** Its weights by name. */
  readonly weights: ReadonlyMap<string, StoredTensor>;
}

/** Keras 3 calls a depthwise kernel just kernel. */
export function ownName(name: string, target: WeightedLayer | undefined): string {
  const depthwise = `depthwise_${name}`;
  const has = (wanted: string) => target?.weights.some((weight) => weight.name === wanted) === true;
  return !has(name) && has(depthwise) ? depthwise : name;
}
