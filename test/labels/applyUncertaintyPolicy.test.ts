import { classFrequencies } from "radiolucent/balance";
import { applyUncertaintyPolicy, type Dataset, labelMatrix, selectStudies } from "radiolucent/labels";
import { describe, expect, test } from "vitest";

const classes = ["Edema", "Mass"];

function doubtful(rows: readonly number[][], uncertain: readonly number[][]): Dataset {
  return {
    name: "made",
    studies: rows.map((_, i) => ({ imageId: `${i}.png`, patientId: `${i}` })),
    labels: labelMatrix(classes, rows),
    uncertain: labelMatrix(classes, uncertain),
    account: { rowsRead: rows.length, rowsKept: rows.length, dropped: [], changed: [] },
  };
}

const dataset = doubtful(
  [
    [NaN, 1],
    [NaN, NaN],
    [0, NaN],
    [NaN, 0],
  ],
  [
    [1, 0],
    [1, 1],
    [0, 0],
    [0, 0],
  ],
);
const many = doubtful(Array(2000).fill([NaN, NaN]), Array(2000).fill([1, 1]));

describe("applyUncertaintyPolicy", () => {
  test("one rule for all classes; what the source left blank stays unknown; changes are counted by class", () => {
    const ones = applyUncertaintyPolicy(dataset, "ones");
    expect([...ones.labels.values.data]).toEqual([1, 1, 1, 1, 0, NaN, NaN, 0]);
    expect(ones.account.changed).toEqual([
      { rule: 'uncertain "Edema" read as present', count: 2 },
      { rule: 'uncertain "Mass" read as present', count: 1 },
    ]);
    expect([...applyUncertaintyPolicy(dataset, "zeros").labels.values.data]).toEqual([
      0,
      1,
      0,
      0,
      0,
      NaN,
      NaN,
      0,
    ]);
    expect([...dataset.labels.values.data]).toEqual([NaN, 1, NaN, NaN, 0, NaN, NaN, 0]);
  });

  test("rules by class; classes without one are ignored unless told otherwise", () => {
    const mixed = applyUncertaintyPolicy(dataset, { Edema: "ones" });
    expect([...mixed.labels.values.data]).toEqual([1, 1, 1, NaN, 0, NaN, NaN, 0]);
    expect([...mixed.uncertain!.values.data]).toEqual([0, 0, 0, 1, 0, 0, 0, 0]);
    expect(mixed.account.changed).toEqual([{ rule: 'uncertain "Edema" read as present', count: 2 }]);
    const both = applyUncertaintyPolicy(dataset, { Edema: "ones" }, { otherwise: "zeros" });
    expect([...both.labels.values.data]).toEqual([1, 1, 1, 0, 0, NaN, NaN, 0]);
    expect(applyUncertaintyPolicy(dataset, "ignore").account.changed).toEqual([]);
  });

  test("a smoothed label stays NaN; its target stands in targets beside the labels that are known", () => {
    const soft = applyUncertaintyPolicy(dataset, { Edema: "smooth-ones", Mass: "ones" });
    expect([...soft.labels.values.data]).toEqual([NaN, 1, NaN, 1, 0, NaN, NaN, 0]);
    const targets = [...soft.targets!.values.data];
    expect(targets.slice(4)).toEqual([0, NaN, NaN, 0]);
    expect([targets[1], targets[3]]).toEqual([1, 1]);
    for (const target of [targets[0]!, targets[2]!]) {
      expect(target).toBeGreaterThanOrEqual(0.55);
      expect(target).toBeLessThanOrEqual(0.85);
    }
    expect([...classFrequencies(soft.labels).knownCount]).toEqual([1, 3]);
    expect(soft.account.changed[0]).toEqual({
      rule: 'uncertain "Edema" read as a target in [0.55, 0.85]',
      count: 2,
    });
  });

  test("targets are absent where nothing was smoothed", () => {
    expect(applyUncertaintyPolicy(dataset, "ones").targets).toBeUndefined();
  });

  test("targets are uniform: [0.55, 0.85] towards one, [0, 0.3] towards zero, or the range given", () => {
    for (const [rule, low, high] of [
      ["smooth-ones", 0.55, 0.85],
      ["smooth-zeros", 0, 0.3],
      [[0.2, 0.4], 0.2, 0.4],
    ] as const) {
      const targets = [...applyUncertaintyPolicy(many, rule).targets!.values.data];
      const share = (targets: readonly number[]) => targets.reduce((sum, t) => sum + t, 0) / targets.length;
      expect(Math.min(...targets)).toBeGreaterThanOrEqual(Math.fround(low));
      expect(Math.max(...targets)).toBeLessThanOrEqual(Math.fround(high));
      // Five standard errors of the mean of 4,000 uniform numbers.
      expect(Math.abs(share(targets) - (low + high) / 2)).toBeLessThan(
        (5 * (high - low)) / Math.sqrt(12 * 4000),
      );
      const quarters = [0, 0, 0, 0];
      for (const t of targets) quarters[Math.min(3, Math.floor((4 * (t - low)) / (high - low)))]!++;
      for (const count of quarters) expect(Math.abs(count - 1000)).toBeLessThan(5 * Math.sqrt(750));
    }
  });

  test("the same seed gives the same targets, another seed others; an image's target does not depend on the others", () => {
    const targets = (set: Dataset, seed: number) => [
      ...applyUncertaintyPolicy(set, "smooth-ones", { seed }).targets!.values.data,
    ];
    expect(targets(many, 1)).toEqual(targets(many, 1));
    expect(targets(many, 1)).not.toEqual(targets(many, 2));
    expect(targets(selectStudies(many, [7]), 1)).toEqual(targets(many, 1).slice(14, 16));
    expect(new Set(targets(many, 1)).size).toBeGreaterThan(3900);
  });

  test("what a policy decided is decided: a second one changes only what was ignored", () => {
    const first = applyUncertaintyPolicy(dataset, { Edema: "smooth-ones" });
    const second = applyUncertaintyPolicy(first, "zeros");
    expect([...second.labels.values.data]).toEqual([NaN, 1, NaN, 0, 0, NaN, NaN, 0]);
    expect([...second.targets!.values.data]).toEqual(
      [...first.targets!.values.data].map((t, i) => (i === 3 ? 0 : t)),
    );
    expect(second.account.changed.map(({ count }) => count)).toEqual([2, 1]);
  });

  test("targets go with their studies", () => {
    const soft = applyUncertaintyPolicy(many, "smooth-zeros");
    const part = selectStudies(soft, [5, 3]);
    expect([...part.targets!.values.data]).toEqual(
      [5, 3].flatMap((r) => [soft.targets!.values.get(r, 0), soft.targets!.values.get(r, 1)]),
    );
  });

  test("a dataset without uncertain labels comes back as it is", () => {
    const { uncertain: _, ...certain } = dataset;
    expect(applyUncertaintyPolicy(certain, "ones")).toBe(certain);
  });

  test("a class that is not there, a word that is no rule and a range outside [0, 1] are errors", () => {
    expect(() => applyUncertaintyPolicy(dataset, { Oedema: "ones" })).toThrow(
      '"Oedema" is none of the classes Edema, Mass',
    );
    expect(() => applyUncertaintyPolicy(dataset, "half" as "ones")).toThrow('"half" for "Edema" is no rule');
    expect(() => applyUncertaintyPolicy(dataset, [0.5, 1.5])).toThrow("[0.5,1.5]");
  });
});
