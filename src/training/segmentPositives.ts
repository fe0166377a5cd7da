import type { LayersModel } from "@tensorflow/tfjs-layers";
import ndarray from "ndarray";
import { ArgumentError, ModelError } from "../errors.js";
import type { Mask } from "../image.js";
import type { Study } from "../labels/dataset.js";
import { contractOf } from "../models/contract.js";
import { segmentationHeadOf } from "./contractCheck.js";
import type { Predictions } from "./predict.js";
import type { Batches } from "./predictBatches.js";
import { type SegmentedStudy, type SegmentOptions, segment } from "./segment.js";

/** Which images are segmented, and where they come from. */
export interface SegmentPositivesOptions<S extends Study> extends SegmentOptions {
  /** The class that decides. */
  readonly finding: string;
  /** Probability from which on an image is segmented. */
  readonly decisionThreshold: number;
  /** Makes the segmenter's batches of the studies that are segmented, given by their rows in the predictions. */
  readonly batches: (rows: readonly number[], studies: readonly S[]) => Batches<S>;
}

/** An image after both stages. */
export interface TwoStageStudy<S extends Study = Study> {
  /** Which. */
  readonly study: S;
  /** What the first stage says of the finding. */
  readonly probability: number;
  /** Whether it was segmented. */
  readonly positive: boolean;
  /** Masks by name, of the segmenter's input size; empty where the image was not segmented. */
  readonly masks: SegmentedStudy["masks"];
}

/**
 * Two stages: a classifier has predicted, and only images at or above a threshold are segmented; all others get empty
 * masks. On sets where most images show nothing, this is what keeps a segmenter from drawing specks everywhere.
 *
 * ```ts
 * const predictions = await predict(classifier, imageBatches(test, { size: 224 }));
 * const stages = segmentPositives(predictions, unet, {
 *   finding: "Pneumothorax",
 *   decisionThreshold: 0.38,
 *   batches: (rows) => imageBatches(selectStudies(test, rows), { size: 256 }),
 * });
 * for await (const { study, masks } of stages) save(study.imageId, masks.Pneumothorax);
 * ```
 *
 * @returns one entry a study, in the predictions' order; one whose image the second stage could not read is left out
 * @throws ArgumentError for a finding that was not predicted or a threshold outside [0, 1]
 * @throws ModelError as {@link segment}, or when the batches hold a study that is not among those asked for, or in another
 * order
 */
export async function* segmentPositives<S extends Study>(
  predictions: Predictions<S>,
  segmenter: LayersModel,
  options: SegmentPositivesOptions<S>,
): AsyncGenerator<TwoStageStudy<S>> {
  const { finding, decisionThreshold, batches, ...how } = options;
  const { classes, studies, probabilities } = predictions;
  const column = classes.indexOf(finding);
  if (column < 0) {
    throw new ArgumentError("options.finding", `"${finding}" is none of ${classes.join(", ")}`);
  }
  if (!(decisionThreshold >= 0 && decisionThreshold <= 1)) {
    throw new ArgumentError(
      "options.decisionThreshold",
      `is ${decisionThreshold}; expected a number in [0, 1]`,
    );
  }
  const rows = studies
    .map((_, row) => row)
    .filter((row) => probabilities.get(row, column) >= decisionThreshold);
  const nothing = emptyMasks(segmenter, how.head);
  let next = 0;
  const result = (row: number, masks: SegmentedStudy["masks"] | undefined): TwoStageStudy<S> => ({
    study: studies[row]!,
    probability: probabilities.get(row, column),
    positive: masks !== undefined,
    masks: masks ?? nothing(),
  });
  const positive = new Set(rows);
  const waiting = new Set(rows);
  if (rows.length > 0) {
    const chosen = rows.map((row) => studies[row]!);
    for await (const { study, masks } of segment(segmenter, batches(rows, chosen), how)) {
      const row = rows.find(
        (candidate) => waiting.has(candidate) && studies[candidate]!.imageId === study.imageId,
      );
      if (row === undefined) {
        throw new ModelError("studies", `the batches hold ${study.imageId}, which is not to be segmented`);
      }
      if (row < next) {
        throw new ModelError(
          "studies",
          `the batches hold ${study.imageId} after a study that comes behind it; make them in the order of the rows, ` +
            "without shuffle or plan",
        );
      }
      waiting.delete(row);
      for (; next < row; next++) {
        if (!positive.has(next)) yield result(next, undefined);
      }
      yield result(row, masks);
      next = row + 1;
    }
  }
  for (; next < studies.length; next++) {
    if (!positive.has(next)) yield result(next, undefined);
  }
}

function emptyMasks(model: LayersModel, name: string | undefined): () => SegmentedStudy["masks"] {
  const contract = contractOf(model);
  const { classes } = segmentationHeadOf(contract, name);
  const { height, width } = contract.input;
  const mask = (): Mask => ndarray(new Uint8Array(height * width), [height, width]);
  return () => Object.fromEntries(classes.map((each) => [each, mask()]));
}
