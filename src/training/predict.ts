import type { LayersModel } from "@tensorflow/tfjs-layers";
import ndarray, { type NdArray } from "ndarray";
import type { Study } from "../labels/dataset.js";
import type { LabelMatrix } from "../labels/labelMatrix.js";
import { rowMajor } from "../matrix.js";
import { contractOf, type ModelHead } from "../models/contract.js";
import type { SkippedImage } from "./batch.js";
import { classificationHeadOf } from "./contractCheck.js";
import { isSegmentation, labelsOf } from "./heads.js";
import { type Batches, predictBatches } from "./predictBatches.js";
import { sigmoid } from "./sigmoid.js";
import type { TestTimeView } from "./testTimeViews.js";

/** What a model says of some studies, beside what is known of them. */
export interface Predictions<S extends Study = Study> {
  /** Name of the head that they are of. */
  readonly head?: string;
  /** Names of the columns. */
  readonly classes: readonly string[];
  /** Shape [samples, classes]. */
  readonly logits: NdArray<Float32Array>;
  /** Sigmoid of the logits, not calibrated; shape [samples, classes]. */
  readonly probabilities: NdArray<Float32Array>;
  /** The labels of the batches, in the same order; shape [samples, classes]. */
  readonly labels: LabelMatrix;
  /** The studies, one a sample. */
  readonly studies: readonly S[];
  /** Images of the source that could not be read, and have no row here; empty for bare batches. */
  readonly skipped: readonly SkippedImage[];
}

/** How far predicting has come. */
export interface PredictionProgress {
  /** From 1. */
  readonly batch: number;
  /** How many batches there are; some fewer may come when images cannot be read. Undefined for bare batches. */
  readonly batches: number | undefined;
}

/** How {@link predict} can be followed and stopped, and of which head. */
export interface PredictOptions {
  /** Name of a classification head, for a model with several. */
  readonly head?: string;
  /** Views of each image whose logits are averaged (test-time augmentation); the image as it is by default. */
  readonly views?: readonly TestTimeView[];
  /** Called after each batch; predicting waits for it. */
  readonly onBatch?: (progress: PredictionProgress) => void | Promise<void>;
  /** Ends predicting with the signal's reason, within a batch. */
  readonly signal?: AbortSignal;
}

/**
 * Runs a model over a source (its epoch 0) or over batches made by hand, in inference mode, and collects what one
 * classification head says. No batches give matrices without rows. No tensor is left on any way out.
 * {@link predictHeads} collects all classification heads in one pass, {@link predictBatches} gives segmentations too.
 *
 * A source's format and classes are checked against the model's contract. Batches made by hand carry no
 * normalisation: their shape and classes are checked, and that their values lie where the contract's normalisation puts
 * them.
 *
 * @throws ModelError when classes, size, channels, normalisation or range of values differ from the contract, the contract
 * does not know its normalisation, or the model has no such head, or several and none was named
 */
export async function predict<S extends Study>(
  model: LayersModel,
  batches: Batches<S>,
  options: PredictOptions = {},
): Promise<Predictions<S>> {
  const head = classificationHeadOf(contractOf(model), options.head);
  return (await collect(model, [head], batches, options))[head.name]!;
}

/**
 * As {@link predict}, but for all classification heads of a model at once.
 *
 * @returns predictions by name of the head
 */
export async function predictHeads<S extends Study>(
  model: LayersModel,
  batches: Batches<S>,
  options: Omit<PredictOptions, "head"> = {},
): Promise<Readonly<Record<string, Predictions<S>>>> {
  const heads = contractOf(model).heads.filter((head) => !isSegmentation(head));
  return collect(model, heads, batches, options);
}

async function collect<S extends Study>(
  model: LayersModel,
  heads: readonly ModelHead[],
  batches: Batches<S>,
  { onBatch, signal, views }: PredictOptions,
): Promise<Record<string, Predictions<S>>> {
  const source = "epoch" in batches ? batches : undefined;
  const total = source && Math.ceil(source.size / source.batchSize);
  const parts = heads.map((head) => ({ head, logits: matrixBuilder(head), labels: matrixBuilder(head) }));
  const studies: S[] = [];
  let count = 0;
  const how = { ...(views && { views }), ...(signal && { signal }) };
  for await (const { batch, logits } of predictBatches(model, batches, how)) {
    for (const part of parts) {
      part.logits.add(logits[part.head.name]!);
      part.labels.add(labelsOf(part.head, batch).values);
    }
    studies.push(...batch.studies);
    count++;
    await onBatch?.({ batch: count, batches: total });
  }
  const predictions = parts.map(({ head: { name, classes }, ...part }) => {
    const logits = part.logits.matrix();
    const probabilities = ndarray(logits.data.map(sigmoid), logits.shape);
    const labels = { classes, values: part.labels.matrix() };
    const skipped = [...(source?.skipped ?? [])];
    return [name, { head: name, classes, logits, probabilities, labels, studies, skipped }] as const;
  });
  return Object.fromEntries(predictions);
}

/** Puts matrices of one width under one another. */
export function matrixBuilder({ classes }: Pick<ModelHead, "classes">) {
  const parts: Float32Array[] = [];
  return {
    /** Adds the rows of a matrix. */
    add(matrix: NdArray<Float32Array>): void {
      parts.push(rowMajor(matrix).slice());
    },
    /** All rows. */
    matrix(): NdArray<Float32Array> {
      const whole = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
      let offset = 0;
      for (const part of parts) {
        whole.set(part, offset);
        offset += part.length;
      }
      return ndarray(whole, [whole.length / classes.length, classes.length]);
    },
  };
}
