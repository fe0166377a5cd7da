import ndarray, { type NdArray } from "ndarray";
import { ArgumentError } from "../errors.js";
import type { Study } from "../labels/dataset.js";
import type { LabelMatrix } from "../labels/labelMatrix.js";
import { rowMajor } from "../matrix.js";
import { meanOverRuns } from "../metrics/meanOverRuns.js";
import type { Predictions } from "./predict.js";

/** What several runs of one experiment say of the same samples. */
export interface RunPredictions<Run extends RunScores = Predictions> {
  /** Names of the columns. */
  readonly classes: readonly string[];
  /** One a sample. */
  readonly studies: Run["studies"];
  /** Shape [samples, classes]. */
  readonly labels: LabelMatrix;
  /** One entry a run, in order. */
  readonly runs: readonly Run[];
  /** Mean over the runs of the probabilities, shape [samples, classes]; NaN where one of them is. */
  readonly meanProbabilities: NdArray<Float32Array>;
  /** Their sample standard deviation (divisor n - 1), of the same shape; NaN throughout for a single run. */
  readonly standardDeviations: NdArray<Float32Array>;
}

/** What one run says, as far as runs are compared. */
export interface RunScores {
  /** Names of the columns. */
  readonly classes: readonly string[];
  /** The samples. */
  readonly studies: readonly Pick<Study, "imageId">[];
  /** Shape [samples, classes]. */
  readonly labels: LabelMatrix;
  /** Shape [samples, classes]. */
  readonly probabilities: NdArray<Float32Array>;
}

/**
 * Puts the predictions of several runs side by side, with the mean probability of each sample and class and its sample
 * standard deviation over the runs.
 *
 * @param runs at least one; all of the same samples in the same order, the same classes and the same labels
 * @throws ArgumentError without a run, or when two runs differ in samples, classes or labels; it says where
 */
export function combineRuns<Run extends RunScores>(runs: readonly Run[]): RunPredictions<Run> {
  const [first] = runs;
  if (first === undefined) throw new ArgumentError("runs", "is empty; expected at least one run");
  runs.forEach((run, r) => {
    assertAlike(first, run, r);
  });
  const columns = runs.map(({ probabilities }) => rowMajor(probabilities));
  const means = new Float32Array(columns[0]!.length);
  const deviations = new Float32Array(means.length);
  for (let i = 0; i < means.length; i++) {
    const { mean, standardDeviation } = meanOverRuns(columns.map((values) => values[i]!));
    means[i] = mean;
    deviations[i] = standardDeviation;
  }
  const { classes, studies, labels, probabilities } = first;
  return {
    classes,
    studies,
    labels,
    runs,
    meanProbabilities: ndarray(means, probabilities.shape),
    standardDeviations: ndarray(deviations, probabilities.shape),
  };
}

function assertAlike(first: RunScores, run: RunScores, r: number): void {
  const fail = (what: string): never => {
    throw new ArgumentError(`runs[${r}]`, `${what}; all runs must be of the same samples and classes`);
  };
  if (run.classes.join("\n") !== first.classes.join("\n")) {
    fail(`has the classes ${run.classes.join(", ")} where the first run has ${first.classes.join(", ")}`);
  }
  if (run.studies.length !== first.studies.length) {
    const ids = new Set(
      (run.studies.length < first.studies.length ? run : first).studies.map((s) => s.imageId),
    );
    const alone = [...run.studies, ...first.studies].find(({ imageId }) => !ids.has(imageId))?.imageId;
    fail(
      `has ${run.studies.length} samples where the first run has ${first.studies.length}` +
        (alone === undefined ? "" : ` ("${alone}" is in one of them only)`),
    );
  }
  run.studies.forEach(({ imageId }, s) => {
    const expected = first.studies[s]!.imageId;
    if (imageId !== expected) fail(`has "${imageId}" as sample ${s} where the first run has "${expected}"`);
  });
  const shape = `${[first.studies.length, first.classes.length]}`;
  for (const values of [run.probabilities, run.labels.values]) {
    if (`${values.shape}` !== shape) fail(`has a matrix of shape [${values.shape}]; expected [${shape}]`);
  }
  const expected = rowMajor(first.labels.values);
  const different = rowMajor(run.labels.values).findIndex((label, i) => !Object.is(label, expected[i]));
  if (different >= 0) {
    const imageId = first.studies[Math.floor(different / first.classes.length)]!.imageId;
    fail(`has another label than the first run for "${imageId}"`);
  }
}
