import type { LayersModel } from "@tensorflow/tfjs-layers";
import ndarray from "ndarray";
import { ModelError } from "../errors.js";
import type { LabelMatrix } from "../labels/labelMatrix.js";
import { columnsOf } from "../matrix.js";
import { selectThreshold } from "../metrics/selectThreshold.js";
import type { ThresholdCriterion } from "../metrics/thresholdCriterion.js";
import { contractOf, type ModelThresholds, setContract } from "../models/contract.js";
import { headOfPredictions } from "./contractCheck.js";
import type { Predictions } from "./predict.js";
import { fingerprintOf } from "./samplesUsed.js";

/** How {@link chooseThresholds} chooses. */
export interface ThresholdOptions {
  /** What a threshold is chosen for; "youden" by default. */
  readonly criterion?: ThresholdCriterion;
  /** Name of the split that the predictions are of, such as "validation"; it is kept beside the thresholds. */
  readonly split: string;
}

/**
 * Chooses a decision threshold on the probabilities of each class and writes them into the model's contract, where they
 * are saved with the weights. Choose on validation data: the test data's own thresholds flatter the model. With them goes
 * a fingerprint of the images, so that {@link evaluatePredictions} can say when it is given the same ones.
 *
 * @returns the thresholds; NaN for a class without known present and absent samples, 2 for one in which no probability is
 *   to count as positive (where `selectThreshold` has Infinity, which a file can't hold)
 * @throws ModelError when the predictions have other classes than the model
 * @throws ArgumentError for a criterion out of its range
 */
export function chooseThresholds(
  model: LayersModel,
  predictions: Predictions,
  options: ThresholdOptions,
): ModelThresholds {
  const { criterion = "youden", split } = options;
  const contract = contractOf(model);
  const head = headOfPredictions(contract, predictions);
  const labels = columnsOf(predictions.labels, "predictions.labels").columns;
  const { columns } = columnsOf(predictions.probabilities, "predictions.probabilities");
  const thresholds: ModelThresholds = {
    values: columns.map((column, c) => {
      const { threshold } = selectThreshold(labels[c]!, column, { criterion });
      return threshold === Number.POSITIVE_INFINITY ? aboveAll : threshold;
    }),
    criterion: nameOf(criterion),
    chosenOn: split,
    fingerprint: fingerprintOf(predictions.studies),
  };
  const heads = contract.heads.map((other) => (other.name === head.name ? { ...head, thresholds } : other));
  setContract(model, { ...contract, heads });
  return thresholds;
}

/**
 * Decides by the thresholds in the model's contract: 1 where the probability is at or above its class's threshold,
 * 0 below, NaN for a class without a threshold.
 *
 * @throws ModelError when no thresholds were chosen, or the predictions have other classes than the model
 */
export function decisions(model: LayersModel, predictions: Predictions): LabelMatrix {
  const { classes, thresholds } = headOfPredictions(contractOf(model), predictions);
  if (thresholds?.values.length !== classes.length) {
    throw new ModelError(
      "thresholds",
      `the model has ${thresholds?.values.length ?? "no"} thresholds for ${classes.length} classes; choose them on ` +
        "validation predictions with chooseThresholds",
    );
  }
  const { probabilities } = predictions;
  const [samples, width] = probabilities.shape as [number, number];
  const values = new Float32Array(samples * width);
  for (let i = 0; i < values.length; i++) {
    const threshold = thresholds.values[i % width]!;
    const probability = probabilities.get(Math.floor(i / width), i % width);
    const undecided = Number.isNaN(threshold) || Number.isNaN(probability);
    values[i] = undecided ? Number.NaN : Number(probability >= threshold);
  }
  return { classes, values: ndarray(values, [samples, width]) };
}

/** More than any probability. */
const aboveAll = 2;

function nameOf(criterion: ThresholdCriterion): string {
  if (typeof criterion === "string") return criterion;
  if ("fBeta" in criterion) return `F-beta with beta ${criterion.fBeta}`;
  if ("cost" in criterion) {
    const { falsePositive, falseNegative, prevalence } = criterion.cost;
    const where = prevalence === undefined ? "" : ` at a prevalence of ${prevalence}`;
    return `cost of ${falsePositive} per false positive and ${falseNegative} per false negative${where}`;
  }
  return Object.entries(criterion)
    .map(([name, target]) => `${name} >= ${target}`)
    .join(", ");
}
