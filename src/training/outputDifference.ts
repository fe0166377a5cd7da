import { sigmoid } from "./sigmoid.js";

/** How far numbers of two models are apart. */
export interface Difference {
  /** Greatest absolute difference; NaN where there is no number, or one of them is NaN. */
  readonly greatest: number;
  /** Mean absolute difference; NaN likewise. */
  readonly mean: number;
}

/** How often two models decide alike at thresholds on probabilities. */
export interface Agreement {
  /** The thresholds, one a class. */
  readonly thresholds: readonly number[];
  /** Share of samples (of pixels, for masks) with the same decision, class by class; NaN for a NaN threshold or no sample. A NaN is like nothing. */
  readonly perClass: readonly number[];
  /** Share over all classes that have a threshold. */
  readonly overall: number;
}

/** Adds up how far two models' logits are apart, batch by batch. */
export function outputDifference(thresholds: readonly number[]) {
  const width = thresholds.length;
  const logits = tally();
  const probabilities = tally();
  const alike = new Float64Array(width);
  let count = 0;
  return {
    /** Takes logits of two models, the last axis the classes, row first. */
    add(a: Float32Array, b: Float32Array): void {
      for (let i = 0; i < a.length; i++) {
        const [p, q] = [sigmoid(a[i]!), sigmoid(b[i]!)];
        logits.add(a[i]!, b[i]!);
        probabilities.add(p, q);
        const threshold = thresholds[i % width]!;
        const known = !Number.isNaN(p) && !Number.isNaN(q);
        if (known && p >= threshold === q >= threshold) alike[i % width]!++;
      }
      count += a.length / width;
    },
    /** What was found so far. */
    result(): { logits: Difference; probabilities: Difference; decisions: Agreement } {
      const decided = thresholds.map((_, c) => c).filter((c) => !Number.isNaN(thresholds[c]!));
      const sum = decided.reduce((total, c) => total + alike[c]!, 0);
      return {
        logits: logits.result(),
        probabilities: probabilities.result(),
        decisions: {
          thresholds,
          perClass: thresholds.map((threshold, c) =>
            Number.isNaN(threshold) ? Number.NaN : alike[c]! / count,
          ),
          overall: sum / (decided.length * count),
        },
      };
    },
  };
}

function tally() {
  let [greatest, sum, count] = [0, 0, 0];
  return {
    add(a: number, b: number): void {
      const difference = a === b ? 0 : Math.abs(a - b);
      // Math.max, unlike a comparison, lets NaN through.
      greatest = Math.max(greatest, difference);
      sum += difference;
      count++;
    },
    result: (): Difference => ({ greatest: count === 0 ? Number.NaN : greatest, mean: sum / count }),
  };
}
