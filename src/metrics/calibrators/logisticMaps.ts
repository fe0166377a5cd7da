import type { CalibrationMap, IdentityReason } from "./calibrator.js";
import { logisticFit, softplus } from "./logisticFit.js";

/** Logits of samples whose label is known, in any order. */
export interface LogitSample {
  /** Finite. */
  readonly logits: Float64Array;
  /** 1 or 0. */
  readonly labels: Uint8Array;
  /** Above 0. */
  readonly weights: Float64Array;
}

/** {@link CalibrationMap} of a class or of all classes together, by maximum likelihood of a temperature. */
export function temperatureMap({ logits, labels, weights }: LogitSample): CalibrationMap {
  if (logits.every((logit) => logit === 0)) return identity("constant-score");
  const alwaysRight = logits.every((logit, i) => (labels[i] === 1 ? logit >= 0 : logit <= 0));
  if (alwaysRight) return identity("separable");
  const alwaysWrong = logits.every((logit, i) => (labels[i] === 1 ? logit <= 0 : logit >= 0));
  if (alwaysWrong) return identity("reversed");
  const fit = logisticFit({ columns: [logits], intercept: false, targets: labels, weights });
  if (fit === undefined) return identity("no-maximum");
  const temperature = 1 / fit[0]!;
  return temperature > 0 && Number.isFinite(temperature)
    ? { kind: "temperature", temperature }
    : identity("reversed");
}

/** {@link CalibrationMap} of a class by maximum likelihood of slope and intercept. */
export function plattMap(sample: LogitSample, smoothed: boolean): CalibrationMap {
  const { logits, labels, weights } = sample;
  const extent = extentOf(sample);
  if (extent.constant) return identity("constant-score");
  if (!smoothed && extent.separable) return identity("separable");
  const targets = smoothed ? smoothedTargets(labels, weights) : labels;
  const fit = logisticFit({ columns: [logits], intercept: true, targets, weights });
  if (fit === undefined) return identity("no-maximum");
  return { kind: "platt", slope: fit[0]!, intercept: fit[1]! };
}

/** {@link CalibrationMap} of a class by maximum likelihood of the three parameters of beta calibration. */
export function betaMap(sample: LogitSample): CalibrationMap {
  const { logits, labels, weights } = sample;
  // ln p and -ln(1 - p) of p = sigmoid(logit).
  const present = logits.map((logit) => -softplus(-logit));
  const absent = logits.map(softplus);
  const extents = [present, absent].map((values) => extentOf({ logits: values, labels }));
  if (extents.every(({ constant }) => constant)) return identity("constant-score");
  if (extents.some(({ constant, increasing }) => increasing && !constant)) return identity("separable");
  const fit = (columns: readonly Float64Array[]) =>
    logisticFit({ columns, intercept: true, targets: labels, weights });
  const constant = { kind: "beta" as const, a: 0, b: 0, c: logitOfPrevalence(labels, weights) };
  if (extents.some(({ constant, decreasing }) => decreasing && !constant)) return constant;
  const both = fit([present, absent]);
  if (both !== undefined && both[0]! >= 0 && both[1]! >= 0) {
    return { kind: "beta", a: both[0]!, b: both[1]!, c: both[2]! };
  }
  const candidates = [constant];
  const onlyB = both === undefined || both[0]! < 0 ? fit([absent]) : undefined;
  const onlyA = both === undefined || both[1]! < 0 ? fit([present]) : undefined;
  if (onlyB && onlyB[0]! >= 0) candidates.push({ kind: "beta", a: 0, b: onlyB[0]!, c: onlyB[1]! });
  if (onlyA && onlyA[0]! >= 0) candidates.push({ kind: "beta", a: onlyA[0]!, b: 0, c: onlyA[1]! });
  if (onlyA === undefined && onlyB === undefined) return identity("no-maximum");
  const lossOf = ({ a, b, c }: (typeof candidates)[number]) => {
    let loss = 0;
    for (let i = 0; i < labels.length; i++) {
      const linear = b * absent[i]! + a * present[i]! + c;
      loss += weights[i]! * softplus(labels[i] === 1 ? -linear : linear);
    }
    return loss;
  };
  const losses = candidates.map(lossOf);
  return candidates[losses.indexOf(Math.min(...losses))]!;
}

/** Slope and intercept of a logistic recalibration. */
export interface Recalibration {
  /** 1 for a calibrated model; below 1 its probabilities are too far from the prevalence, above 1 too near. */
  readonly slope: number;
  /** Of the same fit as the slope; 0 for a calibrated model. */
  readonly intercept: number;
  /**
   * Intercept of the fit whose slope is held at 1 (calibration in the large); 0 for a calibrated model, below 0 where the
   * probabilities are too high on the whole.
   */
  readonly interceptAtSlopeOne: number;
}

/**
 * Regresses labels on logits (Cox, Two further applications of a model for binary regression, Biometrika 45, 1958).
 *
 * @returns NaN for what has no finite maximum
 */
export function recalibrate(sample: LogitSample): Recalibration {
  const { logits, labels, weights } = sample;
  const extent = extentOf(sample);
  const fit =
    extent.constant || extent.separable
      ? undefined
      : logisticFit({ columns: [logits], intercept: true, targets: labels, weights });
  return {
    slope: fit?.[0] ?? Number.NaN,
    intercept: fit?.[1] ?? Number.NaN,
    interceptAtSlopeOne: labels.includes(0) && labels.includes(1) ? interceptAtSlopeOne(sample) : Number.NaN,
  };
}

/**
 * The b at which the mean of sigmoid(x + b) is the prevalence, which lies between the logit of the prevalence less the
 * greatest and the least x: Newton's method, halving that range where a step would leave it.
 */
function interceptAtSlopeOne({ logits, labels, weights }: LogitSample): number {
  const middle = logitOfPrevalence(labels, weights);
  let low = logits.reduce((least, x) => Math.min(least, middle - x), Number.POSITIVE_INFINITY);
  let high = logits.reduce((most, x) => Math.max(most, middle - x), Number.NEGATIVE_INFINITY);
  let intercept = Math.min(Math.max(0, low), high);
  while (true) {
    let excess = 0;
    let slope = 0;
    for (let i = 0; i < logits.length; i++) {
      const x = logits[i]! + intercept;
      const odds = Math.exp(-Math.abs(x));
      const unlikely = odds / (1 + odds);
      // p - y without cancelling where p is near y.
      const wrong = x >= 0 === (labels[i] === 1) ? unlikely : 1 / (1 + odds);
      excess += labels[i] === 1 ? -weights[i]! * wrong : weights[i]! * wrong;
      slope += (weights[i]! * unlikely) / (1 + odds);
    }
    if (excess > 0) high = intercept;
    else low = intercept;
    const newton = intercept - excess / slope;
    const inside = newton > low && newton < high;
    const next = inside ? newton : (low + high) / 2;
    const last = Math.abs(next - intercept) <= 1e-7 * (1 + Math.abs(next));
    if ((inside && last) || next === low || next === high) return next;
    intercept = next;
  }
}

export const identity = (because: IdentityReason): CalibrationMap => ({ kind: "identity", because });

/** The logit of a probability; -Infinity and Infinity at the ends. */
export const logitOf = (probability: number) => Math.log(probability) - Math.log1p(-probability);

/** How the scores of the two labels lie to one another. */
function extentOf({ logits, labels }: Pick<LogitSample, "logits" | "labels">) {
  const least = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  const most = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < logits.length; i++) {
    const label = labels[i]!;
    least[label] = Math.min(least[label]!, logits[i]!);
    most[label] = Math.max(most[label]!, logits[i]!);
  }
  const increasing = most[0]! <= least[1]!;
  const decreasing = most[1]! <= least[0]!;
  return {
    constant: Math.min(...least) === Math.max(...most),
    increasing,
    decreasing,
    separable: increasing || decreasing,
  };
}

/** Of both labels. */
function logitOfPrevalence(labels: Uint8Array, weights: Float64Array): number {
  const counts = labelWeights(labels, weights);
  return Math.log(counts[1]! / counts[0]!);
}

/** How much the absent count together, and the present. */
function labelWeights(labels: Uint8Array, weights: Float64Array): number[] {
  const counts = [0, 0];
  labels.forEach((label, i) => {
    counts[label]! += weights[i]!;
  });
  return counts;
}

/** Platt's targets: (positives + 1) / (positives + 2) for present, 1 / (negatives + 2) for absent. */
function smoothedTargets(labels: Uint8Array, weights: Float64Array): Float64Array {
  const counts = labelWeights(labels, weights);
  const absent = 1 / (counts[0]! + 2);
  const present = (counts[1]! + 1) / (counts[1]! + 2);
  return Float64Array.from(labels, (label) => (label === 1 ? present : absent));
}
