import { ModelError } from "../errors.js";
import type { LayerConfig } from "./kerasLayer.js";
import { type Config, isConfig } from "./kerasValues.js";

/**
 * Makes sure that all layers of a configuration (in TensorFlow.js's form) can be reached from inputs, the nested models'
 * too: TensorFlow.js would wait forever for a layer that is not there.
 *
 * @throws ModelError, its `subject` the layer that is missing or waits in a circle
 */
export function checkGraph({ config }: LayerConfig): void {
  const layers = isConfig(config) && Array.isArray(config.layers) ? config.layers.filter(isConfig) : [];
  for (const layer of layers) {
    if (isConfig(layer.config) && Array.isArray(layer.config.layers))
      checkGraph(layer as unknown as LayerConfig);
  }
  if (!isConfig(config) || !Array.isArray(config.output_layers)) return;
  const sources = new Map(layers.map((layer) => [String(layer.name), sourcesOf(layer)]));
  for (const place of [config.input_layers, config.output_layers].flat()) {
    const name = Array.isArray(place) ? String(place[0]) : String(place);
    if (!sources.has(name)) missing(name, "the model's inputs or outputs");
  }
  const done = new Set<string>();
  for (let before = -1; before < done.size; ) {
    before = done.size;
    for (const [name, names] of sources) {
      for (const source of names) if (!sources.has(source)) missing(source, `layer "${name}"`);
      if (names.every((source) => done.has(source))) done.add(name);
    }
  }
  const waiting = [...sources.keys()].find((name) => !done.has(name));
  if (waiting !== undefined) {
    throw new ModelError(
      waiting,
      `${waiting}: takes its input from itself, through other layers; TensorFlow.js cannot build such a model, so share layers otherwise, or the file is damaged`,
    );
  }
}

function sourcesOf({ name, inbound_nodes: nodes }: Config): string[] {
  if (nodes !== undefined && !Array.isArray(nodes)) return malformed(String(name));
  return (nodes ?? []).flatMap((node: unknown) => {
    if (!Array.isArray(node)) return malformed(String(name));
    return node.map((place: unknown) =>
      Array.isArray(place) && typeof place[0] === "string" ? place[0] : malformed(String(name)),
    );
  });
}

function malformed(name: string): never {
  throw new ModelError(
    name,
    `${name}: its inbound_nodes are not lists of [layer, call, output]; the file is damaged or of a form that is not known here: save the model again`,
  );
}

function missing(name: string, user: string): never {
  throw new ModelError(
    name,
    `${name}: ${user} needs this layer, which the configuration doesn't list; the file is damaged: save the model again`,
  );
}
