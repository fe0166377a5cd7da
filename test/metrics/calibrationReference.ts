import { readFileSync } from "node:fs";

type Numbers = readonly number[];
type Parts = Readonly<
  Record<
    "reliability" | "resolution" | "uncertainty" | "withinBinVariance" | "withinBinCovariance" | "brier",
    number
  >
>;

interface CalibratorCase {
  readonly name: string;
  readonly logits: Numbers;
  readonly labels: Numbers;
  readonly wholeWeights: Numbers;
  readonly weights: Numbers;
  readonly weighted: { readonly l1: number; readonly l2: number; readonly max: number };
  readonly debiased: { readonly l1: number; readonly l2: number };
  readonly debiasedWhole: { readonly l1: number; readonly l2: number };
  readonly decomposition: Parts;
  readonly decompositionWeighted: Parts;
  readonly brierWeighted: number;
  readonly logLoss: number;
  readonly logLossWeighted: number;
  readonly logit: readonly [number, number];
  readonly logitWeighted: readonly [number, number];
  readonly interceptAtSlopeOne: number;
  readonly smoothed: readonly [number, number];
  readonly sklearnSigmoid: readonly [number, number];
  readonly temperature: number;
  readonly beta: readonly [number, number, number];
  readonly grid: Numbers;
  readonly isotonic: Numbers;
  readonly isotonicWeighted: Numbers;
  readonly rounded: Numbers;
  readonly isotonicRounded: Numbers;
}

/** Values of scikit-learn, statsmodels, scipy and numpy; test/fixtures/calibration.py writes them. */
export const reference: {
  readonly cases: readonly CalibratorCase[];
  readonly saturated: {
    readonly probabilities: Numbers;
    readonly labels: Numbers;
    readonly kull: readonly {
      readonly edges: number;
      readonly count: Numbers;
      readonly l1: number;
      readonly l2: number;
      readonly max: number;
    }[];
    readonly logLoss: number;
  };
  readonly pooledTemperature: number;
} = JSON.parse(readFileSync(new URL("../fixtures/calibration.json", import.meta.url), "utf8"));

/** Sigmoid, in double precision. */
export const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/** A table of one column. */
export const column = (values: ArrayLike<number>) => Array.from(values, (value) => [value]);
