import { readFileSync } from "node:fs";
import { randomStream } from "radiolucent";
import { normalUpperTail } from "../../src/metrics/normal.js";

/** Values of scipy, statsmodels and Obuchowski's formulas; test/fixtures/uncertainty.py writes them. */
export const reference: {
  readonly bca: readonly {
    readonly estimate: number;
    readonly values: readonly number[];
    readonly jackknife: readonly (readonly number[])[];
    readonly level: number;
    readonly acceleration: number;
    readonly lower: number;
    readonly upper: number;
  }[];
  readonly clusters: readonly {
    readonly groups: readonly number[];
    readonly labels: readonly number[];
    readonly a: readonly number[];
    readonly b: readonly number[];
    readonly auc: number;
    readonly standardError: number;
    readonly logit: readonly number[];
    readonly difference: number;
    readonly differenceError: number;
  }[];
  readonly adjusted: readonly Readonly<Record<Method | "pValues", readonly number[]>>[];
  readonly student: readonly (readonly [number, number, number])[];
} = JSON.parse(readFileSync(new URL("../fixtures/uncertainty.json", import.meta.url), "utf8"));

export type Method = "holm" | "benjamini-hochberg" | "bonferroni";
export const methods: readonly Method[] = ["holm", "benjamini-hochberg", "bonferroni"];

/** Patients of several images: a score of half the patient's own effect, half noise; patients have one label. */
export function clustered(patients: number, images: number, seed: number | string) {
  const random = randomStream(seed);
  const labels: number[] = [];
  const scores: number[] = [];
  const groups: number[] = [];
  for (let patient = 0; patient < patients; patient++) {
    const label = patient % 2;
    const effect = 0.75 * label + Math.SQRT1_2 * random.normal();
    for (let image = 0; image < images; image++) {
      labels.push(label);
      scores.push(effect + Math.SQRT1_2 * random.normal());
      groups.push(patient);
    }
  }
  return { labels, scores, groups };
}

/** The area of `clustered` over all patients. */
export const trueArea = 1 - normalUpperTail(0.75 / Math.SQRT2);
