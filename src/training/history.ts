/** A figure of the validation set that tells which epoch was best. */
export type Monitor = "validationLoss" | "validationAuc";

/** How a model does on the validation set after an epoch. */
export interface ValidationRecord {
  /** The loss over all samples at once, weight penalties included. */
  readonly loss: number;
  /** Area under the ROC curve by class; NaN for a class without known present and absent samples. */
  readonly auc: Readonly<Record<string, number>>;
  /** Mean of `auc` over the classes that have one; NaN if none has. */
  readonly macroAuc: number;
  /** The classes whose AUC is NaN. */
  readonly undefinedAuc: readonly string[];
}

/** One epoch of a training. */
export interface EpochRecord {
  /** From 1. */
  readonly epoch: number;
  /** What the optimizer ran with; undefined for one that does not tell. */
  readonly learningRate: number | undefined;
  /** Mean over the epoch's samples of the loss of their batch, weight penalties included, dropout in effect. */
  readonly trainingLoss: number;
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

/** The monitored figure of an epoch. */
export function monitored(record: ValidationRecord, monitor: Monitor): number {
  return monitor === "validationLoss" ? record.loss : record.macroAuc;
}
