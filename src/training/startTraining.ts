import { dispose, type Optimizer, type Tensor, train, type Variable } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { ArgumentError, ModelError } from "../errors.js";
import { honourTrainable } from "../layers/honourTrainable.js";
import { correctRepeatGradient } from "../layers/repeatGradient.js";
import { checkpointGradients } from "../models/checkpointing/checkpointGradients.js";
import { contractOf, setContract } from "../models/contract.js";
import { type BestEpochTracker, trackBestEpoch } from "./bestEpoch.js";
import { assertFormat } from "./contractCheck.js";
import type { FitOptions } from "./fitOptions.js";
import { type GradientSum, gradientSum } from "./gradientSum.js";
import { assertHeads } from "./heads.js";
import type { EpochRecord } from "./history.js";
import type { Objective } from "./objective.js";
import { type EpochProgress, type LastingParts, restoreTraining } from "./trainingState.js";
import { type WeightAverage, weightAverage } from "./weightAverage.js";

/** A training under way. */
export interface Training {
  readonly model: LayersModel;
  /** Runs the model in training mode. */
  readonly run: (images: Tensor) => Tensor | Tensor[];
  readonly objective: Objective;
  readonly optimizer: Optimizer;
  readonly gradients: GradientSum;
  readonly variables: Variable[];
  /** What its state is kept with. */
  readonly parts: LastingParts;
  readonly best: BestEpochTracker;
  readonly average: WeightAverage | undefined;
  readonly records: EpochRecord[];
  steps: number;
  epoch: EpochProgress;
  dispose(): void;
}

/**
 * Checks what a training is given, makes its optimizer and all that it keeps between steps, and puts it where its
 * checkpoint left it. Nothing is left when it throws.
 *
 * @throws ModelError when sources, state and model do not fit together
 * @throws ArgumentError for a loss that needs another optimizer
 */
export async function startTraining(
  model: LayersModel,
  objective: Objective,
  options: FitOptions,
): Promise<Training> {
  const { checkpoint, training, monitor = "validationLoss", averageWeights: decay } = options;
  checkSources(model, options);
  honourTrainable(model);
  correctRepeatGradient();
  const optimizer = options.optimizer ?? train.adam(1e-3);
  const disposeOptimizer = () => {
    if (!options.optimizer) optimizer.dispose();
  };
  try {
    checkOptimizer(objective, optimizer);
    const run = options.gradientCheckpointing
      ? checkpointGradients(model).apply
      : (images: Tensor) => model.apply(images, { training: true }) as Tensor | Tensor[];
    const state = options.resume ? await checkpoint?.loadState?.() : undefined;
    const parts = { model, optimizer, variables: objective.variables, training, monitor };
    const needsBest = options.earlyStopping !== undefined;
    const saved = state && restoreTraining(state, { ...parts, needsBest });
    prepareContract(model, options);
    const progress = saved?.progress;
    const best = trackBestEpoch(
      model,
      monitor,
      options.earlyStopping,
      saved && { figures: saved.progress.best, weights: saved.bestWeights },
    );
    const average =
      decay === undefined
        ? undefined
        : weightAverage(model.weights, decay, {
            ...(saved && saved.average.length > 0 && { values: saved.average }),
            steps: progress?.steps ?? 0,
          });
    if (saved) dispose([saved.average as Tensor[], saved.bestWeights as Tensor[]]);
    const variables = [
      ...model.trainableWeights.map((weight) => weight.read() as Variable),
      ...objective.variables,
    ];
    const gradients = gradientSum(variables);
    return {
      model,
      run,
      objective,
      optimizer,
      gradients,
      variables,
      parts,
      best,
      average,
      records: [...(progress?.records ?? [])],
      steps: progress?.steps ?? 0,
      epoch: progress?.epoch ?? noProgress(objective),
      dispose() {
        gradients.dispose();
        best.dispose();
        average?.dispose();
        disposeOptimizer();
      },
    };
  } catch (error) {
    disposeOptimizer();
    throw error;
  }
}

/** The progress of an epoch that has not begun. */
export const noProgress = ({ heads }: Objective): EpochProgress => ({
  batches: 0,
  samples: 0,
  loss: 0,
  parts: heads.map(() => 0),
  seconds: 0,
});

function checkOptimizer({ heads }: Objective, optimizer: Optimizer): void {
  const name = optimizer.getClassName();
  const other = heads.find(({ loss }) => loss.optimizer !== undefined && loss.optimizer !== name);
  if (other === undefined) return;
  throw new ArgumentError(
    "options.optimizer",
    `is ${name}; the loss of the head "${other.head.name}" has variables that only ${other.loss.optimizer} trains the right ` +
      "way (for aucMarginLoss, pesg({ loss }))",
  );
}

function checkSources(model: LayersModel, { training, validation }: FitOptions): void {
  const contract = contractOf(model);
  const input = inputOf(model, training);
  assertHeads(contract, training, "the training source", "labels");
  assertFormat(input, training.format, "the training source");
  if (validation) {
    assertHeads(contract, validation, "the validation source", "labels");
    assertFormat(input, validation.format, "the validation source");
  }
  if (model.trainableWeights.length === 0) {
    throw new ModelError(
      "trainableWeights",
      "the model has no weight to train: all its layers are frozen; unfreeze(model), or freeze fewer",
    );
  }
}

function prepareContract(model: LayersModel, { training }: FitOptions): void {
  const contract = contractOf(model);
  const heads = contract.heads.map(({ thresholds, calibration, ...head }) => head);
  setContract(model, { ...contract, heads, input: inputOf(model, training) });
}

function inputOf(model: LayersModel, { format }: FitOptions["training"]) {
  const { input } = contractOf(model);
  if (input.normalization) return input;
  const { normalization, preprocessing } = format;
  return { ...input, normalization, ...(preprocessing && { preprocessing }) };
}
