import fc from "fast-check";
import {
  brierDecomposition,
  brierScore,
  calibrationError,
  calibrationReport,
  classwiseCalibrationError,
  formatCalibrationReport,
  logLoss,
  reliabilityDiagram,
} from "radiolucent/metrics";
import { describe, expect, test } from "vitest";
import { column, reference, sigmoid } from "./calibrationReference.js";
import { expectClose } from "./reference.js";

const norms = ["l1", "l2", "max"] as const;

describe.each(reference.cases)("equals numpy, scipy and scikit-learn to 1e-9: $name", (of) => {
  const { labels, weights, wholeWeights } = of;
  const probabilities = of.logits.map(sigmoid);

  test("calibration error with weights", () => {
    expectClose(
      norms.map((norm) => calibrationError(labels, probabilities, { norm, weights })),
      norms.map((norm) => of.weighted[norm]),
    );
  });

  test("debiased calibration error, with whole weights as repeated samples", () => {
    for (const norm of ["l1", "l2"] as const) {
      expectClose([calibrationError(labels, probabilities, { norm, debiased: true })], [of.debiased[norm]]);
      const weighted = calibrationError(labels, probabilities, {
        norm,
        debiased: true,
        weights: wholeWeights,
      });
      expectClose([weighted], [of.debiasedWhole[norm]]);
    }
  });

  test("Brier score and its parts", () => {
    for (const [options, expected] of [
      [{}, of.decomposition],
      [{ weights }, of.decompositionWeighted],
    ] as const) {
      const { skill, ...parts } = brierDecomposition(labels, probabilities, options);
      for (const [name, value] of Object.entries(parts)) {
        expectClose([value], [expected[name as keyof typeof parts]]);
      }
      expectClose([skill], [1 - expected.brier / expected.uncertainty]);
    }
    expectClose([brierScore(labels, probabilities, { weights })], [of.brierWeighted]);
  });

  test("log loss", () => {
    expectClose([logLoss(labels, probabilities)], [of.logLoss]);
    expectClose([logLoss(labels, probabilities, { weights })], [of.logLossWeighted]);
  });

  test("slope and intercept are statsmodels' Logit of labels on logits", () => {
    const [report] = calibrationReport(column(labels), column(probabilities)).classes;
    expectClose(
      [report!.slope, report!.intercept, report!.interceptAtSlopeOne],
      [...of.logit, of.interceptAtSlopeOne],
    );
  });
});

describe("1.0 in a bin of its own", () => {
  const { labels, probabilities, kull } = reference.saturated;

  test.each(kull)("is what Kull et al. compute with $edges edges, one more than bins here", (wanted) => {
    const options = { bins: wanted.edges - 1, binning: "equal-width-one-apart" as const };
    const diagram = reliabilityDiagram(labels, probabilities, options);
    expect(diagram).toHaveLength(wanted.edges);
    expectClose(
      diagram.map((bin) => bin.count).filter((count) => count > 0),
      wanted.count,
    );
    expectClose(
      norms.map((norm) => calibrationError(labels, probabilities, { ...options, norm })),
      norms.map((norm) => wanted[norm]),
    );
  });

  test("means 10 intervals and an eleventh bin by default", () => {
    const diagram = reliabilityDiagram([1, 0, 1], [0.95, 1, 1], { binning: "equal-width-one-apart" });
    expect(diagram).toHaveLength(11);
    expect(diagram[9]).toEqual({ lower: 0.9, upper: 1, count: 1, meanProbability: 0.95, meanLabel: 1 });
    expect(diagram[10]).toEqual({ lower: 1, upper: 1, count: 2, meanProbability: 1, meanLabel: 0.5 });
  });
});

describe("weights", () => {
  test("have to be whole numbers for equal-mass bins and debiased errors", () => {
    const weights = [1, 0.5];
    expect(() => calibrationError([0, 1], [0.1, 0.2], { weights, binning: "equal-mass" })).toThrow(
      "options.weights: index 1 is 0.5",
    );
    expect(() => calibrationError([0, 1], [0.1, 0.2], { weights, debiased: true })).toThrow(
      "options.weights: index 1 is 0.5",
    );
  });

  test("of 0 take a sample out of the counts too", () => {
    const { known, unknown } = classwiseCalibrationError(
      [[1], [0], [Number.NaN], [Number.NaN]],
      [[0.5], [0.5], [0.5], [0.5]],
      { weights: [1, 0, 1, 0] },
    );
    expect({ known, unknown }).toEqual({ known: [1], unknown: [1] });
  });
});

test("a debiased largest gap is refused", () => {
  expect(() => calibrationError([0, 1], [0.1, 0.2], { norm: "max", debiased: true })).toThrow(
    "options.debiased",
  );
});

test("the weighted class-wise mean weighs by positives, and leaves out classes without one", () => {
  const labels = [
    [1, 1, 0],
    [1, 0, 0],
    [1, 0, 0],
  ];
  const { perClass, mean, prevalenceWeighted } = classwiseCalibrationError(
    labels,
    labels.map(() => [0.6, 0.25, 0.3]),
  );
  expectClose(perClass, [0.4, 1 / 3 - 0.25, 0.3]);
  expectClose([prevalenceWeighted], [(3 * 0.4 + 1 * (1 / 3 - 0.25)) / 4]);
  expectClose([mean], [(0.4 + 1 / 3 - 0.25 + 0.3) / 3]);
});

describe("log loss", () => {
  test("cuts probabilities at 2^-52 as scikit-learn does", () => {
    const { labels, probabilities, logLoss: wanted } = reference.saturated;
    expectClose([logLoss(labels, probabilities)], [wanted]);
  });

  test("is Infinity for a certain wrong prediction with epsilon 0, and 0 for a certain right one", () => {
    expect(logLoss([1], [0], { epsilon: 0 })).toBe(Number.POSITIVE_INFINITY);
    expect(logLoss([0], [1], { epsilon: 0 })).toBe(Number.POSITIVE_INFINITY);
    expect(logLoss([0, 1], [0, 1], { epsilon: 0 })).toBeCloseTo(0, 15);
  });

  test("is NaN without a known label, and refuses an epsilon outside [0, 0.5)", () => {
    expect(logLoss([Number.NaN], [0.5])).toBeNaN();
    expect(() => logLoss([1], [0.5], { epsilon: 0.5 })).toThrow("options.epsilon");
  });
});

const rows = fc.array(
  fc.record({
    label: fc.constantFrom(0, 1, Number.NaN),
    probability: fc.oneof(fc.constantFrom(0, 0.3, 1), fc.double({ min: 0, max: 1, noNaN: true })),
    weight: fc.integer({ min: 0, max: 3 }),
  }),
  { minLength: 1, maxLength: 40 },
);
const options = fc.record({
  bins: fc.integer({ min: 1, max: 20 }),
  binning: fc.constantFrom("equal-width", "equal-width-one-apart", "equal-mass"),
});

describe("properties", () => {
  test("the parts of the Brier score add up to it", () => {
    fc.assert(
      fc.property(rows, options, (samples, how) => {
        fc.pre(samples.some(({ label, weight }) => !Number.isNaN(label) && weight > 0));
        const labels = samples.map(({ label }) => label);
        const probabilities = samples.map(({ probability }) => probability);
        const weights = samples.map(({ weight }) => weight);
        const parts = brierDecomposition(labels, probabilities, { ...how, weights });
        const sum =
          parts.reliability -
          parts.resolution +
          parts.uncertainty +
          parts.withinBinVariance -
          parts.withinBinCovariance;
        expect(Math.abs(sum - parts.brier)).toBeLessThan(1e-12);
        const l2 = calibrationError(labels, probabilities, { ...how, weights, norm: "l2" });
        expect(Math.abs(parts.reliability - l2 ** 2)).toBeLessThan(1e-12);
      }),
    );
  });

  test("whole weights are repeated samples", () => {
    fc.assert(
      fc.property(rows, options, fc.boolean(), (samples, how, debiased) => {
        const repeated = samples.flatMap((row) => new Array<typeof row>(row.weight).fill(row));
        for (const norm of ["l1", "l2"] as const) {
          const weighted = calibrationError(
            samples.map(({ label }) => label),
            samples.map(({ probability }) => probability),
            { ...how, norm, debiased, weights: samples.map(({ weight }) => weight) },
          );
          const plain = calibrationError(
            repeated.map(({ label }) => label),
            repeated.map(({ probability }) => probability),
            { ...how, norm, debiased },
          );
          // Square roots of numbers near 0 magnify rounding.
          if (Number.isNaN(plain)) expect(weighted).toBeNaN();
          else expect(Math.abs(weighted ** 2 - plain ** 2)).toBeLessThan(1e-12);
        }
      }),
    );
  });
});

describe("calibration report", () => {
  const nan = Number.NaN;
  const labels = [
    [1, 0, nan],
    [0, 0, nan],
    [1, nan, nan],
    [0, 0, nan],
    [1, 0, nan],
  ];
  const probabilities = [
    [0.8, 0.1, 0.5],
    [0.6, 0, 0.5],
    [0.3, 0.2, 0.5],
    [0.2, 0.3, 0.5],
    [0.9, 0.1, 0.5],
  ];
  const report = calibrationReport(labels, probabilities, { classes: ["Edema", "Mass", "Hernia"] });

  test("counts known, unknown, positive and saturated samples", () => {
    expect(
      report.classes.map(({ known, unknown, positives, saturated }) => [
        known,
        unknown,
        positives,
        saturated,
      ]),
    ).toEqual([
      [5, 0, 3, 0],
      [4, 1, 0, 1],
      [0, 5, 0, 0],
    ]);
  });

  test("has NaN for a class without a known label, and means over the others", () => {
    const [edema, mass, hernia] = report.classes;
    expect(hernia!.equalWidth.l1).toBeNaN();
    expect(hernia!.logLoss).toBeNaN();
    expect(report.mean.equalWidth.l1).toBeCloseTo((edema!.equalWidth.l1 + mass!.equalWidth.l1) / 2, 12);
    expect(report.mean.prevalenceWeighted).toBeCloseTo(edema!.equalWidth.l1, 12);
    expect(edema!.equalWidth.l1).toBe(
      calibrationError(
        labels.map((row) => row[0]!),
        probabilities.map((row) => row[0]!),
      ),
    );
  });

  test("takes slope and intercept from logits where probabilities of 0 and 1 have none", () => {
    const truth = column([0, 1, 0, 1, 1]);
    const logits = column([-800, -1, 1, 2, 800]);
    const rounded = logits.map(([x]) => [sigmoid(x!)]);
    const without = calibrationReport(truth, rounded).classes[0]!;
    expect([without.slope, without.intercept, without.interceptAtSlopeOne]).toEqual([nan, nan, nan]);
    expect(without.saturated).toBe(2);
    const { slope, intercept } = calibrationReport(truth, rounded, { logits }).classes[0]!;
    expect(slope).toBeGreaterThan(0);
    expect(Number.isFinite(intercept)).toBe(true);
  });

  test.each([
    ["far out on both sides", (i: number) => (i % 10 === 0 ? 40 : -40), (i: number) => Number(i % 7 === 0)],
    ["too high by far", (i: number) => 60 + Math.sin(i), (i: number) => Number(i % 100 === 0)],
    ["nearly alike", (i: number) => -3 + 1e-9 * (i % 3), (i: number) => i % 2],
  ])(
    "at slope 1 the intercept makes the mean probability the prevalence: logits %s",
    (_, logitAt, labelAt) => {
      const logits = Array.from({ length: 1000 }, (_, i) => logitAt(i));
      const labels = column(logits.map((_, i) => labelAt(i)));
      const options = { logits: column(logits) };
      const [row] = calibrationReport(labels, column(logits.map(sigmoid)), options).classes;
      const shifted = logits.map((logit) => sigmoid(logit + row!.interceptAtSlopeOne));
      expectClose([shifted.reduce((sum, value) => sum + value, 0) / 1000], [row!.prevalence]);
    },
  );

  test("refuses logits of other probabilities", () => {
    expect(() => calibrationReport([[1]], [[0.5]], { logits: [[2]] })).toThrow("options.logits");
  });

  test("as text has a line a class, the means, and n/a for what is undefined", () => {
    const lines = formatCalibrationReport(report).split("\n");
    expect(lines.slice(0, 5).map((line) => line.split(/\s{2,}/)[0])).toEqual([
      "class",
      "Edema",
      "Mass",
      "Hernia",
      "mean",
    ]);
    expect(lines[3]).toContain("n/a");
    expect(lines.join("\n")).not.toContain("NaN");
  });
});
