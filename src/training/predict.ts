import type { LayersModel } from "@tensorflow/tfjs-layers";
import ndarray, { type NdArray } from "ndarray";
import { ModelError } from "../errors.js";
import type { Study } from "../labels/dataset.js";
import type { LabelMatrix } from "../labels/labelMatrix.js";
import { rowMajor } from "../matrix.js";
import { contractOf } from "../models/contract.js";
import type { Batch, BatchSource, SkippedImage } from "./batch.js";
import { collectOutputs } from "./collectOutputs.js";
import { assertClasses, assertFormat, onlyHead } from "./contractCheck.js";

/** What a model says of some studies, beside what is known of them. */
export interface Predictions<S extends Study = Study> {
  /** Name of the head that they are of; absent where the model has no other. */
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

/** How {@link predict} can be followed and stopped. */
export interface PredictOptions {
  /** Called after each batch; predicting waits for it. */
  readonly onBatch?: (progress: PredictionProgress) => void | Promise<void>;
  /** Ends predicting with the signal's reason, within a batch. */
  readonly signal?: AbortSignal;
}

/**
 * Runs a model over a source (its epoch 0) or over batches made by hand, in inference mode. No batches give matrices
 * without rows. No tensor is left on any way out.
 *
 * A source's format and classes are checked against the model's contract. Batches made by hand carry no
 * normalisation: that they have the contract's is the caller's word; their shape and classes are checked.
 *
 * @throws ModelError when classes, size, channels or normalisation differ from the contract, or the contract does not
 * know its normalisation
 */
export async function predict<S extends Study>(
  model: LayersModel,
  batches: BatchSource<S> | AsyncIterable<Batch<S>> | Iterable<Batch<S>>,
  options: PredictOptions = {},
): Promise<Predictions<S>> {
  const { onBatch, signal } = options;
  const contract = contractOf(model);
  const { classes } = onlyHead(contract);
  if (!contract.input.normalization) {
    throw new ModelError(
      "input.normalization",
      "the model's contract does not say how its images are normalised, as it was not trained here; say it with " +
        "setContract(model, { ...contractOf(model), input: source.format })",
    );
  }
  const source = "epoch" in batches ? batches : undefined;
  if (source) {
    assertClasses(classes, source.classes, "the source");
    assertFormat(contract.input, source.format, "the source");
  }
  const total = source && Math.ceil(source.size / source.batchSize);
  const { logits, labels, studies } = await collectOutputs(
    model,
    source ? source.epoch(0, { ...(signal && { signal }) }) : batches,
    signal,
    (batch) => onBatch?.({ batch, batches: total }),
  );
  const probabilities = ndarray(
    rowMajor(logits).map((logit) => 1 / (1 + Math.exp(-logit))),
    logits.shape,
  );
  return { classes, logits, probabilities, labels, studies, skipped: [...(source?.skipped ?? [])] };
}
