import { describe, expect, test } from "vitest";
import { compareSplits } from "../../src/labels/compareSplits.js";
import type { Dataset, Study } from "../../src/labels/dataset.js";
import { describeDataset } from "../../src/labels/describeDataset.js";
import { labelMatrix } from "../../src/labels/labelMatrix.js";
import { selectStudies } from "../../src/labels/selectStudies.js";
import { phantomDataset } from "../../src/phantom/phantomDataset.js";
import { datasetPlots, type Figure, splitComparisonPlot } from "../../src/report/index.js";

interface Node {
  readonly title: { readonly text: string; readonly subtitle: readonly string[] };
  readonly data?: { readonly values: readonly Readonly<Record<string, unknown>>[] };
  readonly mark?: { readonly type: string; readonly text?: string };
  readonly layer?: readonly Node[];
}
const panelsOf = ({ spec }: Figure) => (spec as { concat: readonly Node[] }).concat;
const valuesOf = (spec: Figure) => panelsOf(spec)[0]!.data!.values;
const textsOf = (svg: string) => [...svg.matchAll(/>([^<>]+)</g)].map(([, text]) => text);

const U = Number.NaN;
function dataset(
  classes: readonly string[],
  rows: readonly number[][],
  studies: readonly Partial<Study>[] = [],
): Dataset {
  return {
    name: "Made up",
    studies: rows.map((_, i) => ({ imageId: `i${i}`, patientId: `p${i}`, ...studies[i] })),
    labels: labelMatrix(classes, rows),
    account: { rowsRead: rows.length, rowsKept: rows.length, dropped: [], changed: [] },
  };
}
const small = dataset(
  ["Mass", "Edema", "Rare & odd"],
  [
    [1, 1, U],
    [1, 0, U],
    [0, 1, U],
    [1, 1, U],
    [0, U, U],
  ],
  [
    { patientId: "a", ageYears: 8, sex: "F", view: "PA" },
    { patientId: "a", ageYears: 9, sex: "F", view: "PA" },
    { patientId: "a", ageYears: 61, view: "AP" },
    { ageYears: 104, sex: "M" },
    { sex: "M" },
  ],
);

describe("datasetPlots", () => {
  const plots = datasetPlots(describeDataset(small));

  test("every plot has its numbers as a table: a heading a column, the undefined as such", () => {
    expect(plots.prevalence.table).toEqual({
      columns: ["finding", "present", "absent", "uncertain", "unknown", "prevalence"],
      rows: [
        ["Edema", 3, 1, 0, 1, "75.0%"],
        ["Mass", 3, 2, 0, 0, "60.0%"],
        ["Rare & odd", 0, 0, 0, 5, "undefined"],
      ],
    });
    expect(plots.coOccurrence.table.rows[0]).toEqual(["Edema", 3, 2, 0]);
    for (const { table } of Object.values(plots)) {
      expect(table.rows.length).toBeGreaterThan(0);
      for (const row of table.rows) expect(row).toHaveLength(table.columns.length);
    }
  });

  test("prevalence: most frequent first, of how many where some are unknown, a class without a label last", () => {
    expect(valuesOf(plots.prevalence)).toEqual([
      { label: "Edema", value: 0.75, text: "3 of 4 (75.0%)" },
      { label: "Mass", value: 0.6, text: "3 (60.0%)" },
      { label: "Rare & odd", value: U, text: "0 of 0" },
    ]);
  });

  test("co-occurrence: of the images with the row's finding in which the column's is known, the share with both", () => {
    const cells = valuesOf(plots.coOccurrence).map(({ row, column, text }) => `${row} ${column} ${text}`);
    expect(cells).toEqual([
      "Edema Edema 3",
      "Edema Mass 67%",
      "Edema Rare & odd –",
      "Mass Edema 67%",
      "Mass Mass 3",
      "Mass Rare & odd –",
      "Rare & odd Edema –",
      "Rare & odd Mass –",
      "Rare & odd Rare & odd 0",
    ]);
  });

  test("findings per image and views: the unknown are apart, last and grey", () => {
    expect(valuesOf(plots.findingsPerImage).at(-1)).toEqual({
      label: "unknown",
      value: 5,
      text: "5",
      unknown: true,
    });
    expect(valuesOf(plots.view)).toEqual([
      { label: "PA", value: 2, text: "2 (40.0%)" },
      { label: "AP", value: 1, text: "1 (20.0%)" },
      { label: "unknown", value: 2, text: "2 (40.0%)", unknown: true },
    ]);
  });

  test("images per patient: a bar for each number up to 12, then wider and wider groups without a gap", () => {
    expect(valuesOf(plots.imagesPerPatient).map(({ label, value }) => [label, value])).toEqual([
      ["1", 2],
      ["2", 0],
      ["3", 1],
    ]);
    const rows = Array.from({ length: 60 }, () => [1]);
    const patients = rows.map((_, i) => ({ patientId: i < 7 ? "seven" : i < 8 ? "one" : "many" }));
    const bars = valuesOf(datasetPlots(describeDataset(dataset(["Mass"], rows, patients))).imagesPerPatient);
    expect(bars.map(({ label, value }) => [label, value])).toEqual([
      ["1", 1],
      ["2", 0],
      ["3", 0],
      ["4", 0],
      ["5", 0],
      ["6–10", 1],
      ["11–20", 0],
      ["21–50", 0],
      ["51–100", 1],
    ]);
  });

  test("age: by decade and sex; the title counts the unknown ages", () => {
    expect(valuesOf(plots.age)).toEqual([
      { decade: "0–9", sex: "F", images: 2 },
      { decade: "100–109", sex: "M", images: 1 },
      { decade: "60–69", sex: "unknown", images: 1 },
    ]);
    expect(panelsOf(plots.age)[0]!.title.subtitle).toEqual([
      "n = 4 images with a known age; unknown: 1",
      "median 35 years, half of them 9 to 72",
    ]);
  });

  test("only so many findings are shown, and the title says so", () => {
    const { prevalence, coOccurrence } = datasetPlots(describeDataset(small), { findings: 2 });
    expect(valuesOf(prevalence)).toHaveLength(2);
    expect(valuesOf(coOccurrence)).toHaveLength(4);
    expect(panelsOf(prevalence)[0]!.title.subtitle.at(-1)).toBe("the 2 most frequent of 3 findings");
  });

  test("every plot draws with its name and n, and nothing undefined in it", async () => {
    for (const data of [small, phantomDataset({ patients: 9, unknown: 0.1 })]) {
      for (const spec of Object.values(datasetPlots(describeDataset(data)))) {
        const svg = await spec.svg();
        expect(svg).not.toMatch(/NaN|Infinity|undefined/);
        expect(textsOf(svg).join("\n")).toMatch(/^(n = |median )/m);
        expect(textsOf(svg).join("\n")).toContain(`, ${data.name}`);
      }
    }
  });

  test("a plot without anything to show says why", async () => {
    const none = datasetPlots(describeDataset(selectStudies(small, [])));
    for (const spec of Object.values(none)) expect(textsOf(await spec.svg())).toContain("no images");
    const bare = datasetPlots(describeDataset(dataset([], [[], []])));
    expect(textsOf(await bare.prevalence.svg())).toContain("no findings");
    expect(textsOf(await bare.age.svg())).toContain("no known age");
  });
});

describe("splitComparisonPlot", () => {
  test("prevalences by set with n, differences by pair of sets, what is NaN left out, gaps in words", async () => {
    const sets = { train: selectStudies(small, [0, 1, 2]), test: selectStudies(small, [3, 4]) };
    const spec = splitComparisonPlot(compareSplits(sets));
    const [prevalence, standardized] = panelsOf(spec).map(
      ({ layer }) => layer!.find(({ mark }) => mark!.type === "point")!.data!.values,
    );
    expect(prevalence).toContainEqual({ row: "Mass", group: "train (n = 3)", value: 2 / 3 });
    expect(prevalence!.map(({ row }) => row)).not.toContain("Rare & odd");
    // (1/2 - 2/3) / sqrt((2/9 + 1/4) / 2)
    expect(standardized![0]).toEqual({
      row: "Mass",
      group: "train → test",
      value: expect.closeTo(-0.342997, 6),
    });
    const texts = textsOf(await spec.svg());
    for (const text of [
      "train (n = 3)",
      "test (n = 2)",
      "train → test",
      "Edema has no negative in test",
      "Rare &amp; odd has no known label in train",
      "sex",
      "view",
    ]) {
      expect(texts).toContain(text);
    }
    expect(texts).not.toContain("source");
  });

  test("the table has a line a variable: first the standardised differences of all pairs, then the distances", () => {
    const sets = { train: selectStudies(small, [0, 1, 2]), test: selectStudies(small, [3, 4]) };
    const { columns, rows } = splitComparisonPlot(compareSplits(sets)).table;
    expect(columns).toEqual([
      "variable",
      "standardised difference, train → test",
      "total variation, train → test",
    ]);
    expect(rows[0]).toEqual(["Mass", "−0.343", "0.167"]);
    // Nobody knows a source.
    expect(rows.map(([variable]) => variable)).toEqual(["Mass", "Edema", "Rare & odd", "age", "sex", "view"]);
  });

  test("of many gaps the first three stand in the title", () => {
    const sets = {
      train: dataset(["A", "B", "C"], [[0, 0, 0]]),
      test: dataset(["A", "B", "C"], [[0, 0, 0]]),
    };
    expect(panelsOf(splitComparisonPlot(compareSplits(sets)))[0]!.title.subtitle).toEqual([
      "A has no positive in train",
      "A has no positive in test",
      "B has no positive in train",
      "and 3 more gaps",
    ]);
  });

  test("sets without anything to compare still draw", async () => {
    const empty = selectStudies(small, []);
    const svg = await splitComparisonPlot(compareSplits({ a: empty, b: empty })).svg();
    expect(textsOf(svg)).toContain("no known label");
    expect(textsOf(svg)).toContain("nothing to compare");
  });
});
