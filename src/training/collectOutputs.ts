import { type Tensor, tensor, tidy } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import ndarray, { type NdArray } from "ndarray";
import type { Study } from "../labels/dataset.js";
import type { LabelMatrix } from "../labels/labelMatrix.js";
import { rowMajor } from "../matrix.js";
import { contractOf } from "../models/contract.js";
import type { Batch } from "./batch.js";
import { assertBatch, onlyHead } from "./contractCheck.js";
import { nextTask } from "./nextTask.js";

/** What a model says of the samples of all batches, beside what is known of them. */
export interface Outputs<S extends Study = Study> {
  /** Shape [samples, classes]. */
  readonly logits: NdArray<Float32Array>;
  /** Shape [samples, classes]. */
  readonly labels: LabelMatrix;
  /** One a sample. */
  readonly studies: readonly S[];
}

/**
 * Runs a model over batches in inference mode. It holds one batch at a time on the device.
 *
 * @param onBatch called after each batch with its number, from 1
 * @throws ModelError for a batch that does not fit the model's contract
 */
export async function collectOutputs<S extends Study>(
  model: LayersModel,
  batches: AsyncIterable<Batch<S>> | Iterable<Batch<S>>,
  signal: AbortSignal | undefined,
  onBatch?: (batch: number) => void | Promise<void>,
): Promise<Outputs<S>> {
  const contract = contractOf(model);
  const { classes } = onlyHead(contract);
  const logits: Float32Array[] = [];
  const labels: Float32Array[] = [];
  const studies: S[] = [];
  signal?.throwIfAborted();
  for await (const batch of batches) {
    assertBatch(contract, batch);
    logits.push(await logitsOf(model, batch));
    labels.push(rowMajor(batch.labels.values).slice());
    studies.push(...batch.studies);
    await onBatch?.(logits.length);
    await nextTask();
    signal?.throwIfAborted();
  }
  const matrix = (parts: readonly Float32Array[]) =>
    ndarray(concatenate(parts), [studies.length, classes.length]);
  return { logits: matrix(logits), labels: { classes, values: matrix(labels) }, studies };
}

async function logitsOf(model: LayersModel, { images }: Batch): Promise<Float32Array> {
  const output = tidy(() => model.predictOnBatch(tensor(rowMajor(images), images.shape)) as Tensor);
  try {
    return await output.data<"float32">();
  } finally {
    output.dispose();
  }
}

function concatenate(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
