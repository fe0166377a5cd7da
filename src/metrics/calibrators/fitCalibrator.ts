import { ArgumentError } from "../../errors.js";
import type { MatrixLike } from "../../matrix.js";
import { knownColumns, ranked, type Sample, type WeightOptions } from "../sample.js";
import type {
  CalibrationMap,
  CalibrationMethod,
  Calibrator,
  CalibratorScores,
  ClassCalibrator,
} from "./calibrator.js";
import { isotonicMap } from "./isotonic.js";
import { logistic } from "./logisticFit.js";
import { betaMap, identity, type LogitSample, logitOf, plattMap, temperatureMap } from "./logisticMaps.js";

/** How {@link fitCalibrator} fits. */
export interface FitCalibratorOptions extends WeightOptions {
  /** What is fitted. */
  readonly method: CalibrationMethod;
  /** Names of the columns; by default those of the matrices, or "class 0", "class 1", ... */
  readonly classes?: readonly string[];
  /** Temperature only: "all" (the default) fits one temperature to all classes, "each" one to each. */
  readonly temperatureOf?: "all" | "each";
  /**
   * Platt only: whether labels count as (n1 + 1) / (n1 + 2) and 1 / (n0 + 2) for n1 positives and n0 negatives, as Platt
   * proposed against overfitting and scikit-learn does; false by default, which is plain maximum likelihood.
   */
  readonly smoothedTargets?: boolean;
}

/**
 * Fits a calibration on validation samples, class by class on the known labels: samples that the model was neither trained
 * nor will be tested on.
 *
 * - "temperature": sigmoid(x / T) of logit x. One T > 0 for all classes, by least log loss over all known labels (Guo et
 *   al., On calibration of modern neural networks, ICML 2017), or one for each. It can't mend a shifted base rate, such as
 *   class weights in the loss bring.
 * - "platt": sigmoid(slope x + intercept), by maximum likelihood without penalty (Platt, Probabilistic outputs for support
 *   vector machines, 1999); equals statsmodels' `Logit`, and with `smoothedTargets` scikit-learn's
 *   `CalibratedClassifierCV(method="sigmoid")`. What most multi-label models need. Where a score is lower for present than for
 *   absent findings the slope is negative.
 * - "isotonic": the non-decreasing step function of p = sigmoid(x) nearest to the labels, with straight lines between steps
 *   (Zadrozny and Elkan, KDD 2002); equals scikit-learn's `IsotonicRegression(out_of_bounds="clip")`. It needs hundreds of
 *   positives, ties scores together, and can give exactly 0 and 1.
 * - "beta": sigmoid(a ln p - b ln(1 - p) + c) with a, b >= 0 (Kull, Silva Filho and Flach, Beta calibration, AISTATS 2017),
 *   by maximum likelihood; where the free fit has a negative a or b, that one is 0 and the rest is fitted again, as the
 *   paper proposes. If that is negative as well, both are 0, and the prevalence comes out for all. a = b = 1, c = 0 changes
 *   nothing.
 *
 * A class that gives nothing to fit keeps its probabilities, and its `map` says why ({@link IdentityReason}). The shared
 * temperature holds for a class without known labels too.
 *
 * @param labels shape [samples, classes], values 1, 0 or NaN; unknown labels are skipped class by class
 * @param scores logits or probabilities of the same shape; probabilities of exactly 0 or 1 have no logit and go with
 *   "isotonic" only
 * @returns a plain object of finite numbers, safe in JSON
 * @throws ArgumentError when the shapes or the class names differ, a label is not 0, 1 or NaN, the score of a known label is
 *   not finite, not in [0, 1] for probabilities, or has no logit, a weight is not a finite number from 0, or an option is none of
 *   its words or is one of another method
 */
export function fitCalibrator(
  labels: MatrixLike,
  scores: CalibratorScores,
  options: FitCalibratorOptions,
): Calibrator {
  checkOptions(options);
  const { method, weights, classes: names, temperatureOf = "all", smoothedTargets = false } = options;
  const fromLogits = "logits" in scores;
  const { classes, samples } = knownColumns(
    labels,
    fromLogits ? scores.logits : scores.probabilities,
    names,
    {
      argument: fromLogits ? "scores" : "probabilities",
      ...(weights && { weights }),
    },
  );
  const logitsOf = (c: number): LogitSample => {
    const { scores: column, ...sample } = samples[c]!;
    return { ...sample, logits: fromLogits ? column : logits(samples[c]!, classes[c]!) };
  };
  const finished = (mapOf: (c: number) => CalibrationMap): Calibrator => ({
    method,
    classes: [...classes],
    perClass: samples.map(
      (sample, c): ClassCalibrator => ({ ...countsOf(sample), map: degenerate(sample) ?? mapOf(c) }),
    ),
  });
  switch (method) {
    case "temperature": {
      if (temperatureOf === "each") return finished((c) => temperatureMap(logitsOf(c)));
      const map = sharedTemperature(samples.map((_, c) => logitsOf(c)));
      return { method, classes: [...classes], perClass: samples.map((s) => ({ ...countsOf(s), map })) };
    }
    case "platt":
      return finished((c) => plattMap(logitsOf(c), smoothedTargets));
    case "beta":
      return finished((c) => betaMap(logitsOf(c)));
    case "isotonic":
      return finished((c) => {
        const sample = ranked(samples[c]!);
        return isotonicMap(fromLogits ? { ...sample, scores: sample.scores.map(logistic) } : sample);
      });
  }
}

function checkOptions({ method, temperatureOf, smoothedTargets }: FitCalibratorOptions): void {
  const methods: readonly string[] = ["temperature", "platt", "isotonic", "beta"];
  if (!methods.includes(method)) {
    throw new ArgumentError("options.method", `is ${method}; expected one of ${methods.join(", ")}`);
  }
  if (temperatureOf !== undefined) {
    if (temperatureOf !== "all" && temperatureOf !== "each") {
      throw new ArgumentError("options.temperatureOf", `is ${temperatureOf}; expected "all" or "each"`);
    }
    if (method !== "temperature") {
      throw new ArgumentError("options.temperatureOf", `goes with the method "temperature", not "${method}"`);
    }
  }
  if (smoothedTargets !== undefined && method !== "platt") {
    throw new ArgumentError("options.smoothedTargets", `goes with the method "platt", not "${method}"`);
  }
}

function logits({ scores, rows }: Sample, name: string): Float64Array {
  return scores.map((probability, i) => {
    if (probability > 0 && probability < 1) return logitOf(probability);
    throw new ArgumentError(
      "probabilities",
      `class "${name}", index ${rows[i]} is ${probability}, which has no logit; give the logits, as { logits }, or take ` +
        'the method "isotonic"',
    );
  });
}

function countsOf({ labels }: Sample): { readonly known: number; readonly positives: number } {
  return { known: labels.length, positives: labels.reduce((sum, label) => sum + label, 0) };
}

function degenerate({ labels }: Pick<Sample, "labels">): CalibrationMap | undefined {
  if (labels.length === 0) return identity("no-known-label");
  return labels.includes(0) && labels.includes(1) ? undefined : identity("one-label");
}

function sharedTemperature(samples: readonly LogitSample[]): CalibrationMap {
  const total = samples.reduce((sum, { labels }) => sum + labels.length, 0);
  const together = {
    logits: new Float64Array(total),
    labels: new Uint8Array(total),
    weights: new Float64Array(total),
  };
  let start = 0;
  for (const { logits, labels, weights } of samples) {
    together.logits.set(logits, start);
    together.labels.set(labels, start);
    together.weights.set(weights, start);
    start += labels.length;
  }
  return degenerate(together) ?? temperatureMap(together);
}
