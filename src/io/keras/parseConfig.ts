import { ModelError } from "../../errors.js";
import type { LayerConfig } from "../../models/kerasLayer.js";
import { isConfig } from "../../models/kerasValues.js";

/**
 * Reads a configuration from JSON.
 *
 * @throws ModelError when it is not that of a model
 */
export function parseConfig(text: string): LayerConfig {
  let config: unknown;
  try {
    // Python writes numbers that JSON has not.
    config = JSON.parse(text.replace(/\b(NaN|-?Infinity)\b(?=\s*[,}\]])/g, "null"));
  } catch (error) {
    throw new ModelError(
      "file",
      "the model's configuration is not whole JSON; fetch or save the file again",
      {
        cause: error,
      },
    );
  }
  if (isConfig(config) && typeof config.class_name === "string") return config as unknown as LayerConfig;
  throw new ModelError(
    "file",
    "the model's configuration names no class; expected the JSON of model.to_json()",
  );
}
