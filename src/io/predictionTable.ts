import type { NdArray } from "ndarray";
import type { Study } from "../labels/dataset.js";
import type { LabelMatrix } from "../labels/labelMatrix.js";

/** What a table of predictions tells of a sample. */
export type PredictedStudy = Pick<Study, "imageId"> & Partial<Pick<Study, "patientId">>;

/** One run in a table of predictions. */
export interface PredictedRun {
  /** Names of the columns. */
  readonly classes: readonly string[];
  /** Shape [samples, classes]. */
  readonly probabilities: NdArray<Float32Array>;
}

/** Predictions of several runs, as {@link writePredictionTable} takes them and {@link readPredictionTable} gives them. */
export interface PredictionTable {
  /** Names of the classes. */
  readonly classes: readonly string[];
  /** One a sample. */
  readonly studies: readonly PredictedStudy[];
  /** Shape [samples, classes]. */
  readonly labels: LabelMatrix;
  /** One entry a run, in order. */
  readonly runs: readonly PredictedRun[];
}

/** Column of the image ids. */
export const imageColumn = "imageId";

/** Column of the patient ids. */
export const patientColumn = "patientId";

/** Column of a class's probabilities in a run, counted from 0. */
export function predictionColumn(name: string, run: number): string {
  return `preds_${name}_model${run + 1}`;
}

/** The class and the run, counted from 0, of a column of probabilities; undefined for another column. */
export function predictionOf(column: string): { readonly name: string; readonly run: number } | undefined {
  const match = /^preds_(.+)_model([1-9]\d*)$/s.exec(column);
  return match ? { name: match[1]!, run: Number(match[2]) - 1 } : undefined;
}
