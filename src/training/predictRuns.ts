import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { Study } from "../labels/dataset.js";
import type { Batch, BatchSource } from "./batch.js";
import { combineRuns, type RunPredictions } from "./combineRuns.js";
import { type PredictionProgress, type Predictions, type PredictOptions, predict } from "./predict.js";

/** A model, or a way to load it, as `trainRuns` and `loadRuns` give. */
export type RunModel =
  | LayersModel
  | {
      /** Loads the model; whoever calls it disposes it. */
      load(): Promise<LayersModel>;
    };

/** How {@link predictRuns} can be followed and stopped, and of which head. */
export interface PredictRunsOptions extends Omit<PredictOptions, "onBatch"> {
  /** Called after each batch of each run; predicting waits for it. */
  readonly onBatch?: (
    progress: PredictionProgress & {
      /** From 1. */
      readonly run: number;
      /** How many runs there are. */
      readonly runs: number;
    },
  ) => void | Promise<void>;
}

/**
 * Runs several models of one experiment over the same samples, as `predict` does one, and puts what they say side by side:
 * each run's predictions, the mean probability of each sample and class, and its sample standard deviation over the runs.
 *
 * ```ts
 * const { runs } = await loadRuns("runs/tubes");
 * const predictions = await predictRuns(runs, test);
 * const evaluation = evaluateRuns(predictions);
 * ```
 *
 * A model that it loads is in memory only while it predicts. Images are read anew for each run.
 *
 * @param models at least one
 * @param batches a source (its epoch 0), or batches made by hand
 * @throws ArgumentError without a model, or when two models differ in classes or saw other samples, as when an image could
 *   be read at one time only
 * @throws ModelError as `predict` does
 */
export async function predictRuns<S extends Study>(
  models: readonly RunModel[],
  batches: BatchSource<S> | readonly Batch<S>[],
  options: PredictRunsOptions = {},
): Promise<RunPredictions<Predictions<S>>> {
  const { onBatch, ...rest } = options;
  const runs: Predictions<S>[] = [];
  for (const [r, source] of models.entries()) {
    rest.signal?.throwIfAborted();
    const loads = "load" in source;
    const model = loads ? await source.load() : source;
    try {
      const at = { run: r + 1, runs: models.length };
      runs.push(
        await predict(model, batches, {
          ...rest,
          ...(onBatch && { onBatch: (progress: PredictionProgress) => onBatch({ ...progress, ...at }) }),
        }),
      );
    } finally {
      if (loads) model.dispose();
    }
  }
  return combineRuns(runs);
}
