import type { Optimizer } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { ArgumentError } from "../errors.js";
import { type FrozenLayers, freeze, unfreeze } from "../models/freeze.js";
import { fit } from "./fit.js";
import type { Checkpoint, FitOptions } from "./fitOptions.js";
import type { TrainingHistory } from "./history.js";

/** One stage of fine-tuning: which layers learn, for how long; whatever else it says goes before the common options. */
export interface FineTuningStage extends Partial<Omit<FitOptions, "epochs" | "optimizer" | "checkpoint">> {
  /** What is frozen, as {@link freeze} takes it; nothing by default. */
  readonly frozen?: FrozenLayers;
  /** How many passes over the training set, at most. */
  readonly epochs: number;
  /** Makes the stage's optimizer: each has its own, since its memory belongs to the weights that learn; Adam by default. */
  readonly optimizer?: () => Optimizer;
}

/** What {@link fineTune} does stage by stage; all other options are those of {@link fit}. */
export interface FineTuneOptions extends Omit<FitOptions, "epochs" | "optimizer" | "checkpoint"> {
  /** In order; at least one. */
  readonly stages: readonly FineTuningStage[];
  /** Makes the checkpoint of a stage, from 1: each keeps its own, in a folder of its own. */
  readonly checkpoint?: (stage: number) => Checkpoint;
}

/**
 * Fine-tunes a model in stages: first the head alone on frozen features, then the last layers too, with a smaller rate, and
 * so on. Each stage freezes, then trains as {@link fit} does, and begins with the weights at which the one before ended.
 * With `resume` stages that are over are only loaded, and the one that was broken off goes on.
 *
 * ```ts
 * await fineTune(model, {
 *   training, validation, loss: weightedBinaryCrossentropy(weights),
 *   stages: [
 *     { frozen: { upTo: "relu" }, epochs: 3, learningRate: 1e-3 }, // the head alone
 *     { frozen: { allBut: 9 }, epochs: 30, learningRate: 1e-5 }, // the last nine layers
 *   ],
 * });
 * ```
 *
 * The layers stay frozen as in the last stage. Each stage counts its epochs from 1 and has records of its own: give it an
 * `onEpoch` of its own where a log goes to a file, which the log of the next stage would replace.
 *
 * @returns the history of each stage
 * @throws ArgumentError for no stages; whatever {@link freeze} and {@link fit} throw
 */
export async function fineTune(model: LayersModel, options: FineTuneOptions): Promise<TrainingHistory[]> {
  const { stages, checkpoint, ...common } = options;
  if (stages.length === 0) throw new ArgumentError("options.stages", "is empty; expected at least one stage");
  const histories: TrainingHistory[] = [];
  for (const [i, { frozen, optimizer: makeOptimizer, ...own }] of stages.entries()) {
    if (frozen) freeze(model, frozen);
    else unfreeze(model);
    const optimizer = makeOptimizer?.();
    try {
      const history = await fit(model, {
        ...common,
        ...own,
        ...(optimizer && { optimizer }),
        ...(checkpoint && { checkpoint: checkpoint(i + 1) }),
      });
      histories.push(history);
    } finally {
      optimizer?.dispose();
    }
  }
  return histories;
}
