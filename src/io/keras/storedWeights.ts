import type { LayersModel } from "@tensorflow/tfjs-layers";
import { ModelError } from "../../errors.js";
import type { StoredTensor, StoredWeights } from "../../models/assignWeights.js";
import { type WeightedLayer, weightedLayers } from "../../models/weightedLayers.js";
import type { KerasFile, NamedWeight } from "./kerasFile.js";
import { kerasOneWeight } from "./kerasOneWeight.js";
import { type LayerWeights, ownName } from "./layerWeights.js";
import { placedLayers } from "./placedLayers.js";

/**
 * The weights of a file under the names that a model's layers have.
 *
 * @throws ModelError for what cannot be told apart or is laid out otherwise
 */
export function storedWeights(file: KerasFile, model: LayersModel): StoredWeights {
  const targets = weightedLayers(model);
  const layers = file.placed ? placedLayers(file, model, targets) : namedLayers(file, model, targets);
  const counts = new Map<string, number>();
  for (const { layer } of layers) counts.set(layer, (counts.get(layer) ?? 0) + 1);
  const stored = new Map<string, ReadonlyMap<string, StoredTensor>>();
  for (const { layer, path, weights } of layers) {
    const name = counts.get(layer) === 1 ? layer : path;
    if (stored.has(name) && targets.some((target) => target.name === layer)) {
      throw new ModelError(
        layer,
        `${layer}: several layers of the file have this name, and it doesn't say in which nested model each stands; save the model as .keras`,
      );
    }
    stored.set(name, weights);
  }
  return stored;
}

function namedLayers(
  { named = [], version, backend }: KerasFile,
  model: LayersModel,
  targets: readonly WeightedLayer[],
): LayerWeights[] {
  const first = version === undefined || version.startsWith("1");
  const models = new Set(
    model.layers.filter((layer) => !targets.some(({ path }) => path === layer.name)).map(({ name }) => name),
  );
  const groups = new Map<string, NamedWeight[]>();
  for (const weight of named) groups.set(weight.layer, [...(groups.get(weight.layer) ?? []), weight]);
  const layers = [...groups].flatMap(([group, weights]): LayerWeights[] => {
    if (first) return [{ layer: group, path: group, weights: kerasOneWeights(group, weights, targets) }];
    const places = new Map<string, NamedWeight[]>();
    for (const weight of weights) {
      const place = weight.weight.split("/").slice(0, -1).join("/");
      places.set(place, [...(places.get(place) ?? []), weight]);
    }
    // One layer's weights share their first parts, which older Keras may have numbered otherwise than the layer.
    const known = (name: string) => targets.some((target) => target.name === name);
    const inner = [...places.keys()].some((place) => known(innerName(place, targets)));
    if (places.size < 2 && !models.has(group) && (known(group) || !inner)) {
      return [{ layer: group, path: group, weights: ownWeights(group, weights, targets) }];
    }
    return [...places].map(([place, inner]) => {
      const layer = innerName(place, targets);
      return { layer, path: `${group}/${layer}`, weights: ownWeights(layer, inner, targets) };
    });
  });
  if (backend === "theano") refuseTheano(layers);
  return layers;
}

/** The longest end of a place that is a layer's name; the place itself where none is. */
function innerName(place: string, targets: readonly WeightedLayer[]): string {
  const parts = place.split("/");
  const ends = parts.map((_, start) => parts.slice(start).join("/"));
  return ends.find((end) => targets.some(({ name }) => name === end)) ?? place;
}

function ownWeights(
  layer: string,
  weights: readonly NamedWeight[],
  targets: readonly WeightedLayer[],
): ReadonlyMap<string, StoredTensor> {
  const target = targets.find(({ name }) => name === layer);
  const found = new Map<string, StoredTensor>();
  for (const { weight, tensor } of weights) {
    const short = weight.slice(weight.lastIndexOf("/") + 1).replace(/:\d+$/, "");
    const name = ownName(short, target);
    if (found.has(name)) {
      throw new ModelError(
        layer,
        `${layer}: two of its weights are called "${name}" in the file, so they cannot be told apart; save the model as .keras`,
      );
    }
    found.set(name, tensor);
  }
  return found;
}

function kerasOneWeights(layer: string, weights: readonly NamedWeight[], targets: readonly WeightedLayer[]) {
  const target = targets.find(({ name }) => name === layer);
  const found = new Map<string, StoredTensor>();
  for (const { weight, tensor } of weights) {
    const name = kerasOneWeight(weight);
    const wanted = target?.weights.find((own) => own.name === name)?.variable.shape;
    if (wanted && isChannelsFirst(tensor.shape, wanted)) {
      throw new ModelError(
        layer,
        `${layer}: ${weight} is stored with shape [${tensor.shape.join(", ")}], channels first as Keras 1 did with dim_ordering "th"; such kernels may be mirrored too (Theano), so convert the model to dim_ordering "tf" in Keras and save it again`,
      );
    }
    found.set(name, tensor);
  }
  return found;
}

/** [filters, channels, rows, columns] where [rows, columns, channels, filters] is wanted. */
function isChannelsFirst(stored: readonly number[], wanted: readonly (number | null)[]): boolean {
  if (stored.length !== 4 || stored.every((extent, axis) => extent === wanted[axis])) return false;
  return [2, 3, 1, 0].every((axis, i) => stored[axis] === wanted[i]);
}

function refuseTheano(layers: readonly LayerWeights[]): void {
  for (const { layer, weights } of layers) {
    if ([...weights.values()].some(({ shape }) => shape.length > 2)) {
      throw new ModelError(
        layer,
        `${layer}: its kernel was trained with Theano, which mirrors kernels; load the file in Keras with TensorFlow, which turns them, and save it again`,
      );
    }
  }
}
