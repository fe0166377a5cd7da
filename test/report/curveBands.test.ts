import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { labelMatrix } from "../../src/labels/labelMatrix.js";
import { evaluateMultilabel } from "../../src/metrics/evaluateMultilabel.js";
import { averagePrecision } from "../../src/metrics/precisionRecallCurve.js";
import { drawGroups, percentileInterval } from "../../src/metrics/resampling.js";
import { rocCurve } from "../../src/metrics/rocCurve.js";
import { randomStream } from "../../src/random.js";
import { type EvaluatedPredictions, precisionRecallPlot, rocPlot } from "../../src/report/index.js";

interface Layer {
  readonly data: { readonly values: readonly Readonly<Record<string, number>>[] };
  readonly mark: { readonly type: string; readonly interpolate?: string };
}
const layersOf = (figure: { readonly panels: readonly { readonly plot: unknown }[] }, panel = 0) =>
  (figure.panels[panel]!.plot as { readonly layer: readonly Layer[] }).layer;
const bandOf = (layers: readonly Layer[]) => layers.find(({ mark }) => mark.type === "area")!.data.values;
const curveOf = (layers: readonly Layer[]) =>
  layers.filter(({ mark }) => mark.type === "line")[1]!.data.values;

function evaluated(
  labels: readonly number[],
  scores: readonly number[],
  options: Parameters<typeof evaluateMultilabel>[2] = {},
): EvaluatedPredictions {
  const truth = labels.map((label) => [label]);
  const probabilities = scores.map((score) => [score]);
  return {
    predictions: { labels: labelMatrix(["Mass"], truth), probabilities },
    evaluation: evaluateMultilabel(truth, probabilities, { classes: ["Mass"], resamples: 0, ...options }),
    evaluatedOn: "test",
  };
}

function simulated(size: number, seed: number) {
  const random = randomStream(seed);
  const labels = Array.from({ length: size }, () => (random.uniform() < 0.3 ? 1 : 0));
  // Rounded, so that there are ties.
  const scores = labels.map((label) => Math.round(20 / (1 + Math.exp(-label - random.normal()))) / 20);
  return { labels, scores };
}

/** The height of a ROC curve at a 1 - specificity, from its points alone. */
function sensitivityAt(labels: readonly number[], scores: readonly number[], rate: number): number {
  const { falsePositiveRate: x, truePositiveRate: y } = rocCurve(labels, scores);
  let i = x.length - 1;
  while (x[i]! > rate + 1e-12) i--;
  if (i === x.length - 1) return y[i]!;
  return y[i]! + ((rate - x[i]!) / (x[i + 1]! - x[i]!)) * (y[i + 1]! - y[i]!);
}

/** The precision of the highest threshold that reaches a recall, over all thresholds. */
function precisionAt(labels: readonly number[], scores: readonly number[], recall: number): number {
  const positives = labels.filter((label) => label === 1).length;
  for (const threshold of [...new Set(scores)].sort((a, b) => b - a)) {
    const called = labels.filter((_, i) => scores[i]! >= threshold);
    const found = called.filter((label) => label === 1).length;
    if (found > 0 && found >= recall * positives - 1e-9) return found / called.length;
  }
  return Number.NaN;
}

describe.each([
  ["rocPlot", rocPlot, sensitivityAt],
  ["precisionRecallPlot", precisionRecallPlot, precisionAt],
] as const)("%s", (_name, plot, heightAt) => {
  test("the band is the percentile interval, place by place, of the curves of rows drawn by patient", () => {
    const { labels, scores } = simulated(60, 1);
    const groups = labels.map((_, i) => `p${i % 25}`);
    const band = bandOf(
      layersOf(plot(evaluated(labels, scores), { groups, resamples: 40, seed: 3, level: 0.8 })),
    );
    expect(band).toHaveLength(101);
    const resampled: (readonly [number[], number[]])[] = [];
    for (const drawn of drawGroups(25, 40, 3)) {
      const rows = [...drawn].flatMap((group) => labels.flatMap((_, i) => (i % 25 === group ? [i] : [])));
      resampled.push([rows.map((i) => labels[i]!), rows.map((i) => scores[i]!)]);
    }
    for (let k = 0; k <= 100; k += 5) {
      const heights = Float64Array.from(resampled, ([drawn, drawnScores]) =>
        heightAt(drawn, drawnScores, k / 100),
      );
      const expected = percentileInterval(heights, 0.8);
      expect(band[k]!.x).toBe(k / 100);
      expect(band[k]!.lower).toBeCloseTo(expected.lower, 12);
      expect(band[k]!.upper).toBeCloseTo(expected.upper, 12);
    }
  });

  test("the same seed gives the same band, another seed another one", () => {
    const { labels, scores } = simulated(80, 2);
    const band = (seed: number) => bandOf(layersOf(plot(evaluated(labels, scores), { seed, resamples: 30 })));
    expect(band(1)).toEqual(band(1));
    expect(band(1)).not.toEqual(band(2));
  });

  test("patients are those of the studies; when an evaluation was by patient and they are unknown there is no band", () => {
    const { labels, scores } = simulated(80, 3);
    const groups = labels.map((_, i) => `p${i >> 2}`);
    const byPatient = evaluated(labels, scores, { groups });
    const studies = groups.map((patientId) => ({ patientId }));
    const known = { ...byPatient, predictions: { ...byPatient.predictions, studies } };
    expect(bandOf(layersOf(plot(byPatient)))).toEqual([]);
    expect(bandOf(layersOf(plot(known)))).toEqual(bandOf(layersOf(plot(byPatient, { groups }))));
    expect(bandOf(layersOf(plot(known, { resamples: 0 })))).toEqual([]);
    expect(() => plot(byPatient, { groups: ["a"] })).toThrow("options.groups: has 1 values; expected 80");
  });

  test("bands are wider for images that repeat than for as many independent ones", () => {
    const { labels, scores } = simulated(60, 4);
    const four = <T>(values: readonly T[]) => values.flatMap((value) => [value, value, value, value]);
    const input = evaluated(four(labels), four(scores));
    const width = (groups: readonly number[]) =>
      bandOf(layersOf(plot(input, { groups }))).reduce((sum, end) => sum + end.upper! - end.lower!, 0);
    const rows = four(labels).map((_, i) => i);
    expect(width(rows.map((i) => i >> 2))).toBeGreaterThan(1.5 * width(rows));
  });

  test("resamples without both labels are left out and counted in the table", () => {
    const labels = [1, 0, 0, 0];
    const figure = plot(evaluated(labels, [0.9, 0.8, 0.3, 0.1]), { resamples: 200 });
    const column = figure.table.columns.indexOf("resamples left out");
    const leftOut = figure.table.rows[0]![column] as number;
    // A row is not drawn in (3/4)^4 = 32% of the resamples.
    expect(leftOut).toBeGreaterThan(35);
    expect(leftOut).toBeLessThan(95);
    expect(JSON.stringify(bandOf(layersOf(figure)))).not.toContain("null");
  });
});

test("rocPlot: the table has the sensitivity at fixed 1 - specificity, linear between points, and the threshold's", () => {
  const { labels, scores } = simulated(90, 5);
  const figure = rocPlot(evaluated(labels, scores, { thresholds: [0.5] }), { resamples: 0 });
  const at = (rate: number) => sensitivityAt(labels, scores, rate).toFixed(3);
  expect(figure.table.columns.slice(4)).toEqual([
    "sensitivity at 1 − specificity 0.05",
    "sensitivity at 1 − specificity 0.1",
    "sensitivity at 1 − specificity 0.2",
    "threshold",
    "sensitivity",
    "specificity",
  ]);
  const positives = labels.filter((label) => label === 1).length;
  const found = labels.filter((label, i) => label === 1 && scores[i]! >= 0.5).length;
  expect(figure.table.rows[0]!.slice(4, 9)).toEqual([
    at(0.05),
    at(0.1),
    at(0.2),
    "0.500",
    (found / positives).toFixed(3),
  ]);
});

test("rocPlot and precisionRecallPlot: a diamond stands where the threshold's decisions are", () => {
  const input = evaluated([1, 1, 0, 0, 0], [0.9, 0.4, 0.6, 0.3, 0.1], { thresholds: [0.4] });
  const diamond = (figure: ReturnType<typeof rocPlot>) =>
    layersOf(figure).find(({ mark }) => mark.type === "point");
  const roc = diamond(rocPlot(input))!.data.values[0]!;
  expect(roc.x).toBeCloseTo(1 / 3, 12);
  expect(roc.y).toBe(1);
  expect(diamond(precisionRecallPlot(input))!.data.values).toEqual([{ x: 1, y: 2 / 3 }]);
  expect(rocPlot(input).panels[0]!.lines).toContain("◇ threshold 0.400");
  const without = evaluated([1, 1, 0, 0, 0], [0.9, 0.4, 0.6, 0.3, 0.1], { thresholds: [Number.NaN] });
  expect(diamond(rocPlot(without))).toBeUndefined();
});

test("precisionRecallPlot: the area under the drawn steps is the average precision", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 1 }), fc.integer({ min: 0, max: 8 })), { maxLength: 40 }),
      (pairs) => {
        const labels = [1, 0, ...pairs.map(([label]) => label)];
        const scores = [0.5, 0.5, ...pairs.map(([, score]) => score / 8)];
        const layers = layersOf(precisionRecallPlot(evaluated(labels, scores), { resamples: 0 }));
        const points = curveOf(layers);
        let area = 0;
        for (let i = 1; i < points.length; i++) area += (points[i]!.x! - points[i - 1]!.x!) * points[i]!.y!;
        expect(area).toBeCloseTo(averagePrecision(labels, scores), 12);
        expect(points[0]!.x).toBe(0);
        expect(points.at(-1)!.x).toBe(1);
        expect(layers.filter(({ mark }) => mark.type === "line")[1]!.mark.interpolate).toBe("step-before");
      },
    ),
    { numRuns: 50 },
  );
});

test("precisionRecallPlot: the dashed line stands at the prevalence; a class without positives says so", () => {
  const [guide] = layersOf(precisionRecallPlot(evaluated([1, 0, 0, 0], [0.9, 0.8, 0.3, 0.1]))).filter(
    ({ mark }) => mark.type === "line",
  );
  expect(guide!.data.values.map(({ y }) => y)).toEqual([0.25, 0.25]);
  const empty = precisionRecallPlot(evaluated([0, 0], [0.9, 0.8]));
  expect(curveOf(layersOf(empty))).toEqual([]);
  expect(JSON.stringify(empty.panels[0]!.plot)).toContain("no positive image");
  expect(empty.table.rows[0]).toContain("undefined");
});
