import fc from "fast-check";
import { confusionAt, selectThreshold, transferThreshold, wilsonInterval } from "radiolucent/metrics";
import { describe, expect, test } from "vitest";

const nan = Number.NaN;
const validation = { labels: [0, 0, 1, 1, nan], scores: [0.1, 0.4, 0.35, 0.8, 0.9] };
const held = { labels: [0, 1, 1, 1, nan], scores: [0.2, 0.3, 0.35, 0.9, 0.1] };

test("the threshold is selectThreshold's on the first set, and the outcomes are confusionAt's on both", () => {
  const criterion = { sensitivity: 0.9 };
  const { threshold, chosenOn, appliedTo, warning } = transferThreshold(validation, held, { criterion });
  expect(threshold).toBe(selectThreshold(validation.labels, validation.scores, { criterion }).threshold);
  expect(threshold).toBe(0.35);
  expect(chosenOn).toMatchObject(confusionAt(validation.labels, validation.scores, 0.35));
  expect(appliedTo).toMatchObject(confusionAt(held.labels, held.scores, 0.35));
  expect(appliedTo.sensitivity).toBe(2 / 3);
  expect([chosenOn.unknown, appliedTo.unknown]).toEqual([1, 1]);
  expect(warning).toBeUndefined();
});

test("sensitivity and specificity have Wilson's intervals, none where weights are given", () => {
  const { appliedTo } = transferThreshold(validation, held, { criterion: { sensitivity: 0.9 }, level: 0.8 });
  expect(appliedTo.sensitivityInterval).toEqual(wilsonInterval(2, 3, { level: 0.8 }));
  expect(appliedTo.specificityInterval).toEqual(wilsonInterval(1, 1, { level: 0.8 }));
  const weights = [1, 1, 1, 2, 0];
  const weighted = transferThreshold(validation, { ...held, weights }, { criterion: { sensitivity: 0.9 } });
  expect(weighted.appliedTo).toMatchObject(confusionAt(held.labels, held.scores, 0.35, { weights }));
  expect(weighted.appliedTo.sensitivityInterval).toEqual({ lower: nan, upper: nan });
  expect(weighted.appliedTo.unknown).toBe(0);
});

test("the weights of the first set count when choosing", () => {
  const weights = [1, 3, 1, 1, 1];
  const { threshold } = transferThreshold({ ...validation, weights }, held);
  expect(threshold).toBe(selectThreshold(validation.labels, validation.scores, { weights }).threshold);
});

describe('the warning "same-samples"', () => {
  const warningOf = (...[a, b]: Parameters<typeof transferThreshold>) => transferThreshold(a, b).warning;

  test("comes for the very same arrays, and for equal contents in any order and of any type", () => {
    expect(warningOf(validation, validation)).toBe("same-samples");
    expect(warningOf(validation, { ...validation })).toBe("same-samples");
    const scores = [0.5, 0.25, 0.75];
    const reversed = { labels: Float32Array.of(1, 1, 0), scores: Float32Array.of(0.75, 0.25, 0.5) };
    expect(warningOf({ labels: [0, 1, 1], scores }, reversed)).toBe("same-samples");
  });

  test("comes for equal contents whatever the weights and the unknown labels", () => {
    const weighted = { ...validation, weights: [1, 2, 3, 4, 5] };
    expect(warningOf(weighted, validation)).toBe("same-samples");
    const known = { labels: validation.labels.slice(0, 4), scores: validation.scores.slice(0, 4) };
    expect(warningOf(validation, known)).toBe("same-samples");
  });

  test("does not come for sets that differ in one label or score", () => {
    expect(warningOf(validation, { ...validation, labels: [0, 1, 1, 1, nan] })).toBeUndefined();
    expect(warningOf(validation, { ...validation, scores: [0.1, 0.4, 0.35, 0.81, 0.9] })).toBeUndefined();
  });

  test("is judged by ids where both sets have them; some in common are shared samples", () => {
    const named = (ids: (string | number)[]) => ({ ...validation, ids });
    expect(warningOf(named(["a", "b", "c", "d", "e"]), named(["f", "g", "h", "i", "j"]))).toBeUndefined();
    expect(warningOf(named([1, 2, 3, 4, 5]), { ...held, ids: ["5", "4", "3", "2", "1"] })).toBe(
      "same-samples",
    );
    expect(warningOf(named([1, 2, 3, 4, 5]), { ...held, ids: [5, 6, 7, 8, 9] })).toBe("shared-samples");
    const part = { labels: [0, 1], scores: [0.1, 0.4], ids: [1, 2] };
    expect(warningOf(named([1, 2, 3, 4, 5]), part)).toBe("shared-samples");
    expect(warningOf(part, named([1, 2, 3, 4, 5]))).toBe("shared-samples");
    expect(warningOf(named([1, 2, 3, 4, 5]), validation)).toBe("same-samples");
  });

  test("does not come for no samples", () => {
    const none = { labels: [], scores: [] };
    expect(warningOf(none, none)).toBeUndefined();
    expect(warningOf({ ...none, ids: [] }, { ...none, ids: [] })).toBeUndefined();
  });

  test("comes for any set and a shuffle of it (property)", () => {
    const row = fc.record({ label: fc.constantFrom(0, 1), score: fc.integer({ min: 0, max: 5 }) });
    const shuffled = fc
      .array(row, { minLength: 1, maxLength: 15 })
      .chain((rows) => fc.tuple(fc.constant(rows), fc.shuffledSubarray(rows, { minLength: rows.length })));
    const samples = (rows: { label: number; score: number }[]) => ({
      labels: rows.map(({ label }) => label),
      scores: rows.map(({ score }) => score),
    });
    fc.assert(
      fc.property(shuffled, ([rows, others]) => {
        expect(warningOf(samples(rows), samples(others))).toBe("same-samples");
      }),
    );
  });
});

test("with one label in the set to choose on everything is NaN, besides the unknown", () => {
  const { threshold, chosenOn, appliedTo } = transferThreshold({ labels: [1, 1], scores: [0.1, 0.2] }, held);
  expect(threshold).toBeNaN();
  const { sensitivityInterval, specificityInterval, unknown, ...confusion } = appliedTo;
  for (const value of Object.values(confusion)) expect(value).toBeNaN();
  expect(sensitivityInterval.lower).toBeNaN();
  expect(specificityInterval.upper).toBeNaN();
  expect([unknown, chosenOn.unknown]).toEqual([1, 0]);
});

test("errors say which set is at fault", () => {
  expect(() => transferThreshold(validation, { ...held, labels: [2, 0, 0, 0, 0] })).toThrow(
    "labels: applyTo, index 0 is 2",
  );
  expect(() => transferThreshold({ ...validation, ids: [1] }, held)).toThrow(
    "chooseOn.ids: has 1 values for 5 labels",
  );
  expect(() => transferThreshold(validation, held, { level: 95 })).toThrow("options.level: is 95");
});
