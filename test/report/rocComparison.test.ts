import { expect, test } from "vitest";
import { labelMatrix } from "../../src/labels/labelMatrix.js";
import { evaluateMultilabel } from "../../src/metrics/evaluateMultilabel.js";
import { rocCurve } from "../../src/metrics/rocCurve.js";
import { randomStream } from "../../src/random.js";
import { type EvaluatedPredictions, type Figure, rocPlot } from "../../src/report/index.js";

interface Layer {
  readonly data: { readonly values: readonly Readonly<Record<string, number | string>>[] };
  readonly mark: { readonly type: string; readonly text?: string; readonly stroke?: string };
  readonly encoding?: {
    readonly color?: { readonly scale: { readonly domain: string[]; readonly range: string[] } };
    readonly strokeDash?: { readonly scale: { readonly range: number[][] }; readonly legend: unknown };
  };
}
const layersOf = (figure: Figure, panel: number, type: string) =>
  (figure.panels[panel]!.plot as { readonly layer: readonly Layer[] }).layer.filter(
    ({ mark }) => mark.type === type,
  );
const curvesOf = (figure: Figure, panel = 0) => layersOf(figure, panel, "line")[1]!;
const curveOf = (figure: Figure, model: string, panel = 0) =>
  curvesOf(figure, panel)
    .data.values.filter((point) => point.model === model)
    .map(({ x, y }) => ({ x, y }));

const classes = ["Mass", "Edema"];
const rows = 40;
const truth = (() => {
  const random = randomStream("truth");
  return Array.from({ length: rows }, (_, i) => [
    random.uniform() < 0.4 ? 1 : 0,
    i % 5 === 0 ? Number.NaN : i % 2,
  ]);
})();
const patients = truth.map((_, i) => `p${i >> 1}`);

function evaluated(
  seed: string,
  {
    labels = truth,
    names = classes,
    evaluatedOn = "test",
    studies = patients.slice(0, labels.length),
    ...options
  }: Parameters<typeof evaluateMultilabel>[2] & {
    labels?: number[][];
    names?: string[];
    evaluatedOn?: string;
    studies?: string[];
  } = {},
): EvaluatedPredictions {
  const random = randomStream(seed);
  const probabilities = labels.map((row) =>
    row.map((label) => 1 / (1 + Math.exp(-(label || 0) - random.normal()))),
  );
  return {
    predictions: {
      labels: labelMatrix(names, labels),
      probabilities,
      studies: studies.map((patientId) => ({ patientId })),
    },
    evaluation: evaluateMultilabel(labels, probabilities, { classes: names, resamples: 20, ...options }),
    evaluatedOn,
  };
}

const plain = evaluated("plain");
const weighted = evaluated("weighted");

test("rocPlot of models by name: a panel a class with the points of each model's rocCurve, unknown labels left out", () => {
  const figure = rocPlot({ plain, weighted });
  expect(figure.title).toBe("ROC curves of plain and weighted on test");
  expect(figure.panels.map(({ title }) => title)).toEqual(classes);
  for (const [name, { predictions }] of Object.entries({ plain, weighted })) {
    const probabilities = predictions.probabilities as number[][];
    for (const c of [0, 1]) {
      const { falsePositiveRate, truePositiveRate } = rocCurve(
        truth.map((row) => row[c]!),
        probabilities.map((row) => row[c]!),
      );
      const points = Array.from(falsePositiveRate, (x, i) => ({ x, y: truePositiveRate[i] }));
      expect(curveOf(figure, name, c)).toEqual(points);
    }
  }
  expect(curveOf(figure, "plain")).not.toEqual(curveOf(figure, "weighted"));
});

test("rocPlot of models by name: each title has every model's AUC with its interval, the set and the counts once", () => {
  const figure = rocPlot({ plain, weighted });
  const auc = ({ evaluation }: EvaluatedPredictions, c: number) => {
    const { value, lower, upper } = evaluation.classes[c]!.auc;
    return `AUC ${value.toFixed(3)} [${lower.toFixed(3)}, ${upper.toFixed(3)}]`;
  };
  expect(figure.panels[1]!.lines).toEqual([
    `plain: ${auc(plain, 1)}`,
    `weighted: ${auc(weighted, 1)}`,
    "on test, 16 of 32 positive",
  ]);
});

test("rocPlot of models by name: five models differ in colour and in dash, and the picture has one legend", async () => {
  const names = ["one", "two", "three", "four", "five"];
  const figure = rocPlot(Object.fromEntries(names.map((name) => [name, evaluated(name)])));
  const { color, strokeDash } = curvesOf(figure).encoding!;
  expect(color!.scale.domain).toEqual(names);
  expect(new Set(color!.scale.range).size).toBe(5);
  expect(new Set(strokeDash!.scale.range.map(String)).size).toBe(5);
  const svg = await figure.svg();
  for (const name of names) expect(svg.split(`>${name}</text>`)).toHaveLength(2);
});

test("rocPlot: one model with a name has the curve and the band of the same model without one, and no legend", async () => {
  const [named, alone] = [rocPlot({ plain }), rocPlot(plain)];
  for (const c of [0, 1]) {
    expect(curveOf(named, "plain", c)).toEqual(curvesOf(alone, c).data.values);
    expect(layersOf(named, c, "area")[0]!.data).toEqual(layersOf(alone, c, "area")[0]!.data);
    expect(layersOf(named, c, "area")[0]!.data.values).toHaveLength(101);
  }
  expect(await named.svg()).not.toContain(">plain</text>");
  expect(named.table.rows.map(([finding, , ...numbers]) => [finding, ...numbers])).toEqual(alone.table.rows);
});

test("rocPlot: several models have no bands unless resamples are asked for; then each has its own band", () => {
  const bands = (figure: Figure) => layersOf(figure, 0, "area").map(({ data }) => data.values);
  expect(bands(rocPlot({ plain, weighted }))).toEqual([[], []]);
  const options = { resamples: 30, seed: 4 };
  expect(bands(rocPlot({ plain, weighted }, options))).toEqual([
    ...bands(rocPlot(plain, options)),
    ...bands(rocPlot(weighted, options)),
  ]);
});

test("rocPlot of models by name: the table has a row a class and model, with the numbers of each model alone", () => {
  const { columns, rows: lines } = rocPlot({ plain, weighted }).table;
  const alone = [plain, weighted].map((model) => rocPlot(model, { resamples: 0 }).table);
  expect(columns).toEqual(["finding", "model", ...alone[0]!.columns.slice(1)]);
  expect(lines).toEqual(
    classes.flatMap((name, c) =>
      ["plain", "weighted"].map((model, m) => [name, model, ...alone[m]!.rows[c]!.slice(1)]),
    ),
  );
});

test("rocPlot of models by name: a diamond in the model's colour stands at each threshold, and the title names it", () => {
  const decided = evaluated("plain", { thresholds: [0.4, Number.NaN] });
  const figure = rocPlot({ weighted, decided });
  const [diamond, ...others] = layersOf(figure, 0, "point");
  const { sensitivity, specificity } = decided.evaluation.classes[0]!;
  expect(others).toEqual([]);
  expect(diamond!.data.values).toEqual([{ x: 1 - specificity!, y: sensitivity }]);
  expect(diamond!.mark.stroke).toBe(curvesOf(figure).encoding!.color!.scale.range[1]);
  expect(figure.panels[0]!.lines.at(-1)).toBe("◇ decided: threshold 0.400");
  expect(layersOf(figure, 1, "point")).toEqual([]);
});

test("rocPlot of models by name: a class without both labels has no curve but says why", async () => {
  const labels = truth.map(([mass]) => [mass!, 0]);
  const figure = rocPlot({
    plain: evaluated("plain", { labels }),
    weighted: evaluated("weighted", { labels }),
  });
  expect(curvesOf(figure, 1).data.values).toEqual([]);
  expect(layersOf(figure, 1, "text").map(({ mark }) => mark.text)).toEqual(["no positive image"]);
  expect(figure.panels[1]!.lines[0]).toBe("plain: AUC undefined");
  expect(await figure.svg()).toContain("no positive image");
});

test("rocPlot: a model may have the name of a part of the input", () => {
  expect(rocPlot({ evaluatedOn: plain, predictions: weighted }).panels[0]!.lines).toHaveLength(3);
});

test("rocPlot of models by name refuses no model, and models of other classes, rows, labels or patients", () => {
  const changed = (row: number, c: number, label: number) =>
    truth.map((labels, i) => labels.map((value, k) => (i === row && k === c ? label : value)));
  const refused = (other: EvaluatedPredictions) => expect(() => rocPlot({ plain, other }));
  expect(() => rocPlot({})).toThrow("input: has no model; expected at least one, by its name");
  const one = evaluated("other", { labels: truth.map(([mass]) => [mass!]), names: ["Mass"] });
  refused(one).toThrow('input.other: has 1 classes, but there are 2 in "plain"');
  refused(evaluated("other", { names: ["Mass", "Nodule"] })).toThrow(
    'input.other: has "Nodule" as class 1, but it is "Edema" in "plain"',
  );
  refused(evaluated("other", { names: ["Edema", "Mass"] })).toThrow(
    'has "Edema" as class 0, but it is "Mass"',
  );
  refused(evaluated("other", { labels: truth.slice(1) })).toThrow("has 39 rows, but there are 40");
  refused(evaluated("other", { labels: changed(7, 0, 1 - truth[7]![0]!) })).toThrow(
    `has the label ${1 - truth[7]![0]!} for "Mass" in row 7, but it is ${truth[7]![0]}`,
  );
  refused(evaluated("other", { labels: changed(5, 1, 0) })).toThrow(
    'has the label 0 for "Edema" in row 5, but it is NaN',
  );
  refused(evaluated("other", { labels: changed(6, 1, Number.NaN) })).toThrow(
    'has the label NaN for "Edema" in row 6, but it is 0',
  );
  refused(evaluated("other", { studies: patients.map((id, i) => (i === 3 ? "q" : id)) })).toThrow(
    'has patient "q" in row 3, but it is "p1"',
  );
  refused(evaluated("other", { evaluatedOn: "validation" })).toThrow(
    'is evaluated on "validation", but "test" stands in "plain"',
  );
  refused(evaluated("other", { level: 0.9 })).toThrow("has intervals of level 0.9, but it is 0.95");
  const broken = { ...weighted, evaluation: one.evaluation };
  refused(broken).toThrow("input.other.predictions: labels have shape [40, 2]");
});
