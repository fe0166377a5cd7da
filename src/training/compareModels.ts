import type { LayersModel } from "@tensorflow/tfjs-layers";
import ndarray, { type NdArray } from "ndarray";
import { ArgumentError, ModelError } from "../errors.js";
import type { Study } from "../labels/dataset.js";
import { rowMajor } from "../matrix.js";
import { type EvaluationOptions, evaluateMultilabel } from "../metrics/evaluateMultilabel.js";
import type { MultilabelEvaluation } from "../metrics/evaluation.js";
import { contractOf, type ModelContract, type ModelHead } from "../models/contract.js";
import type { Batch, SkippedImage } from "./batch.js";
import { diceTally, type MaskOverlap } from "./diceTally.js";
import { isSegmentation, labelsOf, targetOf } from "./heads.js";
import { type Agreement, type Difference, outputDifference } from "./outputDifference.js";
import { matrixBuilder } from "./predict.js";
import { type Batches, predictBatches } from "./predictBatches.js";
import { sigmoid } from "./sigmoid.js";

/** A figure of each of the two models. */
export interface Pair<Value> {
  /** Of the first model. */
  readonly first: Value;
  /** Of the second. */
  readonly second: Value;
}

/** How two models differ in one head. */
export interface HeadComparison {
  /** Name of the head. */
  readonly head: string;
  /** Names of its columns. */
  readonly classes: readonly string[];
  /** How far the logits are apart, over all samples (pixels) and classes. */
  readonly logits: Difference;
  /** How far the probabilities, their sigmoids, are apart. */
  readonly probabilities: Difference;
  /** How often both decide alike. */
  readonly decisions: Agreement;
  /** How good each is, for a classification head: AUC, average precision, Brier score, calibration error. */
  readonly metrics?: Pair<MultilabelEvaluation>;
  /** How good each is, for a segmentation head whose masks the batches hold: one entry a mask. */
  readonly overlap?: Pair<readonly MaskOverlap[]>;
}

/** How two models differ on one set of samples. */
export interface ModelComparison {
  /** How many samples both were run on. */
  readonly samples: number;
  /** One for each head, in the models' order. */
  readonly heads: readonly HeadComparison[];
  /** Images of the source that could not be read. */
  readonly skipped: readonly SkippedImage[];
}

/** How {@link compareModels} decides and measures. */
export interface CompareOptions {
  /** Decision thresholds on probabilities by head; by default those of the first model's contract, or else 0.5. */
  readonly thresholds?: Readonly<Record<string, readonly number[]>>;
  /** Bins of the calibration error, and resamples of the intervals: 0 by default, which leaves most intervals NaN. */
  readonly evaluation?: Omit<EvaluationOptions, "classes" | "groups" | "thresholds">;
  /** Called after each batch with its number, from 1; comparing waits for it. */
  readonly onBatch?: (progress: { readonly batch: number }) => void | Promise<void>;
  /** Ends comparing with the signal's reason, within a batch. */
  readonly signal?: AbortSignal;
}

/**
 * Runs two models of one contract over the same batches, as a model and its quantised copy, and tells how far their outputs
 * are apart, how often they decide alike, and how good each is. One batch at a time is on the device; masks are dropped
 * batch by batch. No batch gives NaN throughout. No tensor is left on any way out.
 *
 * Unknown labels and masks (NaN) count in no metric, but in the differences. A logit that is NaN in either model makes
 * the differences NaN, and has no metrics where its label is known.
 *
 * @throws ModelError when the two contracts differ in heads or input, or the batches do not fit them
 * @throws ArgumentError for thresholds of a head that is not there, or another number than it has classes, and where the
 * logit of a known label is NaN
 */
export async function compareModels<S extends Study>(
  first: LayersModel,
  second: LayersModel,
  batches: Batches<S>,
  options: CompareOptions = {},
): Promise<ModelComparison> {
  const { onBatch, signal } = options;
  const contract = contractOf(first);
  assertAlike(contract, contractOf(second));
  const heads = comparedHeads(contract, options);
  const patients: string[] = [];
  let count = 0;
  for await (const { batch, logits } of predictBatches(first, batches, { ...(signal && { signal }) })) {
    for await (const other of predictBatches(second, [batch])) {
      for (const head of heads) head.add(batch, logits[head.name]!, other.logits[head.name]!);
    }
    patients.push(...batch.studies.map(({ patientId }) => patientId));
    await onBatch?.({ batch: ++count });
    signal?.throwIfAborted();
  }
  return {
    samples: patients.length,
    heads: heads.map((head) => head.result(patients)),
    skipped: "epoch" in batches ? [...batches.skipped] : [],
  };
}

function comparedHeads({ heads }: ModelContract, { thresholds = {}, evaluation }: CompareOptions) {
  for (const [name, values] of Object.entries(thresholds)) {
    const head = heads.find((other) => other.name === name);
    if (head?.classes.length === values.length) continue;
    throw new ArgumentError(
      `options.thresholds.${name}`,
      head
        ? `has ${values.length} values for the ${head.classes.length} classes ${head.classes.join(", ")}`
        : `is of no head; the models have ${heads.map((other) => other.name).join(", ")}`,
    );
  }
  return heads.map((head) => {
    const cuts = thresholds[head.name] ?? head.thresholds?.values ?? head.classes.map(() => 0.5);
    return isSegmentation(head) ? segmentation(head, cuts) : classification(head, cuts, evaluation);
  });
}

function classification(
  head: ModelHead,
  thresholds: readonly number[],
  evaluation: CompareOptions["evaluation"],
) {
  const { name, classes } = head;
  const difference = outputDifference(thresholds);
  const [labels, first, second] = [matrixBuilder(head), matrixBuilder(head), matrixBuilder(head)];
  return {
    name,
    add(batch: Batch, a: NdArray<Float32Array>, b: NdArray<Float32Array>): void {
      difference.add(rowMajor(a), rowMajor(b));
      labels.add(labelsOf(head, batch).values);
      first.add(a);
      second.add(b);
    },
    result(groups: readonly string[]): HeadComparison {
      const known = labels.matrix();
      const measure = (logits: NdArray<Float32Array>) => {
        const values = ndarray(logits.data.map(sigmoid), logits.shape);
        const settings = { resamples: 0, ...evaluation, thresholds, groups };
        return evaluateMultilabel({ classes, values: known }, { classes, values }, settings);
      };
      const metrics = { first: measure(first.matrix()), second: measure(second.matrix()) };
      return { head: name, classes, ...difference.result(), metrics };
    },
  };
}

function segmentation(head: ModelHead, thresholds: readonly number[]) {
  const { name, classes } = head;
  const difference = outputDifference(thresholds);
  const tallies = [diceTally(classes, thresholds), diceTally(classes, thresholds)] as const;
  let known = false;
  return {
    name,
    add(batch: Batch, a: NdArray<Float32Array>, b: NdArray<Float32Array>): void {
      const outputs = [rowMajor(a), rowMajor(b)] as const;
      difference.add(...outputs);
      if (!batch.masks || !classes.some((mask) => batch.maskNames?.includes(mask))) return;
      known = true;
      const masks = rowMajor(targetOf(head, batch));
      const size = masks.length / batch.studies.length;
      tallies.forEach((tally, t) => {
        batch.studies.forEach((_, i) => {
          const [start, end] = [i * size, (i + 1) * size];
          tally.add(masks.subarray(start, end), outputs[t]!.subarray(start, end).map(sigmoid));
        });
      });
    },
    result(): HeadComparison {
      const [first, second] = tallies;
      const overlap = { first: first.result(), second: second.result() };
      return { head: name, classes, ...difference.result(), ...(known && { overlap }) };
    },
  };
}

function assertAlike(first: ModelContract, second: ModelContract): void {
  const headsOf = ({ heads }: ModelContract) =>
    heads
      .map((head) => `${head.name} (${head.kind ?? "classification"}: ${head.classes.join(", ")})`)
      .join("; ");
  const inputOf = ({ input }: ModelContract) => {
    const { height, width, channels, normalization, preprocessing } = input;
    const rule = JSON.stringify(normalization) ?? "an unknown rule";
    return `${height} x ${width} x ${channels}, normalised by ${rule}, preprocessing ${preprocessing ?? "none"}`;
  };
  for (const [subject, describe] of [["heads", headsOf] as const, ["input", inputOf] as const]) {
    const [a, b] = [describe(first), describe(second)];
    if (a === b) continue;
    throw new ModelError(
      subject,
      `the first model has the ${subject} ${a}; the second ${b}: only models of one contract can be compared`,
    );
  }
}
