import { isRadiolucentError } from "radiolucent";
import {
  averagePrecision,
  brierScore,
  calibrationError,
  classwiseCalibrationError,
  confusionAt,
  delongInterval,
  delongTest,
  evaluateMultilabel,
  precisionRecallCurve,
  reliabilityDiagram,
  rocAuc,
  rocCurve,
  selectThreshold,
} from "radiolucent/metrics";
import { describe, expect, test } from "vitest";

type OneClass = (labels: ArrayLike<number>, values: ArrayLike<number>) => unknown;

const ofScores: [string, OneClass][] = [
  ["rocAuc", rocAuc],
  ["rocCurve", rocCurve],
  ["averagePrecision", averagePrecision],
  ["precisionRecallCurve", precisionRecallCurve],
  ["confusionAt", (labels, scores) => confusionAt(labels, scores, 0.5)],
  ["selectThreshold", selectThreshold],
  ["delongInterval", delongInterval],
  ["delongTest", (labels, scores) => delongTest(labels, scores, [0, 0, 0])],
];
const ofProbabilities: [string, OneClass][] = [
  ["brierScore", brierScore],
  ["calibrationError", calibrationError],
  ["reliabilityDiagram", reliabilityDiagram],
  [
    "classwiseCalibrationError",
    (labels, probabilities) => classwiseCalibrationError(column(labels), column(probabilities)),
  ],
  [
    "evaluateMultilabel",
    (labels, probabilities) => evaluateMultilabel(column(labels), column(probabilities)),
  ],
];

function column(values: ArrayLike<number>): number[][] {
  return Array.from(values, (value) => [value]);
}

function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (isRadiolucentError(error, "argument")) return error.message;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe.each([...ofScores, ...ofProbabilities])("%s", (_, metric) => {
  test("arrays of different lengths are an error with both lengths", () => {
    expect(messageOf(() => metric([0, 1, 1], [0.5, 0.5]))).toMatch(/\b2\b.*\b3\b/);
  });

  test("a label other than 0, 1 and NaN is an error that names the index", () => {
    expect(messageOf(() => metric([0, 1, 2], [0.1, 0.2, 0.3]))).toMatch(/^labels: .*index 2 is 2/);
    expect(messageOf(() => metric([0, -1, 1], [0.1, 0.2, 0.3]))).toMatch(/^labels: .*index 1 is -1/);
  });

  test("a NaN score is an error that names the index where the label is known, and nothing where it is unknown", () => {
    expect(messageOf(() => metric([0, 1, 1], [0.1, Number.NaN, 0.3]))).toContain("index 1 is NaN");
    expect(() => metric([0, Number.NaN, 1], [0.1, Number.NaN, 0.3])).not.toThrow();
  });
});

describe.each(ofScores)("%s", (_, metric) => {
  test("an infinite score is an error", () => {
    expect(messageOf(() => metric([0, 1, 1], [0.1, 0.2, Number.POSITIVE_INFINITY]))).toContain(
      "index 2 is Infinity",
    );
  });
});

describe.each(ofProbabilities)("%s", (_, metric) => {
  test("a probability outside [0, 1] is an error", () => {
    expect(messageOf(() => metric([0, 1, 1], [0.1, 1.01, 0.3]))).toContain("index 1 is 1.01");
    expect(messageOf(() => metric([0, 1, 1], [-0.2, 1, 0.3]))).toContain("index 0 is -0.2");
  });
});

test("delongTest names the scores at fault", () => {
  expect(messageOf(() => delongTest([0, 1], [0, 1], [Number.NaN, 1]))).toMatch(/^scoresB: index 0/);
  expect(messageOf(() => delongTest([0, 1], [0], [0, 1]))).toMatch(/^scoresA: /);
});

test("options and threshold are checked", () => {
  for (const bins of [0, -1, 2.5, Number.NaN]) {
    expect(messageOf(() => calibrationError([1], [1], { bins }))).toMatch(/^options\.bins: /);
  }
  const wrong = (options: object) => messageOf(() => calibrationError([1], [1], options));
  expect(wrong({ binning: "quantile" })).toBe(
    'options.binning: is quantile; expected "equal-width" or "equal-mass"',
  );
  expect(wrong({ norm: "l3" })).toBe('options.norm: is l3; expected "l1", "l2" or "max"');
  for (const level of [0, 1, 95, Number.NaN]) {
    expect(messageOf(() => delongInterval([1, 0], [1, 0], { level }))).toMatch(/^options\.level: /);
  }
  expect(messageOf(() => confusionAt([1], [1], Number.NaN))).toMatch(/^threshold: is NaN/);
});
