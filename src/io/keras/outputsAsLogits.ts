import { ModelError } from "../../errors.js";
import type { LayerConfig } from "../../models/kerasLayer.js";
import type { Config } from "../../models/kerasValues.js";

/**
 * The same model (in TensorFlow.js's form) without the sigmoid that ends each output.
 *
 * @throws ModelError, its `subject` the layer, for another function at the end, and for a last layer without weights that
 *   is used elsewhere in the model too
 */
export function outputsAsLogits(model: LayerConfig): LayerConfig {
  const layers = model.config.layers as readonly LayerConfig[];
  const outputs = model.config.output_layers as readonly (readonly [string, number, number])[] | undefined;
  const last = outputs?.map(([name]) => name) ?? [String(layers.at(-1)?.config.name)];
  return {
    ...model,
    config: {
      ...model.config,
      layers: layers.map((layer) =>
        last.includes(String(layer.config.name)) ? asLogits(layer, layers) : layer,
      ),
    },
  };
}

function asLogits(layer: LayerConfig, layers: readonly LayerConfig[]): LayerConfig {
  if (Array.isArray(layer.config.layers)) return { ...layer, ...outputsAsLogits(layer) };
  const name = String(layer.config.name);
  const activation = layer.class_name === "Softmax" ? "softmax" : (layer.config.activation ?? "linear");
  if (activation === "linear") return layer;
  if (activation !== "sigmoid") {
    throw new ModelError(
      name,
      `${name}: this output ends in ${String(activation)}, so it has no logit for each class; load the model without classes, which leaves it as it is`,
    );
  }
  const user = layers.find((other) =>
    JSON.stringify((other as LayerConfig & Config).inbound_nodes ?? []).includes(`["${name}",`),
  );
  if (user !== undefined) {
    throw new ModelError(
      name,
      `${name}: layer "${String(user.config.name)}" uses the probabilities of this output, so its sigmoid cannot be taken off; load the model without classes, which leaves it as it is`,
    );
  }
  return { ...layer, config: { ...layer.config, activation: "linear" } };
}
