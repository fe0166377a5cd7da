import { io, ones, type Tensor, tidy, zeros } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { ModelError } from "../errors.js";
import { layerPart, plainWeightName, type TopologyLayer } from "./topologyLayers.js";

/** What weights are loaded into. */
export interface LoadedTopology {
  /** The layers of the model. */
  readonly layers: ReadonlyMap<string, TopologyLayer>;
  /** The layers as they were written, before their topology was translated; none where it was not. */
  readonly written: ReadonlyMap<string, TopologyLayer>;
  /** What the weights are from, for errors. */
  readonly source: string;
}

/**
 * Gives a model its weights by their names. Batch normalisation that was written without scale or center, and got both
 * when its topology was translated, gets ones and zeros.
 *
 * @throws ModelError for a weight of another shape; an Error for one that is missing or unknown
 */
export function loadWeights(
  model: LayersModel,
  { entries, data }: { readonly entries: readonly io.WeightsManifestEntry[]; readonly data: ArrayBuffer },
  { layers, written, source }: LoadedTopology,
): void {
  tidy(() => {
    const tensors = io.decodeWeights(data, [...entries]);
    const byName = new Map<string, Tensor>();
    for (const { name, group } of entries) {
      if (group !== "optimizer") byName.set(plainWeightName(name, layers), tensors[name]!);
    }
    for (const { originalName, shape } of model.weights) {
      const given = byName.get(originalName);
      const filled = given ? undefined : constantOf(originalName, shape as number[], written);
      if (filled) byName.set(originalName, filled);
      if (given && `${given.shape}` !== `${shape}`) {
        throw new ModelError(
          originalName,
          `${source}: weight "${originalName}" has shape [${given.shape}] where its layer has [${shape}]; weights and ` +
            "topology are not of one model",
        );
      }
    }
    model.loadWeights(Object.fromEntries(byName), true);
  });
}

function constantOf(
  name: string,
  shape: number[],
  written: ReadonlyMap<string, TopologyLayer>,
): Tensor | undefined {
  const layer = written.get(layerPart(name));
  if (layer?.type !== "BatchNormalization") return undefined;
  if (name.endsWith("/gamma") && layer.config.scale === false) return ones(shape);
  if (name.endsWith("/beta") && layer.config.center === false) return zeros(shape);
  return undefined;
}
