import fc from "fast-check";
import ndarray from "ndarray";
import type { TopLevelSpec } from "vega-lite";
import { afterEach, expect, test, vi } from "vitest";
import { isRadiolucentError } from "../../src/errors.js";
import { labelMatrix } from "../../src/labels/labelMatrix.js";
import { reliabilityDiagram } from "../../src/metrics/calibrationError.js";
import { evaluateMultilabel } from "../../src/metrics/evaluateMultilabel.js";
import { rocCurve } from "../../src/metrics/rocCurve.js";
import {
  type EvaluatedPredictions,
  type Figure,
  prevalencePlot,
  reliabilityPlot,
  renderSvg,
  rocPlot,
  trainingPlot,
} from "../../src/report/index.js";
import { exampleInput, history } from "./example.js";

interface Node {
  readonly title?: { readonly text: string; readonly subtitle: readonly string[] };
  readonly data?: { readonly values: readonly Readonly<Record<string, unknown>>[] };
  readonly mark?: { readonly type: string; readonly text?: string };
  readonly concat?: readonly Node[];
  readonly vconcat?: readonly Node[];
  readonly layer?: readonly Node[];
}
const panelsOf = ({ spec }: Figure) => (spec as Node).concat!;
const valuesOf = (node: Node | undefined) => node!.data!.values;
const marksOf = (node: Node, type: string) => node.layer!.filter(({ mark }) => mark?.type === type);

function evaluated(labels: number[][], probabilities: number[][], classes: string[]): EvaluatedPredictions {
  return {
    predictions: { labels: labelMatrix(classes, labels), probabilities },
    evaluation: evaluateMultilabel(labels, probabilities, { classes, resamples: 20 }),
    evaluatedOn: "test",
  };
}

const printed = (["log", "info", "warn", "error"] as const).map((name) => vi.spyOn(console, name));
afterEach(() => {
  for (const spy of printed) expect(spy).not.toHaveBeenCalled();
});

test("rocPlot: the points are rocCurve's, unknown labels left out; titles give AUC, set and counts", () => {
  const labels = [[1], [0], [1], [Number.NaN], [0], [1]];
  const probabilities = [[0.9], [0.8], [0.8], [0.7], [0.2], [0.1]];
  const [panel] = panelsOf(rocPlot(evaluated(labels, probabilities, ["Mass"])));
  const curve = rocCurve(labels.flat(), probabilities.flat());
  expect(valuesOf(marksOf(panel!, "line")[1])).toEqual(
    Array.from(curve.falsePositiveRate, (x, i) => ({ x, y: curve.truePositiveRate[i] })),
  );
  // Pairs (positive, negative): .9 beats both, .8 ties with .8 and beats .2, .1 loses twice: 3.5 of 6.
  expect(panel!.title!.text).toBe("Mass");
  expect(panel!.title!.subtitle[0]).toMatch(/^AUC 0\.583 \[/);
  expect(panel!.title!.subtitle[1]).toBe("on test, 3 of 5 positive");
});

test("rocPlot: of a long curve every point lies within 0.002 of one that is drawn, and the ends are drawn", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e6 }), (seed) => {
      const size = 4000;
      const noise = (i: number) => Math.abs(Math.sin(i * 12.9898 + seed)) * 0.999;
      const labels = Array.from({ length: size }, (_, i) => [i % 3 === 0 ? 1 : 0]);
      const probabilities = labels.map(([label], i) => [(noise(i) + 0.3 * label!) / 1.3]);
      const [panel] = panelsOf(rocPlot(evaluated(labels, probabilities, ["Mass"])));
      const drawn = valuesOf(marksOf(panel!, "line")[1]) as { x: number; y: number }[];
      expect(drawn.length).toBeLessThan(1001);
      expect(drawn[0]).toEqual({ x: 0, y: 0 });
      expect(drawn.at(-1)).toEqual({ x: 1, y: 1 });
      const curve = rocCurve(labels.flat(), probabilities.flat());
      let nearest = 0;
      curve.falsePositiveRate.forEach((x, i) => {
        const y = curve.truePositiveRate[i]!;
        const next = drawn[nearest + 1];
        if (next && next.x <= x && next.y <= y) nearest++;
        expect(x - drawn[nearest]!.x).toBeLessThan(0.002);
        expect(y - drawn[nearest]!.y).toBeLessThan(0.002);
      });
    }),
    { numRuns: 3 },
  );
});

test("rocPlot: a class without both labels has no curve but says why", () => {
  const labels = [
    [0, 1, Number.NaN],
    [0, 1, Number.NaN],
  ];
  const probabilities = [
    [0.1, 0.2, 0.3],
    [0.4, 0.5, 0.6],
  ];
  const panels = panelsOf(rocPlot(evaluated(labels, probabilities, ["A", "B", "C"])));
  expect(panels.map((panel) => valuesOf(marksOf(panel, "line")[1]))).toEqual([[], [], []]);
  expect(panels.map((panel) => marksOf(panel, "text")[0]!.mark!.text)).toEqual([
    "no positive image",
    "no negative image",
    "no known label",
  ]);
  expect(panels[0]!.title!.subtitle[0]).toBe("AUC undefined");
});

test("reliabilityPlot: bins are reliabilityDiagram's without the empty ones, intervals are Wilson's", () => {
  // statsmodels: proportion_confint(1, 4, method="wilson") = (0.045587, 0.699358), (2, 2) = (0.342380, 1).
  const labels = [0, 0, 1, 0, 1, 1];
  const probabilities = [0.11, 0.12, 0.15, 0.14, 0.93, 0.95];
  const input = evaluated(
    labels.map((label) => [label]),
    probabilities.map((p) => [p]),
    ["Mass"],
  );
  const [panel] = panelsOf(reliabilityPlot(input));
  const [diagram, counts] = panel!.vconcat!;
  const bins = reliabilityDiagram(labels, probabilities).filter(({ count }) => count > 0);
  expect(valuesOf(marksOf(diagram!, "line")[1])).toEqual(
    bins.map(({ meanProbability, meanLabel }) => ({ meanProbability, meanLabel })),
  );
  expect(valuesOf(counts)).toEqual([
    { lower: 0.1, upper: 0.2, count: 4 },
    { lower: 0.9, upper: 1, count: 2 },
  ]);
  const [low, high] = valuesOf(marksOf(diagram!, "rule")[0]) as { lower: number; upper: number }[];
  expect(low!.lower).toBeCloseTo(0.045587, 5);
  expect(low!.upper).toBeCloseTo(0.699358, 5);
  expect(high!.lower).toBeCloseTo(0.34238, 5);
  expect(high!.upper).toBeCloseTo(1, 12);
});

test("prevalencePlot: shares are of the known labels; a class without one in a set has no mark there", () => {
  const a = {
    labels: labelMatrix(
      ["Mass", "Edema"],
      [
        [1, Number.NaN],
        [0, Number.NaN],
        [Number.NaN, Number.NaN],
        [0, Number.NaN],
      ],
    ),
  };
  const b = { labels: labelMatrix(["Mass", "Edema"], [[0, 1]]) };
  expect(valuesOf(marksOf(panelsOf(prevalencePlot({ a, b }))[0]!, "point")[0])).toEqual([
    { row: "Mass", group: "a", value: 1 / 3 },
    { row: "Mass", group: "b", value: 0 },
    { row: "Edema", group: "b", value: 1 },
  ]);
});

test("trainingPlot: losses and mean AUCs by epoch, the best epoch marked; an undefined AUC is no point", () => {
  const [loss, auc] = panelsOf(trainingPlot(history));
  expect(valuesOf(marksOf(loss!, "line")[0])).toEqual(
    [1, 2, 3].flatMap((epoch) => [
      { epoch, set: "training", value: 3 / epoch },
      { epoch, set: "validation", value: 4 - epoch * (4 - epoch) },
    ]),
  );
  expect(valuesOf(marksOf(auc!, "line")[0])).toEqual([
    { epoch: 2, set: "validation", value: 0.7 },
    { epoch: 3, set: "validation", value: 0.8 },
  ]);
  for (const panel of [loss!, auc!]) {
    expect(valuesOf(marksOf(panel, "rule")[0])).toEqual([{ epoch: 2 }]);
    expect(marksOf(panel, "text")[0]!.mark!.text).toBe("best epoch: 2");
  }
});

test("trainingPlot: without a validation set there is the training loss alone", () => {
  const epochs = history.epochs.map((epoch) => ({ ...epoch, validation: undefined }));
  const panels = panelsOf(trainingPlot({ ...history, epochs, bestEpoch: undefined }));
  expect(panels).toHaveLength(1);
  expect(marksOf(panels[0]!, "rule")).toEqual([]);
});

test("svg draws every plot as one svg element with its texts, and prints nothing", async () => {
  const input = exampleInput();
  const figures = [rocPlot(input), reliabilityPlot(input), prevalencePlot(input.sets), trainingPlot(history)];
  const [roc, reliability, prevalence, training] = await Promise.all(figures.map(({ svg }) => svg()));
  for (const svg of [roc!, reliability!, prevalence!, training!]) {
    expect(svg).toMatch(/^<svg [^>]*>[\s\S]*<\/svg>$/);
    expect(svg.match(/<svg/g)).toHaveLength(1);
    expect(svg).not.toMatch(/NaN|Infinity|\bid="/);
  }
  for (const svg of [roc!, reliability!, prevalence!]) {
    for (const name of ["Mass", "Edema", "Hernia"]) expect(svg).toContain(`>${name}<`);
  }
  expect(roc).toContain(">sensitivity<");
  expect(reliability).toContain(">predicted probability<");
  for (const name of ["training", "validation", "test"]) expect(prevalence).toContain(`>${name}<`);
  expect(training).toContain(">best epoch: 2<");
});

test("svg draws a curve where its points are: (0, 0) at the lower left, (1, 1) at the upper right", async () => {
  const svg = await rocPlot(evaluated([[1], [0]], [[0.9], [0.1]], ["Mass"])).svg();
  // 150 pixels a side; the perfect curve goes up, then to the right.
  expect(svg).toContain('d="M0,150L0,0L150,0"');
});

test("renderSvg refuses a spec whose data are elsewhere, without asking for them", async () => {
  const spec: TopLevelSpec = {
    data: { url: "other.json" },
    mark: "point",
    encoding: { x: { field: "a", type: "quantitative" } },
  };
  const error = await renderSvg(spec).catch((caught: unknown) => caught);
  expect(isRadiolucentError(error, "argument") && error.message).toContain("refers to other.json");
});

test("plots refuse an evaluation of other predictions", () => {
  const input = exampleInput();
  const probabilities = ndarray(new Float32Array(30), [10, 3]);
  const labels = labelMatrix(
    ["Mass", "Edema", "Hernia"],
    Array.from({ length: 10 }, () => [0, 0, 1]),
  );
  expect(() => rocPlot({ ...input, predictions: { labels, probabilities } })).toThrow(
    "predictions: labels have shape [10, 3] and probabilities [10, 3]; the evaluation is one of [60, 3]",
  );
});
