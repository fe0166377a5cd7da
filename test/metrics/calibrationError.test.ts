import fc from "fast-check";
import ndarray from "ndarray";
import { labelMatrix } from "radiolucent/labels";
import { calibrationError, classwiseCalibrationError, reliabilityDiagram } from "radiolucent/metrics";
import { describe, expect, test } from "vitest";
import { expectClose, reference } from "./reference.js";

describe.each(reference.cases)("equals numpy to 1e-9: $name", (of) => {
  test.each(of.calibration)("$bins bins, $binning", (wanted) => {
    const options = { bins: wanted.bins, binning: wanted.binning };
    const diagram = reliabilityDiagram(of.labels, of.probabilities, options);
    expectClose(
      diagram.map((bin) => bin.lower),
      wanted.edges.slice(0, -1),
    );
    expectClose(
      diagram.map((bin) => bin.upper),
      wanted.edges.slice(1),
    );
    expectClose(
      diagram.map((bin) => bin.count),
      wanted.count,
    );
    expectClose(
      diagram.map((bin) => bin.meanProbability),
      wanted.meanProbability,
    );
    expectClose(
      diagram.map((bin) => bin.meanLabel),
      wanted.meanLabel,
    );
    const errors = (["l1", "l2", "max"] as const).map((norm) =>
      calibrationError(of.labels, of.probabilities, { ...options, norm }),
    );
    expectClose(errors, [wanted.l1, wanted.l2, wanted.max]);
  });
});

test("the bins that hold samples equal scikit-learn's calibration_curve", () => {
  const { labels, probabilities } = reference.cases[0]!;
  const filled = reliabilityDiagram(labels, probabilities).filter((bin) => bin.count > 0);
  expectClose(
    filled.map((bin) => bin.meanLabel),
    reference.reliabilityOfRandom.meanLabel,
  );
  expectClose(
    filled.map((bin) => bin.meanProbability),
    reference.reliabilityOfRandom.meanProbability,
  );
});

describe("PyCalib's published values, 2 bins", () => {
  test.each([
    [[0, 1], [0.1, 0.9], 0.1],
    [[0, 0, 0, 1, 1, 1], [0.1, 0.2, 0.3, 0.7, 0.8, 0.9], 0.2],
    [[0, 0, 0, 1, 1, 1], [0.4, 0.4, 0.4, 0.6, 0.6, 0.6], 0.4],
  ])("labels %j, probabilities %j", (labels, probabilities, error) => {
    expect(calibrationError(labels, probabilities, { bins: 2 })).toBeCloseTo(error, 12);
    // Two mirrored columns, [1 - p, p]: each class has the same error.
    const { perClass, mean } = classwiseCalibrationError(
      labels.map((label) => [1 - label, label]),
      probabilities.map((p) => [1 - p, p]),
      { bins: 2 },
    );
    expectClose([...perClass, mean], [error, error, error]);
  });
});

describe("bins", () => {
  test("are 10 of equal width by default", () => {
    const edges = reliabilityDiagram([1], [0.5]).map((bin) => bin.lower);
    expect(edges).toEqual([0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]);
  });

  test("are left-closed, and 1.0 falls in the last", () => {
    const counts = reliabilityDiagram([0, 0, 0, 0], [0, 0.5, 1, 1], { bins: 2 }).map((bin) => bin.count);
    expect(counts).toEqual([1, 3]);
  });

  test("have k / bins as edges: every such number opens its own bin", () => {
    for (const bins of [3, 7, 10, 15, 100]) {
      const onEdges = Array.from({ length: bins }, (_, k) => k / bins);
      const counts = reliabilityDiagram(
        onEdges.map(() => 0),
        onEdges,
        { bins },
      ).map((bin) => bin.count);
      expect(counts).toEqual(onEdges.map(() => 1));
    }
  });

  test("weigh 0 and have NaN means when empty", () => {
    // Filled bins: [0, 0.1) with gap 0.05 (2 samples) and the last with gap 0.3 (1 sample).
    const labels = [0, 0, 1];
    const probabilities = [0.04, 0.06, 0.7];
    expect(reliabilityDiagram(labels, probabilities)[1]).toEqual({
      lower: 0.1,
      upper: 0.2,
      count: 0,
      meanProbability: Number.NaN,
      meanLabel: Number.NaN,
    });
    expect(calibrationError(labels, probabilities)).toBeCloseTo((2 * 0.05 + 1 * 0.3) / 3, 12);
    expect(calibrationError(labels, probabilities, { norm: "l2" })).toBeCloseTo(
      Math.sqrt((2 * 0.05 ** 2 + 1 * 0.3 ** 2) / 3),
      12,
    );
    expect(calibrationError(labels, probabilities, { norm: "max" })).toBeCloseTo(0.3, 12);
  });

  test.each(["equal-width", "equal-width-one-apart", "equal-mass"] as const)(
    "are the same in whatever order the samples come: %s",
    (binning) => {
      const probabilities = [0.3, 1, 0, 0.3, 0.25, 0.9, 1, 0.5, 0.75, 0.125];
      const labels = [0, 1, 0, 1, 0, 1, 0, Number.NaN, 1, 0];
      const order = [...probabilities.keys()].sort((a, b) => probabilities[b]! - probabilities[a]!);
      const diagram = reliabilityDiagram(labels, probabilities, { bins: 4, binning });
      const other = reliabilityDiagram(
        order.map((i) => labels[i]!),
        order.map((i) => probabilities[i]!),
        { bins: 4, binning },
      );
      expect(diagram.map(({ lower, upper, count }) => [lower, upper, count])).toEqual(
        other.map(({ lower, upper, count }) => [lower, upper, count]),
      );
      expectClose(
        diagram.flatMap(({ meanProbability, meanLabel }) => [meanProbability, meanLabel]),
        other.flatMap(({ meanProbability, meanLabel }) => [meanProbability, meanLabel]),
      );
    },
  );

  test("of equal mass have the quantiles as edges, equal ones merged", () => {
    // Quartiles of 0, 0, 0, 0, 1: 0, 0, 0, 0, 1.
    const diagram = reliabilityDiagram([0, 0, 1, 0, 1], [0, 0, 0, 0, 1], { bins: 4, binning: "equal-mass" });
    expect(diagram).toEqual([{ lower: 0, upper: 1, count: 5, meanProbability: 0.2, meanLabel: 0.4 }]);
  });

  test("of equal mass are one bin for a constant probability", () => {
    const diagram = reliabilityDiagram([0, 1], [0.3, 0.3], { binning: "equal-mass" });
    expect(diagram).toEqual([{ lower: 0.3, upper: 0.3, count: 2, meanProbability: 0.3, meanLabel: 0.5 }]);
  });
});

test("the probability of the class counts, not the confidence of the decision", () => {
  // By class: gaps 0.9 and 0.1 in two bins. By confidence both samples lie at 0.9, one right and one wrong: 0.4.
  expect(calibrationError([1, 1], [0.1, 0.9])).toBeCloseTo(0.5, 12);
});

test("without a known label the error is NaN", () => {
  for (const binning of ["equal-width", "equal-mass"] as const) {
    expect(calibrationError([], [], { binning })).toBeNaN();
    expect(calibrationError([Number.NaN], [0.5], { binning, norm: "max" })).toBeNaN();
  }
  expect(reliabilityDiagram([], [], { binning: "equal-mass" })).toEqual([]);
  expect(reliabilityDiagram([], [])).toHaveLength(10);
});

describe("class-wise calibration error", () => {
  test("skips unknown labels class by class; a class without a known label is NaN and not in the mean", () => {
    const labels = labelMatrix(
      ["Edema", "Effusion", "Mass"],
      [
        [0, 1, Number.NaN],
        [1, Number.NaN, Number.NaN],
        [1, 1, Number.NaN],
      ],
    );
    const probabilities = ndarray(Float64Array.of(0.2, 0.6, 0.1, 0.9, 0.3, 0.1, 0.8, 0.9, 0.1), [3, 3]);
    const { perClass, mean, ...rest } = classwiseCalibrationError(labels, probabilities);
    // Two positives each weigh the same.
    expectClose([rest.prevalenceWeighted], [(2 * (0.5 / 3) + 2 * 0.25) / 4]);
    expect(rest).toMatchObject({
      classes: ["Edema", "Effusion", "Mass"],
      known: [3, 2, 0],
      unknown: [0, 1, 3],
    });
    // Edema: (0.2 + 0.1 + 0.2) / 3; Effusion: (0.4 + 0.1) / 2.
    expectClose(perClass, [0.5 / 3, 0.25, null]);
    expectClose([mean], [(0.5 / 3 + 0.25) / 2]);
  });

  test("no class gives a NaN mean", () => {
    expect(classwiseCalibrationError([], [])).toEqual({
      perClass: [],
      mean: Number.NaN,
      prevalenceWeighted: Number.NaN,
      classes: [],
      known: [],
      unknown: [],
    });
  });
});

const sample = fc.array(
  fc.record({
    label: fc.constantFrom(0, 1, Number.NaN),
    probability: fc.oneof(fc.constantFrom(0, 0.1, 0.25, 0.5, 1), fc.double({ min: 0, max: 1, noNaN: true })),
  }),
  { minLength: 1, maxLength: 40 },
);
const options = fc.record({
  bins: fc.integer({ min: 1, max: 20 }),
  binning: fc.constantFrom("equal-width" as const, "equal-width-one-apart" as const, "equal-mass" as const),
  norm: fc.constantFrom("l1" as const, "l2" as const, "max" as const),
});

describe("properties", () => {
  test("the error lies in [0, 1] and l1 <= l2 <= max", () => {
    fc.assert(
      fc.property(sample, options, (rows, { bins, binning }) => {
        const labels = rows.map((row) => row.label);
        const probabilities = rows.map((row) => row.probability);
        fc.pre(labels.some((label) => !Number.isNaN(label)));
        const [l1, l2, max] = (["l1", "l2", "max"] as const).map((norm) =>
          calibrationError(labels, probabilities, { bins, binning, norm }),
        );
        expect(l1).toBeGreaterThanOrEqual(0);
        expect(l1).toBeLessThanOrEqual(l2! + 1e-12);
        expect(l2).toBeLessThanOrEqual(max! + 1e-12);
        expect(max).toBeLessThanOrEqual(1);
      }),
    );
  });

  test("every known sample falls in one bin, between its edges", () => {
    fc.assert(
      fc.property(sample, options, (rows, { bins, binning }) => {
        const known = rows.filter((row) => !Number.isNaN(row.label));
        const diagram = reliabilityDiagram(
          rows.map((row) => row.label),
          rows.map((row) => row.probability),
          { bins, binning },
        );
        expect(diagram.reduce((sum, bin) => sum + bin.count, 0)).toBe(known.length);
        diagram.forEach((bin, b) => {
          const last = b === diagram.length - 1;
          const inside = known.filter(
            ({ probability }) =>
              probability >= bin.lower && (probability < bin.upper || (last && probability === bin.upper)),
          );
          expect(bin.count).toBe(inside.length);
        });
      }),
    );
  });

  test("samples with an unknown label change nothing", () => {
    fc.assert(
      fc.property(sample, options, (rows, how) => {
        const of = (some: typeof rows) =>
          calibrationError(
            some.map((row) => row.label),
            some.map((row) => row.probability),
            how,
          );
        expect(of(rows)).toEqual(of(rows.filter((row) => !Number.isNaN(row.label))));
      }),
    );
  });

  test("a constant prediction of the prevalence has error 0", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(0, 1), { minLength: 1 }), options, (labels, how) => {
        const prevalence = labels.reduce<number>((sum, label) => sum + label, 0) / labels.length;
        expect(
          calibrationError(
            labels,
            labels.map(() => prevalence),
            how,
          ),
        ).toBeLessThan(1e-12);
      }),
    );
  });
});
