import { input, type LayersModel, model, type SymbolicTensor } from "@tensorflow/tfjs-layers";
import { ArgumentError } from "../errors.js";
import { checkClasses } from "./checkOptions.js";
import { classificationHead } from "./classificationHead.js";
import { setContract } from "./contract.js";

/** What every image classifier takes; the size can come from a batch source: `{ ...source.format, classes }`. */
export interface ImageClassifierOptions {
  /** Rows of the input, in pixels. */
  readonly height: number;
  /** Columns of the input, in pixels. */
  readonly width: number;
  /** 1 by default, or 3 with the grey value repeated, as weights from colour images need. */
  readonly channels?: 1 | 3;
  /** Names of the findings, each once: one logit each, in this order. */
  readonly classes: readonly string[];
  /** Seed of the initial weights and dropout masks; 0 by default. It gives the same ones on every backend. */
  readonly seed?: number;
}

/**
 * Checks what classifiers have in common, before any weight is made, and gives the symbolic input [batch, height,
 * width, channels].
 *
 * @param smallest fewest rows and columns that the network can work on
 * @param wayOut what helps where the image is smaller, for the error
 * @throws ArgumentError for a smaller or fractional size, a number of channels other than 1 and 3, no class, or a class
 * named twice
 */
export function imageInput(
  options: ImageClassifierOptions,
  smallest: number,
  wayOut: string,
): SymbolicTensor {
  const { height, width, channels = 1 } = options;
  for (const [name, size] of Object.entries({ height, width })) {
    if (!Number.isInteger(size) || size < smallest) {
      throw new ArgumentError(
        `options.${name}`,
        `is ${size}; this network needs whole numbers of at least ${smallest} x ${smallest} pixels: ${wayOut}`,
      );
    }
  }
  if (channels !== 1 && channels !== 3) {
    throw new ArgumentError(
      "options.channels",
      `is ${channels}; expected 1, or 3 with the grey value repeated`,
    );
  }
  checkClasses(options.classes);
  return input({ name: "image", shape: [height, width, channels] });
}

/**
 * Completes a classifier: a head that gives logits, and the contract. The contract's normalisation stays open, since
 * only training settles it.
 *
 * @param architecture name for the model and its contract
 * @param image what {@link imageInput} gave for the same options
 * @param features shape [batch, features]
 */
export function imageClassifier(
  architecture: string,
  options: ImageClassifierOptions,
  image: SymbolicTensor,
  features: SymbolicTensor,
): LayersModel {
  const { height, width, channels = 1, classes, seed = 0 } = options;
  const name = "predictions";
  const logits = classificationHead(features, { classes, name, seed });
  const classifier = model({ name: architecture, inputs: image, outputs: logits });
  setContract(classifier, {
    version: 1,
    architecture,
    heads: [{ name, classes: [...classes], output: "logits" }],
    input: { height, width, channels },
  });
  return classifier;
}
