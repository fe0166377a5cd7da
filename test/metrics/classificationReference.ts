import { readFileSync } from "node:fs";

type Numbers = readonly number[];
type Maybe = readonly (number | null)[];

interface CurveCase {
  readonly name: string;
  readonly labels: Numbers;
  readonly scores: Numbers;
  readonly weights: Numbers;
  readonly auc: number;
  readonly averagePrecision: number;
  readonly roc: { readonly fpr: Numbers; readonly tpr: Numbers; readonly thresholds: Numbers };
  readonly pr: { readonly precision: Numbers; readonly recall: Numbers; readonly thresholds: Numbers };
  readonly partial: readonly {
    readonly limit: number;
    readonly standardized: number;
    readonly weighted: number;
    readonly area: number;
    readonly bySensitivity: number;
    readonly areaBySensitivity: number;
  }[];
  readonly confusions: readonly ({ readonly threshold: number } & Readonly<Record<string, number | null>>)[];
}

/** Precision, recall, F1 and support by line of the report. */
type Report = Readonly<Record<string, Numbers>>;

interface MultilabelCase {
  readonly name: string;
  readonly classes: readonly string[];
  readonly labels: readonly Numbers[];
  readonly scores: readonly Numbers[];
  readonly thresholds: Numbers;
  readonly weights: Numbers | null;
  readonly confusion: readonly (readonly [Numbers, Numbers])[];
  /** With a `zero_division` of 0 and of 1. */
  readonly reports: readonly [Report, Report];
  readonly undefinedLeftOut: Readonly<Record<"micro" | "macro" | "weighted" | "samples", Maybe>> & {
    readonly undefinedSamples: Numbers;
  };
  readonly text: string;
  readonly textOf4Digits: string;
  readonly both: readonly Numbers[];
}

/** Values of scikit-learn and statsmodels; test/fixtures/classification.py writes them. */
export const reference: {
  readonly curves: readonly CurveCase[];
  readonly multilabel: readonly MultilabelCase[];
  /** Successes, trials, level, lower and upper end. */
  readonly wilson: readonly (readonly [number, number, number, number, number])[];
} = JSON.parse(readFileSync(new URL("../fixtures/classification.json", import.meta.url), "utf8"));
