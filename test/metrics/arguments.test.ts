import ndarray from "ndarray";
import { isRadiolucentError } from "radiolucent";
import {
  averagePrecision,
  brierScore,
  calibrationError,
  classificationReport,
  classwiseCalibrationError,
  confusionAt,
  coOccurrence,
  delongInterval,
  delongTest,
  detectionRates,
  evaluateMultilabel,
  multilabelConfusion,
  partialAuc,
  precisionRecallCurve,
  reliabilityDiagram,
  rocAuc,
  rocCurve,
  selectThreshold,
  thresholdSweep,
  transferThreshold,
} from "radiolucent/metrics";
import { describe, expect, test } from "vitest";

type OneClass = (labels: ArrayLike<number>, values: ArrayLike<number>) => unknown;

const sound = { labels: [0, 1], scores: [0, 1] };

const ofScores: [string, OneClass][] = [
  ["rocAuc", rocAuc],
  ["rocCurve", rocCurve],
  ["averagePrecision", averagePrecision],
  ["precisionRecallCurve", precisionRecallCurve],
  ["confusionAt", (labels, scores) => confusionAt(labels, scores, 0.5)],
  ["selectThreshold", selectThreshold],
  ["partialAuc", (labels, scores) => partialAuc(labels, scores, { maxFalsePositiveRate: 0.1 })],
  ["thresholdSweep", thresholdSweep],
  ["transferThreshold, chooseOn", (labels, scores) => transferThreshold({ labels, scores }, sound)],
  ["transferThreshold, applyTo", (labels, scores) => transferThreshold(sound, { labels, scores })],
  ["classificationReport", (labels, scores) => classificationReport(column(labels), column(scores))],
  ["multilabelConfusion", (labels, scores) => multilabelConfusion(column(labels), column(scores))],
  ["detectionRates", (labels, scores) => detectionRates(column(labels), column(scores))],
  ["coOccurrence", (labels, scores) => coOccurrence(column(labels), column(scores))],
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
    'options.binning: is quantile; expected "equal-width", "equal-width-one-apart" or "equal-mass"',
  );
  expect(wrong({ norm: "l3" })).toBe('options.norm: is l3; expected "l1", "l2" or "max"');
  for (const level of [0, 1, 95, Number.NaN]) {
    expect(messageOf(() => delongInterval([1, 0], [1, 0], { level }))).toMatch(/^options\.level: /);
  }
  expect(messageOf(() => confusionAt([1], [1], Number.NaN))).toMatch(/^threshold: is NaN/);
});

describe.each<[string, (options: { weights: number[] }) => unknown]>([
  ["rocAuc", (options) => rocAuc([0, 1], [0, 1], options)],
  ["rocCurve", (options) => rocCurve([0, 1], [0, 1], options)],
  ["averagePrecision", (options) => averagePrecision([0, 1], [0, 1], options)],
  ["precisionRecallCurve", (options) => precisionRecallCurve([0, 1], [0, 1], options)],
  ["partialAuc", (options) => partialAuc([0, 1], [0, 1], { minSensitivity: 0.9, ...options })],
  ["confusionAt", (options) => confusionAt([0, 1], [0, 1], 0.5, options)],
  ["selectThreshold", (options) => selectThreshold([0, 1], [0, 1], options)],
  ["thresholdSweep", (options) => thresholdSweep([0, 1], [0, 1], options)],
  ["transferThreshold", (options) => transferThreshold({ ...sound, ...options }, sound)],
  ["multilabelConfusion", (options) => multilabelConfusion([[0], [1]], [[0], [1]], options)],
])("weights of %s", (_, metric) => {
  test("are one finite number from 0 for each sample, known or not", () => {
    expect(messageOf(() => metric({ weights: [1] }))).toBe("options.weights: has 1 values for 2 samples");
    expect(messageOf(() => metric({ weights: [1, -1] }))).toMatch(/^options\.weights: index 1 is -1/);
    expect(messageOf(() => metric({ weights: [Number.NaN, 1] }))).toMatch(
      /^options\.weights: index 0 is NaN/,
    );
    expect(() => metric({ weights: [0, 0] })).not.toThrow();
  });
});

test("matrices of scores are named as such where they differ from the labels", () => {
  const labels = { classes: ["a", "b"], values: ndarray(new Float32Array(4), [2, 2]) };
  const swapped = { ...labels, classes: ["b", "a"] };
  expect(messageOf(() => classificationReport(labels, swapped))).toBe(
    'scores: column 0 is "b" where the labels have "a"; put both in one order',
  );
  expect(messageOf(() => detectionRates(labels, [[1, 2, 3]]))).toMatch(/^scores: has shape \[1, 3\]/);
});
