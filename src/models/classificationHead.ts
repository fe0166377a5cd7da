import type { SymbolicTensor } from "@tensorflow/tfjs-layers";
import { ArgumentError } from "../errors.js";
import { checkClasses } from "./checkOptions.js";
import { layerKit } from "./layerKit.js";

/** What {@link classificationHead} puts on a network. */
export interface ClassificationHeadOptions {
  /** Names of the findings, each once: one output column each, in this order. */
  readonly classes: readonly string[];
  /** Name of the layer, by which the contract knows the head; "predictions" by default. */
  readonly name?: string;
  /** Seed of the initial weights; 0 by default. */
  readonly seed?: number;
}

/**
 * The last layer of a classifier: a dense layer that gives one logit a class, of shape [batch, classes]. Findings don't
 * exclude one another, so a class's probability is the sigmoid of its logit; the sigmoid is not part of the model.
 *
 * @param features shape [batch, features], such as the output of global average pooling
 * @throws ArgumentError for features of another rank, no class, or a class named twice
 */
export function classificationHead(
  features: SymbolicTensor,
  options: ClassificationHeadOptions,
): SymbolicTensor {
  const { classes, name = "predictions", seed = 0 } = options;
  if (features.rank !== 2) {
    throw new ArgumentError(
      "features",
      `has shape [${features.shape.map((size) => size ?? "batch").join(", ")}]; expected [batch, features]: pool the feature maps first`,
    );
  }
  checkClasses(classes);
  return layerKit({ seed }).dense(name, features, classes.length);
}
