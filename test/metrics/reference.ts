import { readFileSync } from "node:fs";
import { expect } from "vitest";

type Numbers = readonly number[];

interface CalibrationCase {
  readonly bins: number;
  readonly binning: "equal-width" | "equal-mass";
  readonly edges: Numbers;
  readonly count: Numbers;
  readonly meanProbability: readonly (number | null)[];
  readonly meanLabel: readonly (number | null)[];
  readonly l1: number;
  readonly l2: number;
  readonly max: number;
}

interface ReferenceCase {
  readonly name: string;
  readonly labels: Numbers;
  readonly scores: Numbers;
  readonly probabilities: Numbers;
  readonly auc: number;
  readonly averagePrecision: number;
  readonly brier: number;
  readonly roc: { readonly fpr: Numbers; readonly tpr: Numbers; readonly thresholds: Numbers };
  readonly pr: { readonly precision: Numbers; readonly recall: Numbers; readonly thresholds: Numbers };
  readonly calibration: readonly CalibrationCase[];
  readonly delong?: {
    readonly standardError: number;
    readonly lower95: number;
    readonly upper95: number;
    readonly lower80: number;
  };
  readonly delongTest?: {
    readonly difference: number;
    readonly standardError: number;
    readonly z: number;
    readonly pValue: number;
  };
  readonly weights?: Numbers;
  readonly weighted?: {
    readonly auc: number;
    readonly averagePrecision: number;
    readonly brier: number;
    readonly calibration: readonly CalibrationCase[];
  };
}

interface Reference {
  readonly cases: readonly ReferenceCase[];
  readonly reliabilityOfRandom: { readonly meanLabel: Numbers; readonly meanProbability: Numbers };
  readonly normalQuantile: readonly (readonly [number, number])[];
  readonly normalUpperTail: readonly (readonly [number, number])[];
}

/** Values of scikit-learn, numpy and scipy; test/fixtures/metrics-reference.py writes them. */
export const reference: Reference = JSON.parse(
  readFileSync(new URL("../fixtures/metrics-reference.json", import.meta.url), "utf8"),
);

/** Expects equality to 1e-9; null stands for NaN. */
export function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number | null>): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < actual.length; i++) {
    const wanted = expected[i] ?? Number.NaN;
    if (Number.isNaN(wanted)) expect(actual[i], `value ${i}`).toBeNaN();
    else expect(Math.abs(actual[i]! - wanted), `value ${i}: ${actual[i]} for ${wanted}`).toBeLessThan(1e-9);
  }
}
