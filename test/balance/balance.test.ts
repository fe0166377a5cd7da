import fc from "fast-check";
import { isRadiolucentError } from "radiolucent";
import {
  balancedContributionWeights,
  classFrequencies,
  effectiveNumberWeights,
  inverseFrequencyWeights,
} from "radiolucent/balance";
import { labelMatrix } from "radiolucent/labels";
import { describe, expect, test } from "vitest";

const courseLabels = [
  [1, 0, 0],
  [0, 1, 1],
  [1, 0, 1],
  [1, 1, 1],
  [1, 0, 1],
];

describe("classFrequencies", () => {
  test("the course's example: positive .8, .4, .8", () => {
    const frequencies = classFrequencies(courseLabels);
    expect([...frequencies.positive]).toEqual([0.8, 0.4, 0.8]);
    expect([...frequencies.negativeCount]).toEqual([1, 3, 1]);
    expect([...frequencies.negative]).toEqual([0.2, 0.6, 0.2]);
  });

  test("unknown labels are not counted", () => {
    const labels = labelMatrix(
      ["a", "b"],
      [
        [1, NaN],
        [NaN, NaN],
        [0, NaN],
        [0, NaN],
      ],
    );
    const { positive, positiveCount, negativeCount, knownCount } = classFrequencies(labels);
    expect(positive[0]).toBeCloseTo(1 / 3, 15);
    expect([positiveCount[0], negativeCount[0], knownCount[0]]).toEqual([1, 2, 3]);
    expect(positive[1]).toBeNaN();
    expect(knownCount[1]).toBe(0);
  });

  test("a value that is no label is an error that names row and class", () => {
    expect(() => classFrequencies([[0], [-1]])).toThrow("labels: row 1, class 0 is -1");
  });
});

describe("weights", () => {
  test("balanced contribution: positive weight is the frequency of negatives and the reverse", () => {
    const weights = balancedContributionWeights(classFrequencies(courseLabels));
    expect([...weights.positive]).toEqual([0.2, 0.6, 0.2]);
    expect([...weights.negative]).toEqual([0.8, 0.4, 0.8]);
  });

  test("inverse frequency is N / (2 n)", () => {
    const weights = inverseFrequencyWeights(classFrequencies(courseLabels));
    expect([...weights.positive]).toEqual([5 / 8, 5 / 4, 5 / 8]);
    expect([...weights.negative]).toEqual([5 / 2, 5 / 6, 5 / 2]);
  });

  test("effective number: beta 0 weighs both labels alike, beta near 1 is proportional to inverse frequency", () => {
    const frequencies = classFrequencies(courseLabels);
    expect([...effectiveNumberWeights(frequencies, { beta: 0 }).positive]).toEqual([1, 1, 1]);
    const limit = effectiveNumberWeights(frequencies, { beta: 1 - 1e-9 });
    expect(limit.negative[0]! / limit.positive[0]!).toBeCloseTo(4, 5);
  });

  test("effective number: equation 4 by hand for 4 and 1 samples at beta 0.9", () => {
    const weights = effectiveNumberWeights(classFrequencies(courseLabels), { beta: 0.9 });
    const four = 0.1 / (1 - 0.9 ** 4);
    expect(weights.positive[0]).toBeCloseTo((2 * four) / (four + 1), 12);
    expect(weights.negative[0]).toBeCloseTo(2 / (four + 1), 12);
  });

  test("under both weightings present and absent samples contribute the same", () => {
    const label = fc.constantFrom(0, 1, NaN);
    fc.assert(
      fc.property(fc.array(fc.tuple(label, label), { minLength: 1, maxLength: 60 }), (rows) => {
        const frequencies = classFrequencies(rows);
        for (const weigh of [balancedContributionWeights, inverseFrequencyWeights]) {
          const { positive, negative } = weigh(frequencies);
          for (let c = 0; c < 2; c++) {
            const present = frequencies.positiveCount[c]!;
            const absent = frequencies.negativeCount[c]!;
            if (present === 0 || absent === 0) continue;
            expect(positive[c]! * present).toBeCloseTo(negative[c]! * absent, 9);
          }
        }
      }),
    );
  });

  test("a class without known samples, or without one of the labels, gets no NaN", () => {
    const frequencies = classFrequencies([
      [NaN, 1],
      [NaN, 1],
    ]);
    for (const weigh of [balancedContributionWeights, inverseFrequencyWeights, effectiveNumberWeights]) {
      const { positive, negative } = weigh(frequencies);
      expect([...positive, ...negative].some(Number.isNaN)).toBe(false);
      expect(negative[1]).toBe(weigh === balancedContributionWeights ? 1 : 0);
    }
  });

  test("a beta of 1 is an error", () => {
    try {
      effectiveNumberWeights(classFrequencies(courseLabels), { beta: 1 });
      expect.unreachable();
    } catch (error) {
      expect(isRadiolucentError(error, "argument") && error.argument).toBe("options.beta");
    }
  });
});
