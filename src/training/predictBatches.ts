import { dispose, type Tensor, tensor, tidy } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import ndarray, { type NdArray } from "ndarray";
import { ModelError } from "../errors.js";
import type { Study } from "../labels/dataset.js";
import { rowMajor } from "../matrix.js";
import { contractOf, type ModelContract } from "../models/contract.js";
import { nextTask } from "../nextTask.js";
import type { Batch, BatchSource } from "./batch.js";
import { assertBatch } from "./batchCheck.js";
import { assertFormat } from "./contractCheck.js";
import { assertHeads, type Need } from "./heads.js";
import { checkViews, seenThrough, type TestTimeView, viewAverage } from "./testTimeViews.js";

/** A batch and what a model says of it. */
export interface PredictedBatch<S extends Study = Study> {
  /** As it came. */
  readonly batch: Batch<S>;
  /**
   * Logits by the head's name: [batch, classes], of a segmentation head [batch, height, width, masks].
   */
  readonly logits: Readonly<Record<string, NdArray<Float32Array>>>;
}

/** How {@link predictBatches} looks at images, and how it can be stopped. */
export interface PredictBatchesOptions {
  /**
   * Test-time augmentation: each image is predicted through all these views, and their logits are averaged, those of masks
   * turned back to where the image lies. The image as it is by default.
   */
  readonly views?: readonly TestTimeView[];
  /** Ends it with the signal's reason, within a batch. */
  readonly signal?: AbortSignal;
}

/** Where batches to predict come from: a source (its epoch 0), or batches made by hand. */
export type Batches<S extends Study = Study> = BatchSource<S> | AsyncIterable<Batch<S>> | Iterable<Batch<S>>;

/**
 * Runs a model over a source or over batches made by hand, in inference mode, and gives the logits of all its heads batch
 * by batch: what is too large to keep, as masks are, can be used and dropped. One batch at a time is on the device. No
 * tensor is left on any way out.
 *
 * A source's format and classes are checked against the model's contract. Batches made by hand carry no normalisation:
 * their shape and classes are checked, and that their values lie where the contract's normalisation puts them.
 *
 * @throws ModelError when classes, masks, size, channels, normalisation or range of values differ from the contract, or the
 * contract does not know its normalisation
 * @throws ArgumentError for no view, a shift of other than whole pixels, or views that all shift the same border of the
 * picture out of it
 */
export async function* predictBatches<S extends Study>(
  model: LayersModel,
  batches: Batches<S>,
  options: PredictBatchesOptions = {},
): AsyncGenerator<PredictedBatch<S>> {
  const { views = [{}], signal } = options;
  checkViews(views);
  const contract = contractOf(model);
  if (!contract.input.normalization) {
    throw new ModelError(
      "input.normalization",
      "the model's contract does not say how its images are normalised, as it was not trained here; say it with " +
        "setContract(model, { ...contractOf(model), input: source.format })",
    );
  }
  if ("epoch" in batches) {
    assertHeads(contract, batches, "the source", "images");
    assertFormat(contract.input, batches.format, "the source");
  }
  yield* runModel(model, contract, batches, "images", signal, views);
}

/** {@link predictBatches} without a look at the source. */
export async function* runModel<S extends Study>(
  model: LayersModel,
  contract: ModelContract,
  batches: Batches<S>,
  need: Need,
  signal: AbortSignal | undefined,
  views: readonly TestTimeView[] = [{}],
): AsyncGenerator<PredictedBatch<S>> {
  signal?.throwIfAborted();
  for await (const batch of "epoch" in batches ? batches.epoch(0, { ...(signal && { signal }) }) : batches) {
    assertBatch(contract, batch, need);
    yield { batch, logits: await averageLogits(model, contract, batch, views) };
    await nextTask();
    signal?.throwIfAborted();
  }
}

async function averageLogits(
  model: LayersModel,
  contract: ModelContract,
  { images }: Batch,
  views: readonly TestTimeView[],
): Promise<PredictedBatch["logits"]> {
  const asItIs = views.length === 1 && !views[0]!.mirror && !views[0]!.shift;
  if (asItIs) return logitsOf(model, contract, images);
  const averages = contract.heads.map(({ name }) => [name, viewAverage()] as const);
  for (const view of views) {
    const logits = await logitsOf(model, contract, seenThrough(view, images));
    for (const [name, average] of averages) average.add(view, logits[name]!);
  }
  return Object.fromEntries(averages.map(([name, average]) => [name, average.mean()]));
}

async function logitsOf(
  model: LayersModel,
  { heads }: ModelContract,
  images: NdArray<Float32Array>,
): Promise<Record<string, NdArray<Float32Array>>> {
  const outputs = tidy(
    () => [model.predictOnBatch(tensor(rowMajor(images), images.shape))].flat() as Tensor[],
  );
  try {
    const values = await Promise.all(outputs.map((output) => output.data<"float32">()));
    return Object.fromEntries(
      heads.map(({ name }, i) => [name, ndarray(values[i]!, outputs[i]!.shape)] as const),
    );
  } finally {
    dispose(outputs);
  }
}
