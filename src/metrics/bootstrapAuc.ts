import { ArgumentError } from "../errors.js";
import type { MatrixLike } from "../matrix.js";
import { type BootstrapEnds, endsOf } from "./bootstrapEnds.js";
import type { BootstrapInterval, ResamplingOptions } from "./bootstrapInterval.js";
import { bootstrapMetrics, meanOfClasses } from "./classMetrics.js";
import { rankMetrics } from "./rankMetrics.js";
import { checkCount, checkLevel, checkResamples, groupRows, groupsByStratum } from "./resampling.js";
import { rankedColumns, type WeightOptions } from "./sample.js";

/** How {@link bootstrapAuc} resamples. */
export interface BootstrapAucOptions extends ResamplingOptions, WeightOptions {
  /** Names of the columns; by default those of the matrices, or "class 0", "class 1", ... */
  readonly classes?: readonly string[];
  /** "percentile" by default; for "bca" use `bootstrapInterval`. */
  readonly method?: "percentile" | "basic";
}

/** The areas under the ROC curve of the classes, with bootstrap intervals on the same resamples. */
export interface BootstrapAuc {
  /** One entry a class, in the order of the columns; NaN unless both labels occur. */
  readonly classes: readonly (BootstrapInterval & {
    /** Name of the class. */
    readonly name: string;
  })[];
  /** Mean over the classes that have an area; a resample in which one of them has none is left out. */
  readonly macro: BootstrapInterval;
}

/**
 * `bootstrapInterval` of the area under the ROC curve of each class and of their mean: the same resamples for the same seed,
 * without sorting any of them, many times faster. Memory is one number for each class and resample besides the ranking
 * of the rows.
 *
 * @param labels shape [samples, classes], values 1, 0 or NaN; unknown labels are skipped class by class
 * @param scores of the same shape, in any unit; higher means more likely positive
 * @throws ArgumentError when the shapes or the class names differ, a label is not 0, 1 or NaN, the score of a known label is
 *   not finite, an option has another length or is out of its range, an id in `groups` is empty, or a patient is in two strata
 */
export function bootstrapAuc(
  labels: MatrixLike,
  scores: MatrixLike,
  options: BootstrapAucOptions,
): BootstrapAuc {
  const { resamples = 1000, seed = 0, level = 0.95, method = "percentile", weights } = options;
  checkLevel(level);
  checkResamples(resamples);
  if (method !== "percentile" && method !== "basic") {
    throw new ArgumentError("options.method", `is ${method}; expected "percentile" or "basic"`);
  }
  const { rows, classes, samples } = rankedColumns(labels, scores, options.classes, {
    argument: "scores",
    ...(weights && { weights }),
  });
  checkCount("options.groups", options.groups, rows);
  const groups = groupRows(options.groups);
  const strata = options.strata && groupsByStratum(groups, options.strata);
  const metrics = new Set(["auc"] as const);
  const drawn = bootstrapMetrics(samples, groups, { binning: {}, resamples, seed, metrics, strata });
  const estimates = samples.map((sample) => rankMetrics(sample).auc);
  const intervalOf = (estimate: number, values: Float64Array): BootstrapInterval => {
    const ends: BootstrapEnds = endsOf(method, estimate, values, level);
    return { estimate, ...ends, resamples };
  };
  const areas = drawn.map(({ auc }) => auc);
  const macro = meanOfClasses(estimates, areas, resamples);
  return {
    classes: estimates.map((estimate, c) => ({ name: classes[c]!, ...intervalOf(estimate, areas[c]!) })),
    macro: intervalOf(macro.estimate, macro.values),
  };
}
