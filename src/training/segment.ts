import type { LayersModel } from "@tensorflow/tfjs-layers";
import ndarray, { type NdArray } from "ndarray";
import { ArgumentError, ModelError } from "../errors.js";
import type { Mask } from "../image.js";
import type { Masks, Study } from "../labels/dataset.js";
import { rowMajor } from "../matrix.js";
import { contractOf, type ModelHead } from "../models/contract.js";
import type { SkippedImage } from "./batch.js";
import { segmentationHeadOf } from "./contractCheck.js";
import { diceTally, type MaskOverlap } from "./diceTally.js";
import { targetOf } from "./heads.js";
import { type Batches, predictBatches } from "./predictBatches.js";
import { sigmoid } from "./sigmoid.js";
import type { TestTimeView } from "./testTimeViews.js";

/** How masks are made of logits. */
export interface SegmentOptions {
  /** Name of a segmentation head, for a model with several. */
  readonly head?: string;
  /**
   * Probability from which on a pixel is inside, one for all masks or one a mask; by default those of the model's contract,
   * or else 0.5.
   */
  readonly threshold?: number | readonly number[];
  /** A mask of fewer pixels is emptied, as a guard against specks; 0 by default. */
  readonly minimumPixels?: number;
  /** Views whose logits are averaged; the image as it is by default. */
  readonly views?: readonly TestTimeView[];
  /** Ends it with the signal's reason, within a batch. */
  readonly signal?: AbortSignal;
}

/** What a model finds in one image. */
export interface SegmentedStudy<S extends Study = Study> {
  /** Which. */
  readonly study: S;
  /** Masks by name, each of the model's input size: 1 inside, 0 outside. */
  readonly masks: Masks;
  /** Shape [height, width, masks], in [0, 1]: sigmoids of the logits. */
  readonly probabilities: NdArray<Float32Array>;
}

/**
 * Segments images: a model's masks, study by study. They have the size of the model's input; `resizeMask` brings them to
 * that of the film.
 *
 * @throws ModelError as {@link predictBatches}, or when the model has no such segmentation head, or several and none was named
 * @throws ArgumentError for a threshold outside [0, 1] or not one a mask, or a number of pixels below 0
 */
export async function* segment<S extends Study>(
  model: LayersModel,
  batches: Batches<S>,
  options: SegmentOptions = {},
): AsyncGenerator<SegmentedStudy<S>> {
  const head = segmentationHeadOf(contractOf(model), options.head);
  const cuts = thresholdsOf(head, options.threshold);
  const { minimumPixels = 0, views, signal } = options;
  if (!(minimumPixels >= 0)) {
    throw new ArgumentError("options.minimumPixels", `is ${minimumPixels}; expected a number of at least 0`);
  }
  const how = { ...(views && { views }), ...(signal && { signal }) };
  for await (const { batch, logits } of predictBatches(model, batches, how)) {
    const maps = logits[head.name]!;
    const [, height, width, depth] = maps.shape as [number, number, number, number];
    for (const [i, study] of batch.studies.entries()) {
      const values = rowMajor(maps.pick(i, null, null, null)).map(sigmoid);
      const probabilities = ndarray(values, [height, width, depth]);
      const masks = head.classes.map((name, m): [string, Mask] => {
        const inside = new Uint8Array(height * width);
        for (let p = 0; p < inside.length; p++) inside[p] = Number(values[p * depth + m]! >= cuts[m]!);
        if (inside.reduce((sum, value) => sum + value, 0) < minimumPixels) inside.fill(0);
        return [name, ndarray(inside, [height, width])];
      });
      yield { study, masks: Object.fromEntries(masks), probabilities };
    }
  }
}

/** How well a model segments a set of images. */
export interface SegmentationEvaluation {
  /** One for each mask. */
  readonly masks: readonly MaskOverlap[];
  /** How many images were read. */
  readonly samples: number;
  /** Images of the source that could not be read. */
  readonly skipped: readonly SkippedImage[];
}

/**
 * Measures a model's masks against the batches' own, at the model's input size: Dice coefficients image by image, those of
 * images whose mask is not empty apart, since a set of many empty masks scores high for finding nothing. A mask that is
 * unknown counts nowhere.
 *
 * @throws ModelError and ArgumentError as {@link segment}, and for batches without these masks
 */
export async function evaluateSegmentation<S extends Study>(
  model: LayersModel,
  batches: Batches<S>,
  options: Omit<SegmentOptions, "minimumPixels"> = {},
): Promise<SegmentationEvaluation> {
  const head = segmentationHeadOf(contractOf(model), options.head);
  const cuts = thresholdsOf(head, options.threshold).map((cut) => Math.log(cut / (1 - cut)));
  const { views, signal } = options;
  const tally = diceTally(head.classes, cuts);
  let samples = 0;
  for await (const { batch, logits } of predictBatches(model, batches, {
    ...(views && { views }),
    ...(signal && { signal }),
  })) {
    if (!head.classes.some((name) => batch.maskNames?.includes(name))) {
      throw new ModelError(
        head.name,
        `the batches have no masks of ${head.classes.join(", ")} to measure against`,
      );
    }
    const truth = targetOf(head, batch);
    const found = logits[head.name]!;
    for (let i = 0; i < batch.studies.length; i++) {
      tally.add(rowMajor(truth.pick(i, null, null, null)), rowMajor(found.pick(i, null, null, null)));
      samples++;
    }
  }
  const skipped = "epoch" in batches ? [...batches.skipped] : [];
  return { masks: tally.result(), samples, skipped };
}

function thresholdsOf(
  { classes, thresholds }: ModelHead,
  given: SegmentOptions["threshold"] = thresholds?.values ?? 0.5,
): readonly number[] {
  const values = typeof given === "number" ? classes.map(() => given) : given;
  if (values.length !== classes.length || !values.every((value) => value >= 0 && value <= 1)) {
    throw new ArgumentError(
      "options.threshold",
      `is ${values.join(", ")}; expected a number in [0, 1] for each of ${classes.join(", ")}`,
    );
  }
  return values;
}
