import type { LayersModel } from "@tensorflow/tfjs-layers";
import { ModelError } from "../errors.js";
import type { InputFormat } from "../images/inputFormat.js";
import type { Normalization } from "../images/normalization.js";
import type { Calibrator } from "../metrics/calibrators/calibrator.js";

/** One output of a model. */
export interface ModelHead {
  /** Name of the output layer. */
  readonly name: string;
  /**
   * "classification" (where it is absent): one number a class, shape [batch, classes]. "segmentation": one number a pixel
   * and mask, shape [batch, height, width, masks].
   */
  readonly kind?: "classification" | "segmentation";
  /** Names of its columns: of the findings, or of the masks. */
  readonly classes: readonly string[];
  /** What its numbers are. */
  readonly output: "logits";
  /** Decision thresholds, once they were chosen. */
  readonly thresholds?: ModelThresholds;
  /** How probabilities become calibrated ones, once that was fitted; it changes neither probabilities nor thresholds. */
  readonly calibration?: ModelCalibration;
}

/** Feature maps inside a network, which a decoder can build on. */
export interface FeatureStage {
  /** "stage1" for the first and finest, and so on. */
  readonly name: string;
  /** Name of the layer whose output they are, [batch, height, width, channels]. */
  readonly layer: string;
  /** How many pixels of the image one cell covers in each direction: 2, 4, 8, ... */
  readonly reduction: number;
}

/**
 * Decision thresholds on probabilities: on the sigmoid of the logits, never on calibrated probabilities. A calibration that is
 * fitted later therefore changes no decision.
 */
export interface ModelThresholds {
  /** One a class of the head, in its order; NaN where none could be chosen. */
  readonly values: readonly number[];
  /** How they were chosen, such as "youden". */
  readonly criterion: string;
  /** Name of the split on which they were chosen. */
  readonly chosenOn: string;
  /**
   * Fingerprint of the set of image ids on which they were chosen, in any order; no id can be read from it. Absent in
   * thresholds written by hand.
   */
  readonly fingerprint?: string;
}

/** A calibration of one head, and where it comes from. */
export interface ModelCalibration extends Calibrator {
  /** Name of the split on which it was fitted. */
  readonly fittedOn: string;
  /** Fingerprint of the set of image ids on which it was fitted, in any order; absent where they are not known. */
  readonly fingerprint?: string;
}

/** What a model takes. */
export interface ModelInput extends Omit<InputFormat, "normalization"> {
  /** How pixels become input values; absent until the model was trained. */
  readonly normalization?: Normalization;
  /**
   * Least and greatest value that an input can have. By default what the normalisation can give; say it for a model that
   * was trained elsewhere, such as [-1024, 1024].
   */
  readonly range?: readonly [number, number];
}

/** What a model expects and gives; it travels with the weights. */
export interface ModelContract {
  /** Version of this form. */
  readonly version: 1;
  /** Architecture, such as "denseNet121". */
  readonly architecture: string;
  /** The outputs, in order; none for an encoder. */
  readonly heads: readonly ModelHead[];
  /** The input; its normalisation is unknown until the model was trained. */
  readonly input: ModelInput;
  /** Feature maps by their reduction, finest first; absent for an architecture that offers none. */
  readonly stages?: readonly FeatureStage[];
}

const key = "radiolucent";

/**
 * The contract of a model that this library built or loaded.
 *
 * @throws ModelError for a model without one
 */
export function contractOf(model: LayersModel): ModelContract {
  const contract = (model.getUserDefinedMetadata() as Record<string, unknown> | undefined)?.[key];
  if (contract === undefined) {
    throw new ModelError(
      "contract",
      `model "${model.name}" carries no contract; give it one with setContract(model, { version: 1, architecture, heads, input })`,
    );
  }
  return withNaN(contract as ModelContract);
}

/** Gives a model its contract, in place of an older one. TensorFlow.js saves it inside model.json. */
export function setContract(model: LayersModel, contract: ModelContract): void {
  model.setUserDefinedMetadata({ ...model.getUserDefinedMetadata(), [key]: contract });
}

/** JSON has no NaN: thresholds that could not be chosen come back from a file as null. */
function withNaN(contract: ModelContract): ModelContract {
  const heads = contract.heads.map(({ thresholds, ...head }) => {
    if (thresholds === undefined) return head;
    const values = (thresholds.values as readonly (number | null)[]).map((value) => value ?? Number.NaN);
    return { ...head, thresholds: { ...thresholds, values } };
  });
  return { ...contract, heads };
}
