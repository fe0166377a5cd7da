import type { LayersModel, layers } from "@tensorflow/tfjs-layers";
import { ModelError } from "../../errors.js";
import type { StoredTensor } from "../../models/assignWeights.js";
import type { LayerConfig } from "../../models/kerasLayer.js";
import { type Config, isConfig } from "../../models/kerasValues.js";
import type { WeightedLayer } from "../../models/weightedLayers.js";
import type { KerasFile, PlacedWeights } from "./kerasFile.js";
import { type LayerWeights, ownName } from "./layerWeights.js";

/** Which layer a place stands for. */
interface Place {
  readonly name: string;
  readonly path: string;
  /** Its configuration; absent where the place was counted in the model itself. */
  readonly config?: Config;
}

/**
 * The layers of a file that knows places only: layers/dense_1 is the second Dense layer of the model, whatever its name.
 * Names come from the file itself, or its configuration, or else from counting the layers of the model.
 *
 * Source: `_save_container_state` and `save_own_variables` of Keras's saving_lib.py.
 */
export function placedLayers(
  { placed = [], config }: KerasFile,
  model: LayersModel,
  targets: readonly WeightedLayer[],
): LayerWeights[] {
  const places = config ? placesOf(childrenOf(config), "", "") : placesOf(model.layers.map(asChild), "", "");
  return placed.map((entry) => {
    const known = places.get(entry.place);
    const place = config === undefined && entry.layer !== undefined ? named(entry) : known;
    const { name, path } = place ?? { name: entry.place, path: entry.place };
    const target =
      targets.find((layer) => layer.path === path) ?? targets.find((layer) => layer.name === name);
    const counted = config === undefined && entry.layer === undefined;
    return { layer: name, path, weights: weightsOf(entry, target, place?.config, name, counted) };
  });
}

const named = ({ layer = "" }: PlacedWeights): Place => ({ name: layer, path: layer });

interface Child {
  readonly type: string;
  readonly name: string;
  readonly config?: Config;
  readonly children: readonly Child[];
}

function childrenOf({ config }: LayerConfig): Child[] {
  const entries = (Array.isArray(config) ? config : (config.layers as unknown)) ?? [];
  if (!Array.isArray(entries)) return [];
  return entries.filter(isConfig).map((entry) => {
    const own = isConfig(entry.config) ? entry.config : {};
    return {
      type: String(entry.class_name),
      name: String(own.name ?? entry.name),
      config: own,
      children: Array.isArray(own.layers) ? childrenOf(entry as unknown as LayerConfig) : [],
    };
  });
}

function asChild(layer: layers.Layer): Child {
  const children = (layer as Partial<LayersModel>).layers?.map(asChild) ?? [];
  const type = layer.getClassName();
  const known: Readonly<Record<string, string>> = {
    Model: "Functional",
    FrozenBatchNormalization: "BatchNormalization",
  };
  return { type: known[type] ?? type, name: layer.name, children };
}

/** Layers by their places: the name of the class, and a number from the second of its kind on. */
function placesOf(children: readonly Child[], around: string, inside: string): Map<string, Place> {
  const places = new Map<string, Place>();
  const counts = new Map<string, number>();
  for (const { type, name, config, children: inner } of children) {
    const snake = snakeCase(type);
    const count = counts.get(snake) ?? 0;
    counts.set(snake, count + 1);
    const place = `${around}layers/${snake}${count === 0 ? "" : `_${count}`}`;
    places.set(place, { name, path: `${inside}${name}`, ...(config && { config }) });
    for (const entry of placesOf(inner, `${place}/`, `${inside}${name}/`)) places.set(...entry);
  }
  return places;
}

/** Source: `to_snake_case` of Keras's naming.py. */
function snakeCase(name: string): string {
  return name
    .replace(/\W+/g, "")
    .replace(/(.)([A-Z][a-z]+)/g, "$1_$2")
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase();
}

function weightsOf(
  { tensors, place }: PlacedWeights,
  target: WeightedLayer | undefined,
  config: Config | undefined,
  layer: string,
  counted: boolean,
): ReadonlyMap<string, StoredTensor> {
  const names = namesFor(target, config, tensors, layer);
  const note = `(and the layer's other weights) taken from "${place}", its place in the model, as the file has no names`;
  return new Map(
    tensors.map((tensor, i) => [
      ownName(names[i] ?? String(i), target),
      { ...tensor, ...(counted && i === 0 && { converted: note }) },
    ]),
  );
}

/** The names of a layer's weights in the order of Keras, which is TensorFlow.js's too. */
function namesFor(
  target: WeightedLayer | undefined,
  config: Config | undefined,
  tensors: readonly StoredTensor[],
  layer: string,
): readonly string[] {
  if (target === undefined) return [];
  const names = target.weights.map(({ name }) => name);
  if (!names.includes("moving_mean")) return names;
  const statistics = ["moving_mean", "moving_variance"];
  const left = names.filter(
    (name) =>
      !(name === "gamma" && config?.scale === false) && !(name === "beta" && config?.center === false),
  );
  if (left.length === tensors.length) return left;
  if (tensors.length === 2) return statistics;
  if (tensors.length === 4) return ["gamma", "beta", ...statistics];
  throw new ModelError(
    layer,
    `${layer}: ${tensors.length} weights are stored for this batch normalisation, and the file doesn't say which of gamma and beta is left out; save the model as .keras`,
  );
}
