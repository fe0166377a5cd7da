/** A figure of the validation set that tells which epoch was best. */
export type Monitor = "validationLoss" | "validationAuc" | "validationDice";

/** All of them. */
export const monitors: readonly Monitor[] = ["validationLoss", "validationAuc", "validationDice"];

/** How one head of a model with several does on the validation set. */
export interface HeadRecord {
  /** Its loss, before its weight. */
  readonly loss: number;
  /** Mean AUC of a classification head over the classes that have one; NaN if none has. */
  readonly macroAuc?: number;
  /** Mean Dice of a segmentation head over its masks that have one; NaN if none has. */
  readonly meanDice?: number;
}

/** How a model does on the validation set after an epoch. */
export interface ValidationRecord {
  /**
   * The loss, weight penalties included: of classification heads over all samples at once, of segmentation heads the mean
   * over the samples of the loss of their batch; of several heads the weighted sum.
   */
  readonly loss: number;
  /**
   * Area under the ROC curve by class; NaN for a class without known present and absent samples. In a model with several
   * heads, a class whose name stands in two of them is "head/class".
   */
  readonly auc: Readonly<Record<string, number>>;
  /** Mean of `auc` over the classes that have one; NaN if none has. */
  readonly macroAuc: number;
  /** The classes whose AUC is NaN. */
  readonly undefinedAuc: readonly string[];
  /**
   * Dice coefficient by mask, for a model with segmentation heads: the mean over the images where the mask is known and not
   * empty, of the pixels whose logit is at least 0; NaN where there is no such image.
   */
  readonly dice?: Readonly<Record<string, number>>;
  /** Mean of `dice` over the masks that have one; NaN if none has. */
  readonly meanDice?: number;
  /** By name of the head, for a model with several. */
  readonly heads?: Readonly<Record<string, HeadRecord>>;
}

/** One epoch of a training. */
export interface EpochRecord {
  /** From 1. */
  readonly epoch: number;
  /** What the optimizer ran with; undefined for one that does not tell. */
  readonly learningRate: number | undefined;
  /** Mean over the epoch's samples of the loss of their batch, weight penalties included, dropout in effect. */
  readonly trainingLoss: number;
  /** Loss of each head by its name, before its weight, for a model with several. */
  readonly trainingHeads?: Readonly<Record<string, number>>;
  /** Steps of the optimizer so far, those of earlier epochs included. */
  readonly steps: number;
  /** After the epoch; undefined without a validation set. */
  readonly validation: ValidationRecord | undefined;
  /** Wall time, validation included. */
  readonly seconds: number;
  /** How many training and validation images could not be read; the sources' `skipped` say which and why. */
  readonly skipped: number;
}

/** The course of a training: plain data, ready for JSON (where NaN becomes null). */
export interface TrainingHistory {
  /** In order. */
  readonly epochs: readonly EpochRecord[];
  /** What `bestEpoch` goes by. */
  readonly monitor: Monitor;
  /** Epoch, from 1, of the best monitored figure, the first of equals; undefined without a validation set. */
  readonly bestEpoch: number | undefined;
  /** Whether all epochs were run. */
  readonly stoppedBecause: "epochs" | "early-stopping";
}

/** The monitored figure of an epoch; NaN where the model has no such figure. */
export function monitored(record: ValidationRecord, monitor: Monitor): number {
  if (monitor === "validationLoss") return record.loss;
  return monitor === "validationAuc" ? record.macroAuc : (record.meanDice ?? Number.NaN);
}
