import { expect, test } from "vitest";
import { labelMatrix } from "../../src/labels/labelMatrix.js";
import { calibrationError, reliabilityDiagram } from "../../src/metrics/calibrationError.js";
import { confusionAt } from "../../src/metrics/confusionAt.js";
import { evaluateMultilabel } from "../../src/metrics/evaluateMultilabel.js";
import {
  calibrationComparisonPlot,
  confusionPlot,
  type EvaluatedPredictions,
  type Figure,
  reliabilityPlot,
  thresholdSweepPlot,
} from "../../src/report/index.js";
import { shadeOf, textOn } from "../../src/report/shades.js";
import { exampleInput } from "./example.js";

interface Layer {
  readonly data?: { readonly values: readonly Readonly<Record<string, string | number>>[] };
  readonly mark: { readonly type: string; readonly text?: string; readonly strokeDash?: readonly number[] };
}
const plotOf = (figure: Figure, panel = 0) =>
  figure.panels[panel]!.plot as unknown as { readonly layer: readonly Layer[]; readonly data: Layer["data"] };
const layersOf = (figure: Figure, type: string, panel = 0) =>
  plotOf(figure, panel).layer.filter(({ mark }) => mark.type === type);

const labels = [1, 1, 0, 0, 0, Number.NaN];
const scores = [0.9, 0.4, 0.6, 0.3, 0.1, 0.5];
function evaluated(thresholds?: number[]): EvaluatedPredictions {
  const truth = labels.map((label) => [label]);
  const probabilities = scores.map((score) => [score]);
  return {
    predictions: { labels: labelMatrix(["Mass"], truth), probabilities },
    evaluation: evaluateMultilabel(truth, probabilities, {
      classes: ["Mass"],
      resamples: 0,
      ...(thresholds && { thresholds }),
    }),
    evaluatedOn: "test",
  };
}

test("confusionPlot: present above absent, called left of not called, each with its share of the row", () => {
  const figure = confusionPlot(evaluated([0.4]));
  expect(
    plotOf(figure).data!.values.map(({ label, call, countText, shareText }) => [
      label,
      call,
      countText,
      shareText,
    ]),
  ).toEqual([
    ["present", "called", "2", "100.0%"],
    ["present", "not called", "0", "0.0%"],
    ["absent", "called", "1", "33.3%"],
    ["absent", "not called", "2", "66.7%"],
  ]);
  expect(figure.panels[0]!.lines).toEqual([
    "called at 0.400 or above",
    "precision 0.667, F1 0.800",
    "on test, 1 unknown",
  ]);
  expect(figure.table.rows).toEqual([["Mass", "0.400", 2, 0, 1, 2, 1, "1.000", "0.667", "0.667", "0.800"]]);
});

test("confusionPlot: thresholds can be given; without one there are no numbers, without a label no shares", () => {
  const cells = (figure: Figure) => plotOf(figure).data!.values.map(({ countText }) => countText);
  expect(cells(confusionPlot(evaluated(), { thresholds: 0.95 }))).toEqual(["0", "2", "0", "3"]);
  expect(cells(confusionPlot(evaluated([0.4]), { thresholds: [Number.POSITIVE_INFINITY] }))).toEqual([
    "0",
    "2",
    "0",
    "3",
  ]);
  const without = confusionPlot(evaluated());
  expect(cells(without)).toEqual(["–", "–", "–", "–"]);
  expect(without.panels[0]!.lines[0]).toBe("no threshold");
  expect(() => confusionPlot(evaluated(), { thresholds: [0.1, 0.2] })).toThrow(
    "options.thresholds: has 2 values for 1 classes",
  );
  const hernia = plotOf(confusionPlot(exampleInput()), 2).data!.values;
  expect(hernia.map(({ shareText }) => shareText).slice(0, 2)).toEqual(["–", "–"]);
});

test("texts on every shade of a confusion matrix have a contrast of at least 4.5 : 1, and shades darken", () => {
  const luminance = (colour: string) => {
    const [r, g, b] = [1, 3, 5].map((at) => {
      const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
  };
  let before = 1;
  for (let share = 0; share <= 1; share += 1 / 256) {
    const shade = luminance(shadeOf(share));
    const ink = textOn(share) === "white" ? 1 : 0;
    expect((Math.max(shade, ink) + 0.05) / (Math.min(shade, ink) + 0.05)).toBeGreaterThanOrEqual(4.5);
    expect(shade).toBeLessThanOrEqual(before);
    before = shade;
  }
});

test("thresholdSweepPlot: measures are confusionAt's at every threshold; the chosen one is marked and measured", () => {
  const figure = thresholdSweepPlot(evaluated([0.4]));
  const [line] = layersOf(figure, "line");
  const names = {
    sensitivity: "sensitivity",
    specificity: "specificity",
    precision: "precision",
    f1: "F1",
  } as const;
  expect(line!.data!.values).toEqual(
    [0.1, 0.3, 0.4, 0.6, 0.9].flatMap((threshold) => {
      const confusion = confusionAt(labels, scores, threshold);
      return (Object.keys(names) as (keyof typeof names)[]).map((measure) => ({
        threshold,
        measure: names[measure],
        value: confusion[measure],
      }));
    }),
  );
  expect(layersOf(figure, "rule")[0]!.data!.values).toEqual([{ threshold: 0.4 }]);
  expect(figure.panels[0]!.lines).toEqual([
    "│ at 0.400: F1 0.800, precision 0.667,",
    "sensitivity 1.000, specificity 0.667",
    "on test, 2 of 5 positive",
  ]);
  expect(figure.table.rows).toEqual([["Mass", "0.400", "1.000", "0.667", "0.667", "0.800"]]);
});

test("thresholdSweepPlot: without thresholds nothing is marked; a class of one label says why it is empty", () => {
  const figure = thresholdSweepPlot(evaluated());
  expect(layersOf(figure, "rule")).toEqual([]);
  expect(figure.panels[0]!.lines).toEqual(["on test, 2 of 5 positive"]);
  const example = thresholdSweepPlot(exampleInput());
  expect(layersOf(example, "line", 2)[0]!.data!.values).toEqual([]);
  expect(layersOf(example, "text", 2)[0]!.mark.text).toBe("no positive image");
});

test("calibrationComparisonPlot: both reliability curves over the same labels, their errors in the heading", () => {
  const truth = labels.map((label) => [label]);
  const before = scores.map((score) => [score]);
  const after = scores.map((score) => [score ** 2]);
  const figure = calibrationComparisonPlot(
    { labels: labelMatrix(["Mass"], truth), before, after, evaluatedOn: "test" },
    { bins: 4 },
  );
  const [, first, second] = layersOf(figure, "line");
  for (const [layer, column] of [
    [first, before.flat()],
    [second, after.flat()],
  ] as const) {
    const filled = reliabilityDiagram(labels, column, { bins: 4 }).filter(({ count }) => count > 0);
    expect(layer!.data!.values).toEqual(
      filled.map(({ meanProbability, meanLabel, count }) => ({ meanProbability, meanLabel, count })),
    );
  }
  expect(first!.mark.strokeDash).not.toEqual(second!.mark.strokeDash);
  const errors = [before, after].map((values) =>
    calibrationError(labels, values.flat(), { bins: 4 }).toFixed(3),
  );
  expect(figure.panels[0]!.lines).toEqual([
    `□ before: error ${errors[0]}`,
    `● after: error ${errors[1]}`,
    "on test, 2 of 5 positive",
  ]);
  expect(figure.table.rows[0]!.slice(0, 6)).toEqual(["Mass", 2, 3, 1, ...errors]);
  expect(figure.table.rows[1]!.slice(0, 6)).toEqual(["mean", "", "", "", ...errors]);
});

test("calibrationComparisonPlot: errors say which probabilities are wrong; a class without a known label is empty", () => {
  const before = [[0.5], [0.2]];
  const compare = (truth: number[][], after: number[][]) =>
    calibrationComparisonPlot({ labels: truth, before, after, evaluatedOn: "test" });
  expect(() => compare([[1], [0]], [[0.5], [1.2]])).toThrow(/^after: class "class 0", index 1 is 1\.2/);
  const unknown = compare([[Number.NaN], [Number.NaN]], before);
  expect(layersOf(unknown, "text")[0]!.mark.text).toBe("no known label");
  expect(unknown.table.rows[1]!.slice(4)).toEqual(Array(4).fill("undefined"));
});

test("reliabilityPlot: the table has the filled bins with their counts and intervals", () => {
  const { table } = reliabilityPlot(evaluated());
  expect(table.columns).toEqual([
    "finding",
    "from",
    "to",
    "images",
    "mean probability",
    "share of positives",
  ]);
  // statsmodels: proportion_confint(1, 1, method="wilson") = (0.206543, 1).
  expect(table.rows).toHaveLength(5);
  expect(table.rows.at(-1)).toEqual(["Mass", "0.900", "1.000", 1, "0.900", "1.000 [0.207, 1.000]"]);
});

test("long class names, no label and one label are drawn whole, without a letter cut off or a NaN", async () => {
  const classes = ["Enlarged Cardiomediastinum", "Pleural Effusion", "Hernia"];
  const input = exampleInput(classes);
  const { labels: truth, probabilities } = input.predictions;
  const comparison = { labels: truth, before: probabilities, after: probabilities, evaluatedOn: "test" };
  for (const figure of [
    confusionPlot(input),
    thresholdSweepPlot(input),
    calibrationComparisonPlot(comparison, { classes }),
  ]) {
    const svg = await figure.svg();
    for (const name of classes) expect(svg).toContain(`>${name}<`);
    expect(svg).not.toMatch(/…|NaN|Infinity/);
    expect(figure.table.rows.every((row) => row.length === figure.table.columns.length)).toBe(true);
  }
});
