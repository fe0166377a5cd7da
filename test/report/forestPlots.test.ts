import { expect, test } from "vitest";
import { evaluateMultilabel } from "../../src/metrics/evaluateMultilabel.js";
import { evaluateSubgroups } from "../../src/metrics/evaluateSubgroups.js";
import { evaluationRows, type Figure, forestPlot, subgroupPlot } from "../../src/report/index.js";
import { exampleInput } from "./example.js";

interface Layer {
  readonly data: { readonly values: readonly Readonly<Record<string, string | number>>[] };
  readonly mark: { readonly type: string; readonly text?: string };
  readonly encoding: {
    readonly x: { readonly scale: { readonly domain: readonly number[] } };
    readonly text?: { readonly field: string };
    readonly shape?: {
      readonly scale: { readonly range: readonly string[]; readonly domain: readonly string[] };
    };
  };
}
const layersOf = (figure: Figure, type: string, panel = 0) =>
  (figure.panels[panel]!.plot as unknown as { readonly layer: readonly Layer[] }).layer.filter(
    ({ mark }) => mark.type === type,
  );
const printed = (figure: Figure, field: string) =>
  layersOf(figure, "text")
    .filter(({ encoding }) => encoding?.text?.field === field)
    .flatMap(({ data }) => data.values.map((row) => row[field]));

const row = (label: string, value: number, more: object = {}) => ({
  label,
  value,
  lower: value - 0.1,
  upper: value + 0.05,
  ...more,
});

test("forestPlot: a mark and an interval a row, the numbers printed beside them, undefined ones too", () => {
  const undefinedRow = { label: "Hernia", value: Number.NaN, lower: Number.NaN, upper: Number.NaN, n: 3 };
  const alone = { label: "Edema", value: 0.7, lower: Number.NaN, upper: Number.NaN, n: 20 };
  const figure = forestPlot([row("Mass", 0.8, { n: 1234 }), alone, undefinedRow], { measure: "AUC" });
  expect(printed(figure, "text")).toEqual(["0.800 [0.700, 0.850]", "0.700", "undefined"]);
  expect(printed(figure, "count")).toEqual(["1,234", "20", "3"]);
  expect(layersOf(figure, "point")[0]!.data.values.map(({ label }) => label)).toEqual(["Mass", "Edema"]);
  expect(layersOf(figure, "rule")[0]!.data.values.map(({ label }) => label)).toEqual(["Mass"]);
  expect(figure.table.columns).toEqual(["of", "n", "AUC", "lower end, 95%", "upper end, 95%"]);
  expect(figure.table.rows).toEqual([
    ["Mass", 1234, "0.800", "0.700", "0.850"],
    ["Edema", 20, "0.700", "undefined", "undefined"],
    ["Hernia", 3, "undefined", "undefined", "undefined"],
  ]);
});

test("forestPlot: rows of one label stand together, in the order of the labels; groups differ by shape", () => {
  const rows = [
    row("Mass", 0.8, { group: "A" }),
    row("Edema", 0.7, { group: "A" }),
    row("Mass", 0.9, { group: "B" }),
  ];
  const figure = forestPlot(rows, { measure: "AUC" });
  const points = layersOf(figure, "point")[0]!;
  const drawn = points.data.values.map(({ label, group, y }) => ({ label, group, y: y as number }));
  expect(drawn.sort((a, b) => a.y - b.y).map(({ label, group }) => `${label} ${group}`)).toEqual([
    "Mass A",
    "Mass B",
    "Edema A",
  ]);
  const { domain, range } = points.encoding.shape!.scale;
  expect(domain).toEqual(["A", "B"]);
  expect(new Set(range).size).toBe(2);
});

test("forestPlot: the reference lies within the axis, and its label and the directions are written", async () => {
  const figure = forestPlot([row("Mass", 0.3), row("Edema", 0.4)], {
    measure: "difference in AUC",
    evaluatedOn: "test",
    reference: { value: 0, label: "no difference" },
    directions: ["second better", "first better"],
  });
  const [low, high] = layersOf(figure, "point")[0]!.encoding.x.scale.domain;
  expect(low).toBeLessThan(0);
  expect(high).toBeGreaterThan(0.45);
  const svg = await figure.svg();
  expect(svg).toContain(">no difference<");
  expect(svg).toContain(">← second better · difference in AUC · first better →<");
  expect(svg).toContain(">Difference in AUC on test<");
});

test("forestPlot: labels of any text are drawn as they are; no row is no plot", async () => {
  const names = ['Quotes "and" \\ slashes', "Enlarged Cardiomediastinum", "<b>"];
  const svg = await forestPlot(
    names.map((name, i) => row(name, 0.5 + i / 10)),
    { measure: "AUC" },
  ).svg();
  for (const name of ['Quotes "and" \\ slashes', "Enlarged Cardiomediastinum", "&lt;b&gt;"]) {
    expect(svg).toContain(`>${name}<`);
  }
  expect(await forestPlot([], { measure: "AUC" }).svg()).toContain("nothing to show");
});

test("forestPlot refuses infinite numbers and intervals whose ends are in the wrong order", () => {
  expect(() => forestPlot([row("Mass", Number.POSITIVE_INFINITY)], { measure: "AUC" })).toThrow(
    'rows[0].value: of "Mass" is Infinity',
  );
  expect(() => forestPlot([{ label: "Mass", value: 1, lower: 2, upper: 1 }], { measure: "AUC" })).toThrow(
    'rows[0]: "Mass" has an interval from 2 to 1',
  );
});

test("evaluationRows: a row a class and evaluation, then the means; a class that only one has stands once", () => {
  const { evaluation } = exampleInput();
  const other = evaluateMultilabel([[1], [0], [1]], [[0.9], [0.2], [0.1]], {
    classes: ["Mass"],
    resamples: 0,
  });
  const rows = evaluationRows({ first: evaluation, second: other });
  expect(rows.map(({ label, group }) => `${label}, ${group}`)).toEqual([
    "Mass, first",
    "Mass, second",
    "Edema, first",
    "Hernia, first",
    "mean, first",
    "mean, second",
  ]);
  expect(rows[1]!.value).toBe(0.5);
  expect(rows[0]!.lower).toBe(evaluation.classes[0]!.auc.lower);
  expect(evaluationRows({ only: other }, "calibrationError")[0]).not.toHaveProperty("group");
});

test("subgroupPlot: one plot an attribute on one scale, all rows above and as a line, the largest gap named", () => {
  const size = 60;
  const labels = Array.from({ length: size }, (_, i) => (i % 3 === 0 ? 1 : 0));
  const scores = labels.map((label, i) => (((i * 7) % 13) / 13 + 0.4 * label) / 1.4);
  const evaluation = evaluateSubgroups(labels, scores, {
    by: {
      sex: labels.map((_, i) => (i % 2 === 0 ? "F" : "M")),
      view: labels.map((_, i) => (i < 50 ? "PA" : i < 55 ? "AP" : undefined)),
    },
    resamples: 50,
  });
  const figure = subgroupPlot(evaluation, { measure: "AUC of Edema", evaluatedOn: "test" });
  expect(figure.panels.map(({ title }) => title)).toEqual(["AUC of Edema by sex", "AUC of Edema by view"]);
  const [sex, view] = evaluation.attributes;
  const worst = sex!.subgroups.find(({ name }) => name === sex!.worst)!;
  expect(figure.panels[0]!.lines[0]).toMatch(
    `largest gap ${worst.gapToBest.value.toFixed(3).replace("-", "−")} [`,
  );
  expect(figure.panels[0]!.lines[0]).toMatch(`]: "${sex!.worst}" against "${sex!.best}"`);
  expect(figure.panels[1]!.lines).toEqual(["nothing to compare", "on test"]);
  expect(printed(figure, "text").slice(1)).toEqual(
    sex!.subgroups.map(
      ({ metric: { value, lower, upper } }) =>
        `${value.toFixed(3)} [${lower.toFixed(3)}, ${upper.toFixed(3)}]`,
    ),
  );
  const labelled = layersOf(figure, "text", 1).flatMap(({ data }) => data.values.map((row) => row.text));
  expect(labelled).toContain("fewer than 20");
  const domains = [0, 1].map((panel) => layersOf(figure, "point", panel)[0]!.encoding.x.scale.domain);
  expect(domains[0]).toEqual(domains[1]);
  expect(layersOf(figure, "rule", 1)[0]!.data.values).toEqual([{ value: evaluation.overall.metric.value }]);
  expect(figure.table.rows.map((row) => row.slice(0, 3))).toEqual([
    ["", "all", 60],
    ["sex", "F", 30],
    ["sex", "M", 30],
    ["view", "PA", 50],
    ["view", "AP", 5],
    ["view", "(unknown)", 5],
  ]);
  expect(view!.unknown.samples).toBe(5);
  expect(figure.table.rows.every((row) => row.length === figure.table.columns.length)).toBe(true);
});
