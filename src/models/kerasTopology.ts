import { ModelError } from "../errors.js";
import { keras1Layer } from "./keras1Layer.js";
import { checkGraph } from "./kerasGraph.js";
import { type KerasVersion, kerasLayer, kerasVersion, type LayerConfig } from "./kerasLayer.js";
import { type KerasNode, kerasNode, tensorPlaces } from "./kerasNode.js";
import { type Config, isConfig } from "./kerasValues.js";

/**
 * A Keras 3 topology (the `modelTopology` of a model.json that the TensorFlow.js converter wrote) in the form that
 * TensorFlow.js's layers read. One that they read already, Keras 2's or TensorFlow.js's own, comes back as it is, so a
 * saved model stays exact. The argument isn't changed.
 *
 * What Keras 3 says otherwise: `batch_shape`, policies for number types (half and mixed precision become float32),
 * objects with `module` and `registered_name`, calls as `args` and `kwargs` with `__keras_tensor__`, `silu`,
 * `negative_slope`, L1 and L2 as classes of their own. Layers that augment pictures in training (RandomFlip and the
 * like) become layers that change nothing, as they do in prediction: augment the batches instead. Batch normalisation
 * without scale or center gets both, to be filled with 1 and 0, since TensorFlow.js cannot train it otherwise.
 * Regularizers and constraints that TensorFlow.js lacks, and seeds of dropout, are left out: they act in training only.
 *
 * @throws ModelError, its `subject` the layer, for a layer, activation or setting that TensorFlow.js lacks or computes
 *   otherwise, and for a graph with a missing layer or a circle; the message says what to do
 */
export function kerasTopology(topology: unknown): unknown {
  const model = modelOf(topology);
  if (model === undefined) return topology;
  if (!isKeras3(model)) {
    checkGraph(model);
    return topology;
  }
  const version = isConfig(topology) ? topology.keras_version : undefined;
  const translated = kerasModel(model, kerasVersion(version, 3));
  return isConfig(topology) && isConfig(topology.model_config)
    ? { ...topology, model_config: translated }
    : translated;
}

function modelOf(topology: unknown): LayerConfig | undefined {
  const model = isConfig(topology) && isConfig(topology.model_config) ? topology.model_config : topology;
  return isConfig(model) && typeof model.class_name === "string"
    ? (model as unknown as LayerConfig)
    : undefined;
}

/** Whether some object in a configuration has a form that only Keras 3, and Keras 2 in .keras files, write. */
function isKeras3(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(isKeras3);
  if (!isConfig(value)) return false;
  if ("registered_name" in value || "batch_shape" in value || value.class_name === "__keras_tensor__")
    return true;
  if (isConfig(value.dtype) && value.dtype.class_name !== undefined) return true;
  return Object.values(value).some(isKeras3);
}

/** Classes that are models of layers. */
const isModel = (type: string) => /^(Sequential|Functional|Model)$/.test(type);

/**
 * A model's configuration of Keras 1, 2 or 3 in the form that TensorFlow.js's layers read.
 *
 * @throws ModelError as {@link kerasTopology}
 */
export function kerasModel(model: LayerConfig, version: KerasVersion): LayerConfig {
  const translated = translateModel(model, version);
  checkGraph(translated);
  return translated;
}

function translateModel(
  { class_name: type, config: given }: LayerConfig,
  version: KerasVersion,
): LayerConfig {
  if (!isModel(type)) {
    throw new ModelError(
      type,
      `${type}: is a model class of its own, whose code the file doesn't hold; save a Functional or Sequential model, or build it here and load the weights by loadKerasWeights`,
    );
  }
  // Before Keras 2.2 a Sequential model's configuration was the list of its layers.
  const config: Config = Array.isArray(given) ? { name: "sequential", layers: given } : given;
  const entries = Array.isArray(config.layers) ? config.layers.filter(isConfig) : [];
  if (entries.length === 0) {
    throw new ModelError(
      String(config.name ?? type),
      `${String(config.name ?? type)}: its configuration lists no layer`,
    );
  }
  const layers = entries.map((entry) => translateEntry(entry, version));
  const name = config.name === undefined ? {} : { name: config.name };
  if (type === "Sequential")
    return { class_name: type, config: { ...name, layers: withInput(layers, config) } };

  const nested = new Map(
    layers.flatMap((layer) => (isModel(layer.class_name) ? [[nameOf(layer), layer.class_name]] : [])),
  );
  const calls = entries.map(
    (entry) => (Array.isArray(entry.inbound_nodes) ? entry.inbound_nodes : []) as KerasNode[],
  );
  // Keras 3 counts a nested model's calls from 0, TensorFlow.js from 1: it has one more, from its own input to its output.
  const asObjects = calls.some((nodes) => nodes.some(isConfig));
  const outputShift = (layer: string) => (asObjects && nested.get(layer) === "Sequential" ? 1 : 0);
  const callShift = (layer: string) => (nested.has(layer) ? 1 : 0);
  return {
    class_name: type,
    config: {
      ...name,
      layers: layers.map((layer, i) => ({
        ...layer,
        name: nameOf(layer),
        inbound_nodes: calls[i]!.map((node) => kerasNode(node, nameOf(layer), callShift)),
      })),
      input_layers: tensorPlaces(config.input_layers, () => 0),
      output_layers: tensorPlaces(config.output_layers, outputShift),
    },
  };
}

const nameOf = ({ config }: LayerConfig) => String(config.name);

function translateEntry(entry: Config, version: KerasVersion): LayerConfig {
  const type = String(entry.class_name);
  const config = isConfig(entry.config) ? entry.config : {};
  const layer: LayerConfig = {
    class_name: type,
    config: Array.isArray(entry.config) ? (entry.config as never) : config,
  };
  if (isModel(type)) {
    const translated = translateModel(layer, version);
    return { ...translated, config: { ...translated.config, name: translated.config.name ?? entry.name } };
  }
  const named: LayerConfig = { class_name: type, config: { ...config, name: config.name ?? entry.name } };
  return kerasLayer(version.major === 1 ? keras1Layer(named) : named, version);
}

/** A Sequential model's first layer has to know the shape of its input. */
function withInput(
  layers: readonly LayerConfig[],
  { build_input_shape: built }: Config,
): readonly LayerConfig[] {
  const [first, ...others] = layers;
  if (first === undefined || !Array.isArray(built) || isModel(first.class_name)) return layers;
  if (first.config.batch_input_shape !== undefined) return layers;
  return [{ ...first, config: { ...first.config, batch_input_shape: built } }, ...others];
}
