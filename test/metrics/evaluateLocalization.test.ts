import ndarray from "ndarray";
import { evaluateLocalization, type LocalizationCase, wilsonInterval } from "radiolucent/metrics";
import { describe, expect, test } from "vitest";
import { drawn } from "./masks.js";

const mapOf = (...values: number[]) => ndarray(Float32Array.from(values), [2, 2]);
const topLeft = [{ x: 0, y: 0, width: 1, height: 1 }];
const top = [{ x: 0, y: 0, width: 2, height: 1 }];

const cases: readonly LocalizationCase[] = [
  { class: "Mass", map: mapOf(4, 2, 1, 1), truth: topLeft },
  { class: "Mass", map: mapOf(1, 1, 4, 2), truth: topLeft },
  { class: "Mass", map: mapOf(0, 0, 0, 0), truth: top },
  { class: "Mass", map: mapOf(4, 2, 1, 1), truth: [] },
  { class: "Nodule", map: mapOf(3, 3, 1, 1), truth: drawn("##", "..") },
];

describe("evaluateLocalization", () => {
  const evaluation = evaluateLocalization(cases, { threshold: 0.5, resamples: 100 });
  const [mass, nodule] = evaluation.classes as [
    (typeof evaluation.classes)[0],
    (typeof evaluation.classes)[0],
  ];

  test("counts hits class by class; a map without evidence misses and is counted, an empty truth is left out", () => {
    expect(evaluation.classes.map(({ name }) => name)).toEqual(["Mass", "Nodule"]);
    expect(mass).toMatchObject({ cases: 3, withoutTruth: 1, withoutEvidence: 1, hits: 1, threshold: 0.5 });
    expect(mass.pointingGame.value).toBeCloseTo(1 / 3, 12);
    expect(nodule).toMatchObject({ cases: 1, withoutTruth: 0, withoutEvidence: 0, hits: 1 });
  });

  test("means: overlap over all cases, energy and rank accuracy over those with evidence, chance the truth's share", () => {
    // At half of the maximum: {4, 2} and {4, 2} of the lower row; the third covers nothing.
    expect(mass.intersectionOverUnion?.value).toBeCloseTo((1 / 2 + 0 + 0) / 3, 12);
    expect(mass.energyInside.value).toBeCloseTo((4 / 8 + 1 / 8) / 2, 12);
    expect(mass.rankAccuracy.value).toBeCloseTo((1 + 0) / 2, 12);
    expect(mass.chance).toBeCloseTo((1 / 4 + 1 / 4 + 1 / 2) / 3, 12);
    expect(nodule.energyInside.value).toBe(0.75);
    expect(nodule.intersectionOverUnion?.value).toBe(1);
  });

  test("all cases count the same, and in the mean all classes do", () => {
    expect(evaluation.all).toMatchObject({ cases: 4, withoutTruth: 1, hits: 2 });
    expect(evaluation.all.pointingGame.value).toBe(0.5);
    expect(evaluation.mean.pointingGame).toBeCloseTo((1 / 3 + 1) / 2, 12);
    expect(evaluation.mean.intersectionOverUnion).toBeCloseTo((1 / 6 + 1) / 2, 12);
  });

  test("the pointing game has Wilson's interval as long as no patient has two cases of the class", () => {
    expect(mass.pointingGameInterval).toBe("wilson");
    expect(mass.pointingGame).toMatchObject(wilsonInterval(1, 3));
    const groups = ["a", "a", "b", "c", "a"];
    const grouped = evaluateLocalization(
      cases.map((of, i) => ({ ...of, group: groups[i]! })),
      { resamples: 100 },
    );
    expect(grouped.classes.map((of) => of.pointingGameInterval)).toEqual(["bootstrap", "wilson"]);
    expect(grouped.all.pointingGameInterval).toBe("bootstrap");
    expect(grouped.classes[0]!.pointingGame.upper).toBe(0.5);
  });

  test("a given peak decides the pointing game, with its tolerance, but not where the map has no evidence", () => {
    const at = (row: number, tolerance: number, map = mapOf(1, 1, 4, 2)) =>
      evaluateLocalization([{ class: "Mass", map, truth: topLeft, peak: { row, column: 0 } }], {
        tolerance,
        resamples: 0,
      }).all.hits;
    expect([at(0, 0), at(1, 0), at(1, 1), at(0, 0, mapOf(0, 0, 0, 0))]).toEqual([1, 0, 1, 0]);
  });

  test("thresholds may differ by class, in the map's own values too; without any there is no overlap", () => {
    const { classes } = evaluateLocalization(cases, {
      threshold: { Mass: 4, Nodule: 1 },
      scale: "absolute",
      resamples: 0,
    });
    expect(classes[0]!.intersectionOverUnion?.value).toBeCloseTo(1 / 3, 12);
    expect(classes[1]).toMatchObject({ threshold: 1, intersectionOverUnion: { value: 0.5 } });
    const plain = evaluateLocalization(cases, { resamples: 0 });
    expect("intersectionOverUnion" in plain.mean || "intersectionOverUnion" in plain.all).toBe(false);
  });

  test("no cases give no classes and NaN", () => {
    const none = evaluateLocalization([], { resamples: 10 });
    expect(none).toMatchObject({ classes: [], all: { cases: 0, hits: 0 } });
    expect([none.all.pointingGame.value, none.all.pointingGame.lower, none.all.chance]).toEqual(
      Array(3).fill(Number.NaN),
    );
  });

  test("a class without a threshold, one outside [0, 1], groups of some cases and other options are refused", () => {
    expect(() => evaluateLocalization(cases, { threshold: { Mass: 0.5 } })).toThrow(
      /none for class "Nodule"; it has Mass/,
    );
    expect(() => evaluateLocalization(cases, { threshold: 2 })).toThrow(/options.threshold/);
    expect(() => evaluateLocalization([cases[0]!, { ...cases[1]!, group: "a" }])).toThrow(
      /cases\[0\].group: is missing; give it for all cases/,
    );
    expect(() => evaluateLocalization([{ ...cases[0]!, peak: { row: 200, column: 0 } }])).toThrow(
      /peak in row 200, column 0, outside the truth of height 2, width 2/,
    );
    expect(() => evaluateLocalization(cases, { tolerance: -1 })).toThrow(/options.tolerance/);
    expect(() => evaluateLocalization(cases, { level: 2 })).toThrow(/options.level/);
  });
});
