import type { File, Group } from "h5wasm";
import { ModelError } from "../../errors.js";
import type { StoredTensor } from "../../models/assignWeights.js";
import type { LayerConfig } from "../../models/kerasLayer.js";
import { openArchive } from "./archive.js";
import { groupAt, isHdf5, readHdf5, tensorAt, textAttribute, textsAttribute } from "./hdf5.js";
import { parseConfig } from "./parseConfig.js";
import { whatItIs } from "./whatItIs.js";

/** A weight of a file in which layers have names: Keras 1, Keras 2, and .h5 of Keras 3. */
export interface NamedWeight {
  /** The layer's name; of a model inside the model, that one's. */
  readonly layer: string;
  /** The weight's whole name, such as "conv1/kernel:0". */
  readonly weight: string;
  /** Its numbers. */
  readonly tensor: StoredTensor;
}

/** The weights of one layer in a file of places: .weights.h5 and .keras. */
export interface PlacedWeights {
  /** The place, such as "layers/conv2d_1". */
  readonly place: string;
  /** The layer's name, where the file has it (from Keras 3.7 or so). */
  readonly layer?: string;
  /** Its weights in the order of Keras. */
  readonly tensors: readonly StoredTensor[];
}

/** What was read of a Keras file. */
export interface KerasFile {
  /** The model's configuration as Keras wrote it; absent where the file holds weights only. */
  readonly config?: LayerConfig;
  /** Version of Keras, such as "2.2.4"; absent for Keras 1, and in .weights.h5. */
  readonly version?: string;
  /** What Keras computed with; absent for Keras 1. */
  readonly backend?: string;
  /** Weights by the names of layers. */
  readonly named?: readonly NamedWeight[];
  /** Weights by places. */
  readonly placed?: readonly PlacedWeights[];
}

/**
 * Reads a file of Keras: which kind it is follows from what is in it.
 *
 * @throws ModelError, its `subject` "file", for another kind of file, one cut short or damaged
 */
export async function readKerasFile(bytes: Uint8Array): Promise<KerasFile> {
  if (isHdf5(bytes)) return readHdf5(bytes, readWeights);
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) {
    const { config, version, weights } = openArchive(bytes);
    return { ...(await readHdf5(weights, readWeights)), config, ...(version !== undefined && { version }) };
  }
  throw new ModelError(
    "file",
    `this is not a Keras file, but ${whatItIs(bytes)}; expected .h5, .hdf5, .weights.h5 or .keras`,
  );
}

function readWeights(file: File): KerasFile {
  const weights = groupAt(file, "model_weights") ?? file;
  const config = textAttribute(file, "model_config");
  const version = textAttribute(file, "keras_version") ?? textAttribute(weights, "keras_version");
  const backend = textAttribute(file, "backend") ?? textAttribute(weights, "backend");
  const layers = textsAttribute(weights, "layer_names");
  const facts = {
    ...(config !== undefined && { config: parseConfig(config) }),
    ...(version !== undefined && { version }),
    ...(backend !== undefined && { backend }),
  };
  if (layers !== undefined) return { ...facts, named: namedWeights(weights, layers) };
  const placed = placedWeights(file, "");
  if (placed.length > 0) return { ...facts, placed };
  throw new ModelError(
    "file",
    `the HDF5 file holds ${file.keys().slice(0, 5).join(", ") || "nothing"}, but no layers of a Keras model; expected what model.save or model.save_weights wrote`,
  );
}

function namedWeights(weights: Group, layers: readonly string[]): NamedWeight[] {
  const all = weights.keys().includes("top_level_model_weights")
    ? [...layers, "top_level_model_weights"]
    : layers;
  return all.flatMap((layer) => {
    const group = groupAt(weights, layer);
    if (group === undefined) {
      throw new ModelError(
        layer,
        `${layer}: is named in the file, but its weights are not stored; save the file again`,
      );
    }
    const names = textsAttribute(group, "weight_names") ?? [];
    return names.map((weight) => ({ layer, weight, tensor: tensorAt(group, weight, layer) }));
  });
}

function placedWeights(group: Group, place: string): PlacedWeights[] {
  if (place.split("/").length > 40) {
    throw new ModelError(
      "file",
      `the groups of the HDF5 file lie within one another without end (${place.slice(0, 40)}...)`,
    );
  }
  const found: PlacedWeights[] = [];
  for (const key of group.keys()) {
    if (place === "" && key === "optimizer") continue;
    const inner = groupAt(group, key);
    if (inner === undefined) continue;
    if (key !== "vars") {
      // Keras 2.13 says so where others say "layers".
      const name = key === "_layer_checkpoint_dependencies" ? "layers" : key;
      found.push(...placedWeights(inner, place === "" ? name : `${place}/${name}`));
    } else if (inner.keys().length > 0) {
      const layer = textAttribute(inner, "name");
      const keys = inner.keys().sort((a, b) => Number(a) - Number(b));
      const tensors = keys.map((name) => ({
        ...tensorAt(inner, name, layer ?? place),
        name: `${place}/vars/${name}`,
      }));
      found.push({ place, tensors, ...(layer !== undefined && { layer }) });
    }
  }
  // The state of random numbers is no weight.
  return found.filter((entry) => !/(^|\/)(seed_generator|_random_generator)(\/|$)/.test(entry.place));
}
