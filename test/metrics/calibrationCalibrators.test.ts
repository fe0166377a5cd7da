import fc from "fast-check";
import ndarray from "ndarray";
import {
  applyCalibrator,
  type CalibrationMap,
  calibrationChange,
  calibrationReport,
  fitCalibrator,
  formatCalibrationChange,
  logLoss,
} from "radiolucent/metrics";
import { describe, expect, test } from "vitest";
import { logisticFit } from "../../src/metrics/calibrators/logisticFit.js";
import { column, reference, sigmoid } from "./calibrationReference.js";
import { expectClose } from "./reference.js";

const methods = ["temperature", "platt", "isotonic", "beta"] as const;

type FitOptions = Parameters<typeof fitCalibrator>[2];

function fitOne(labels: ArrayLike<number>, logits: ArrayLike<number>, options: FitOptions) {
  return fitCalibrator(column(labels), { logits: column(logits) }, options);
}

function mapOf(labels: ArrayLike<number>, logits: ArrayLike<number>, options: FitOptions): CalibrationMap {
  return fitOne(labels, logits, options).perClass[0]!.map;
}

function numbersOf(map: CalibrationMap): number[] {
  return Object.values(map).filter((value) => typeof value === "number");
}

describe.each(reference.cases)("on the sample: $name", (of) => {
  const { labels, logits, weights } = of;

  test("Platt's slope and intercept equal statsmodels' Logit to 1e-9, with weights its binomial GLM", () => {
    expectClose(numbersOf(mapOf(labels, logits, { method: "platt" })), of.logit);
    expectClose(numbersOf(mapOf(labels, logits, { method: "platt", weights })), of.logitWeighted);
  });

  test("with smoothed targets they equal the GLM to 1e-9, and scikit-learn's sigmoid as far as it searches", () => {
    const smoothed = numbersOf(mapOf(labels, logits, { method: "platt", smoothedTargets: true }));
    expectClose(smoothed, of.smoothed);
    for (const [i, value] of smoothed.entries()) {
      expect(Math.abs(value - of.sklearnSigmoid[i]!)).toBeLessThan(5e-6);
    }
  });

  test("temperature equals the GLM without intercept to 1e-9; none is found for reversed scores", () => {
    const map = mapOf(labels, logits, { method: "temperature" });
    if (of.temperature < 0) expect(map).toEqual({ kind: "identity", because: "reversed" });
    else expectClose(numbersOf(map), [of.temperature]);
  });

  test("beta equals the GLM on ln p and -ln(1 - p) to 1e-9, a or b at 0 where it would be negative", () => {
    const map = mapOf(labels, logits, { method: "beta" });
    if (of.beta[1] < 0) {
      const prevalence = labels.reduce((sum, label) => sum + label, 0) / labels.length;
      expectClose(numbersOf(map), [0, 0, Math.log(prevalence / (1 - prevalence))]);
    } else expectClose(numbersOf(map), of.beta);
  });

  test("isotonic equals scikit-learn's IsotonicRegression(out_of_bounds='clip'), ties and weights too", () => {
    const scores = { probabilities: column(of.grid.map(sigmoid)) };
    const curve = (probabilities: readonly number[], some?: readonly number[]) => {
      const options = { method: "isotonic" as const, ...(some && { weights: some }) };
      const fitted = fitCalibrator(column(labels), { probabilities: column(probabilities) }, options);
      return applyCalibrator(fitted, scores).values.data;
    };
    expectClose(curve(logits.map(sigmoid)), of.isotonic);
    expectClose(curve(logits.map(sigmoid), weights), of.isotonicWeighted);
    expectClose(curve(of.rounded), of.isotonicRounded);
  });

  test("logits and their probabilities give one calibrator", () => {
    for (const method of methods) {
      const fromLogits = fitOne(labels, logits, { method });
      const probabilities = column(logits.map(sigmoid));
      const fromProbabilities = fitCalibrator(column(labels), { probabilities }, { method });
      expectClose(
        applyCalibrator(fromProbabilities, { probabilities }).values.data,
        applyCalibrator(fromLogits, { logits: column(logits) }).values.data,
      );
    }
  });

  test("JSON keeps a calibrator as it is", () => {
    for (const method of methods) {
      const calibrator = fitOne(labels, logits, { method });
      expect(JSON.parse(JSON.stringify(calibrator))).toEqual(calibrator);
    }
  });
});

test("one temperature for all classes is fitted to all known labels together, and holds for a class without any", () => {
  const cases = reference.cases.slice(0, 3);
  const rows = Math.max(...cases.map(({ labels }) => labels.length));
  const table = (of: "labels" | "logits", absent: number) =>
    Array.from({ length: rows }, (_, r) => [...cases.map((each) => each[of][r] ?? absent), absent]);
  const logits = { logits: table("logits", 0) };
  const { perClass } = fitCalibrator(table("labels", Number.NaN), logits, { method: "temperature" });
  for (const { map } of perClass) expectClose(numbersOf(map), [reference.pooledTemperature]);
  expect(perClass.map(({ known }) => known)).toEqual([...cases.map(({ labels }) => labels.length), 0]);
  const each = fitCalibrator(table("labels", Number.NaN), logits, {
    method: "temperature",
    temperatureOf: "each",
  });
  expectClose(
    each.perClass.slice(0, 3).flatMap(({ map }) => numbersOf(map)),
    cases.map(({ temperature }) => temperature),
  );
  expect(each.perClass[3]!.map).toEqual({ kind: "identity", because: "no-known-label" });
});

describe("a class that gives nothing to fit keeps its probabilities, with a reason", () => {
  const nan = Number.NaN;

  test.each(methods)("no known label, or one label only: %s", (method) => {
    expect(mapOf([nan, nan], [1, 2], { method })).toEqual({ kind: "identity", because: "no-known-label" });
    expect(mapOf([0, 0, nan], [1, -1, 2], { method })).toEqual({ kind: "identity", because: "one-label" });
  });

  test.each(["temperature", "platt", "beta"] as const)("labels that the score separates: %s", (method) => {
    const separable = { kind: "identity", because: "separable" };
    expect(mapOf([0, 0, 1, 1], [-2, -1, 1, 2], { method })).toEqual(separable);
    if (method === "temperature") return;
    expect(mapOf([0, 0, 1, 1, 0], [-2, 1, 1, 2, 1], { method })).toEqual(separable);
  });

  test("labels that the score separates the wrong way round", () => {
    const [labels, logits] = [
      [1, 1, 0, 0],
      [-2, -1, 1, 2],
    ] as const;
    expect(mapOf(labels, logits, { method: "platt" })).toEqual({ kind: "identity", because: "separable" });
    expect(mapOf(labels, logits, { method: "temperature" })).toEqual({
      kind: "identity",
      because: "reversed",
    });
    const beta = mapOf(labels, logits, { method: "beta" });
    expect(beta).toMatchObject({ kind: "beta", a: 0, b: 0 });
    expectClose(numbersOf(beta), [0, 0, 0]);
  });

  test.each(["platt", "beta"] as const)("a constant score: %s", (method) => {
    expect(mapOf([0, 1, 1], [2, 2, 2], { method })).toEqual({ kind: "identity", because: "constant-score" });
  });

  test("a temperature for logits that are all 0", () => {
    const map = mapOf([0, 1], [0, 0], { method: "temperature" });
    expect(map).toEqual({ kind: "identity", because: "constant-score" });
  });

  test("beta has a finite fit where only its free form separates the labels", () => {
    // Present in the middle only: no increasing function separates it, a ln p - b ln(1 - p) with a > 0 > b does.
    const map = mapOf([0, 0, 1, 1, 0, 0], [-3, -2, -0.5, 0.5, 2, 3], { method: "beta" });
    expect(map.kind).toBe("beta");
    const { a, b } = map as { a: number; b: number };
    expect(a).toBeGreaterThanOrEqual(0);
    expect(b).toBeGreaterThanOrEqual(0);
  });

  test("a separated class has Platt's finite parameters with smoothed targets", () => {
    const map = mapOf([0, 0, 1, 1], [-2, -1, 1, 2], { method: "platt", smoothedTargets: true });
    expect(map.kind).toBe("platt");
    expect(numbersOf(map).every(Number.isFinite)).toBe(true);
  });
});

describe("scores", () => {
  test("of exactly 0 or 1 have no logit to fit on, but can be calibrated", () => {
    const probabilities = [[0], [0.4], [0.7], [1], [0.5]];
    const labels = [[0], [1], [0], [1], [1]];
    expect(() => fitCalibrator(labels, { probabilities }, { method: "platt" })).toThrow(
      'class "class 0", index 0 is 0, which has no logit',
    );
    expect(fitCalibrator(labels, { probabilities }, { method: "isotonic" }).perClass[0]!.map.kind).toBe(
      "isotonic",
    );
    for (const method of ["temperature", "platt", "beta"] as const) {
      const calibrator = fitOne(reference.cases[0]!.labels, reference.cases[0]!.logits, { method });
      const ends = applyCalibrator(calibrator, { probabilities: [[0], [1], [Number.NaN]] });
      expect([...ends.values.data]).toEqual([0, 1, Number.NaN]);
    }
  });

  test("far out stay finite and in order", () => {
    const calibrator = fitOne(reference.cases[0]!.labels, reference.cases[0]!.logits, { method: "beta" });
    const { data } = applyCalibrator(calibrator, { logits: column([-1e4, -50, 0, 50, 1e4]) }).values;
    expect([...data].every((value, i) => i === 0 || value >= data[i - 1]!)).toBe(true);
    expect([data[0], data[4]]).toEqual([0, 1]);
  });

  test("have to be of the calibrator's classes", () => {
    const calibrator = fitCalibrator(
      [[0], [1], [1]],
      { logits: [[-1], [-2], [2]] },
      {
        method: "platt",
        classes: ["Edema"],
      },
    );
    const values = ndarray(Float32Array.of(0.5), [1, 1]);
    expect(() => applyCalibrator(calibrator, { probabilities: { classes: ["Mass"], values } })).toThrow(
      "Edema",
    );
    expect(() => applyCalibrator(calibrator, { logits: [[1, 2]] })).toThrow("scores.logits");
    expect(() => applyCalibrator(calibrator, { probabilities: [[1.5]] })).toThrow(
      'class "Edema", index 0 is 1.5',
    );
  });
});

describe("112,120 samples of a rare finding", () => {
  const [rows, positives] = [112_120, 2770];
  const labels = Uint8Array.from({ length: rows }, (_, i) => Number(i < positives));

  test("give the prevalence where beta's a and b are 0", () => {
    const logits = Float64Array.from({ length: rows }, (_, i) => (i < positives ? -5 : -4 + i / rows));
    const map = mapOf(labels, logits, { method: "beta" });
    expectClose(numbersOf(map), [0, 0, Math.log(positives / (rows - positives))]);
  });

  test("are enough to find a maximum, though the sum of losses is rounded", () => {
    const weights = new Float64Array(rows).fill(1);
    const found = logisticFit({ columns: [], intercept: true, targets: labels, weights });
    expectClose(found!, [Math.log(positives / (rows - positives))]);
  });
});

test("an option of another method is refused", () => {
  const logits = [-1, 1];
  expect(() => fitOne([0, 1], logits, { method: "beta", smoothedTargets: true })).toThrow(
    "options.smoothedTargets",
  );
  expect(() => fitOne([0, 1], logits, { method: "platt", temperatureOf: "each" })).toThrow(
    "options.temperatureOf",
  );
  expect(() => fitOne([0, 1], logits, { method: "histogram" as "beta" })).toThrow("options.method");
});

const samples = fc.array(
  fc.record({
    label: fc.constantFrom(0, 1, Number.NaN),
    logit: fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double({ min: -40, max: 40, noNaN: true })),
  }),
  { minLength: 1, maxLength: 30 },
);

describe("properties", () => {
  test("all parameters are finite, and all calibrated probabilities lie in [0, 1]", () => {
    fc.assert(
      fc.property(samples, fc.constantFrom(...methods), fc.boolean(), (rows, method, smoothed) => {
        const logits = rows.map(({ logit }) => logit);
        const calibrator = fitOne(
          rows.map(({ label }) => label),
          logits,
          { method, ...(method === "platt" && { smoothedTargets: smoothed }) },
        );
        expect(JSON.parse(JSON.stringify(calibrator))).toEqual(calibrator);
        const { data } = applyCalibrator(calibrator, { logits: column(logits) }).values;
        expect(data.every((value) => value >= 0 && value <= 1)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test("no calibration but smoothed Platt has a greater log loss on the samples it was fitted on", () => {
    fc.assert(
      fc.property(samples, fc.constantFrom(...methods), (rows, method) => {
        const labels = rows.map(({ label }) => label);
        const logits = rows.map(({ logit }) => logit / 4);
        fc.pre(labels.some((label) => !Number.isNaN(label)));
        const { data } = applyCalibrator(fitOne(labels, logits, { method }), {
          logits: column(logits),
        }).values;
        const before = logLoss(labels, logits.map(sigmoid));
        expect(logLoss(labels, data)).toBeLessThanOrEqual(before + 1e-9);
      }),
      { numRuns: 300 },
    );
  });
});

describe("before and after", () => {
  const { labels, logits } = reference.cases[0]!;
  const calibrator = fitOne(labels, logits, { method: "platt" });
  const before = calibrationReport(column(labels), column(logits.map(sigmoid)));
  const calibrated = applyCalibrator(calibrator, { logits: column(logits) });
  const after = calibrationReport(column(labels), calibrated, { classes: ["class 0"] });

  test("on the samples it was fitted on, Platt has slope 1, intercept 0 and mean probability = prevalence", () => {
    const [row] = after.classes;
    expectClose([row!.slope, row!.intercept, row!.interceptAtSlopeOne], [1, 0, 0]);
    expectClose([row!.meanProbability], [row!.prevalence]);
  });

  test("are set side by side, with the change", () => {
    const { classes, mean } = calibrationChange(before, after);
    expect(classes[0]!.brier).toEqual({
      before: before.classes[0]!.brier.brier,
      after: after.classes[0]!.brier.brier,
      change: after.classes[0]!.brier.brier - before.classes[0]!.brier.brier,
    });
    expect(mean.logLoss.before).toBe(before.mean.logLoss);
    expect(mean.known).toBeUndefined();
    const lines = formatCalibrationChange({ classes, mean }).split("\n");
    expect(lines).toHaveLength(3);
    expect(lines[1]).toContain(`${before.mean.brier.toFixed(3)} -> ${after.mean.brier.toFixed(3)}`);
  });

  test("have to be of the same samples and bins", () => {
    const fewer = calibrationReport(column(labels.slice(1)), column(logits.slice(1).map(sigmoid)));
    expect(() => calibrationChange(before, fewer)).toThrow("expected the same samples");
    const other = calibrationReport(column(labels), calibrated, { classes: ["class 0"], bins: 5 });
    expect(() => calibrationChange(before, other)).toThrow("5 equal-width bins");
  });
});
