import { pairwiseAgreement } from "radiolucent/metrics";
import { describe, expect, test } from "vitest";
import { type Figure, kappaPlot } from "../../src/report/index.js";

const U = Number.NaN;
/** Kappa of a and b is 1/2 in Mass, and of a and c -1; in Edema all say absent, which leaves kappa undefined. */
const sets = {
  a: [
    [1, 0],
    [1, 0],
    [0, 0],
    [0, 0],
  ],
  b: [
    [1, 0],
    [0, 0],
    [0, 0],
    [0, 0],
  ],
  c: [
    [0, 0],
    [0, 0],
    [1, U],
    [1, 0],
  ],
};
const agreement = pairwiseAgreement(sets, { classes: ["Mass", "Edema"] });
const squaresOf = ({ panels }: Figure, p: number) =>
  (panels[p]!.plot as unknown as { data: { values: readonly Record<string, unknown>[] } }).data.values;

describe("kappaPlot", () => {
  const drawn = kappaPlot(agreement);

  test("the mean over the classes that have a kappa comes first, then a panel a class", () => {
    expect(drawn.panels.map(({ title }) => title)).toEqual(["mean", "Mass", "Edema"]);
    const one = pairwiseAgreement({ a: [[1], [0]], b: [[1], [0]] }, { classes: ["Mass"] });
    expect(kappaPlot(one).panels.map(({ title }) => title)).toEqual(["Mass"]);
  });

  test("each pair stands once, the earlier set across; an undefined kappa is a dash, and no part of the mean", () => {
    const texts = (p: number) =>
      squaresOf(drawn, p).map(({ row, column, text }) => `${column} ${row} ${text}`);
    expect(texts(1)).toEqual(["a b 0.50", "a c −1.00", "b c −0.50"]);
    expect(texts(2)).toEqual(["a b –", "a c –", "b c –"]);
    expect(texts(0)).toEqual(texts(1));
  });

  test("a kappa below 0 has a dashed frame, so that it differs without colour, and the panel says so", () => {
    expect(squaresOf(drawn, 1).map(({ negative }) => negative)).toEqual([false, true, true]);
    expect(drawn.panels[1]!.lines).toEqual(["all agree on 0.0% of 4", "dashed frame: less than by chance"]);
    expect(drawn.panels[2]!.lines).toEqual(["all agree on 100.0% of 3", "–: undefined"]);
  });

  test("the table has intervals, agreements and counts, class by class, and the means at its end", () => {
    const { columns, rows } = drawn.table;
    for (const row of rows) expect(row).toHaveLength(columns.length);
    expect(rows).toHaveLength(9);
    const [first] = agreement.pairs;
    expect(rows[0]).toEqual([
      "Mass",
      "a, b",
      "0.500",
      `[${first!.lower.toFixed(3).replace("-", "−")}, ${first!.upper.toFixed(3)}]`,
      "75.0%",
      "66.7%",
      "80.0%",
      4,
      0,
    ]);
    expect(rows[4]!.slice(0, 4)).toEqual(["Edema", "a, c", "undefined", "undefined"]);
    expect(rows[4]!.slice(-2)).toEqual([3, 1]);
    expect(rows.at(-3)!.slice(0, 3)).toEqual(["mean of 1", "a, b", "0.500"]);
  });

  test("draws every square with its number, and nothing undefined", async () => {
    const svg = await drawn.svg();
    expect(svg).not.toMatch(/NaN|Infinity|>undefined/);
    for (const text of ["0.50", "−1.00", "−0.50", "–", "a", "b", "c"]) expect(svg).toContain(`>${text}<`);
    expect(svg.match(/stroke-dasharray="3,2"/g)).toHaveLength(4);
  });
});
