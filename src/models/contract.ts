import type { LayersModel } from "@tensorflow/tfjs-layers";
import { ModelError } from "../errors.js";
import type { InputFormat } from "../images/inputFormat.js";

/** One output of a model. */
export interface ModelHead {
  /** Name of the output layer. */
  readonly name: string;
  /** Names of its columns. */
  readonly classes: readonly string[];
  /** What its numbers are. */
  readonly output: "logits";
}

/** Decision thresholds on probabilities. */
export interface ModelThresholds {
  /** One a class of the first head, in its order; NaN where none could be chosen. */
  readonly values: readonly number[];
  /** How they were chosen, such as "youden". */
  readonly criterion: string;
  /** Name of the split on which they were chosen. */
  readonly chosenOn: string;
}

/** What a model expects and gives; it travels with the weights. */
export interface ModelContract {
  /** Version of this form. */
  readonly version: 1;
  /** Architecture, such as "denseNet121". */
  readonly architecture: string;
  /** The outputs, in order. */
  readonly heads: readonly ModelHead[];
  /** The input; its normalisation is unknown until the model was trained. */
  readonly input: Omit<InputFormat, "normalization"> & Partial<Pick<InputFormat, "normalization">>;
  /** Decision thresholds, once they were chosen. */
  readonly thresholds?: ModelThresholds;
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
  const { thresholds } = contract;
  if (thresholds === undefined) return contract;
  const values = (thresholds.values as readonly (number | null)[]).map((value) => value ?? Number.NaN);
  return { ...contract, thresholds: { ...thresholds, values } };
}
