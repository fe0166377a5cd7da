import { describe, expect, test } from "vitest";
import { labelMatrix } from "../../src/labels/labelMatrix.js";
import { type Figure, runsPlot } from "../../src/report/index.js";
import { evaluateRuns } from "../../src/training/evaluateRuns.js";

const classes = ["Mass", "Hernia"];
const labels = labelMatrix(classes, [
  [1, 0],
  [1, 0],
  [0, 0],
  [0, 0],
]);
/** Of the four pairs of Mass these runs order 4, 3 and 2 rightly. */
const runs = [
  [0.9, 0.8, 0.2, 0.1],
  [0.9, 0.15, 0.2, 0.1],
  [0.9, 0.05, 0.2, 0.1],
].map((scores) => ({ classes, probabilities: labelFree(scores) }));

function labelFree(scores: readonly number[]) {
  const { values } = labelMatrix(
    classes,
    scores.map(() => [0, 0]),
  );
  scores.forEach((score, i) => {
    values.set(i, 0, score);
    values.set(i, 1, 0.5);
  });
  return values;
}

interface Node {
  readonly layer?: readonly {
    readonly mark: { readonly type: string };
    readonly data: { readonly values: unknown };
  }[];
}
const dotsOf = ({ panels }: Figure) =>
  (panels[0]!.plot as Node).layer!.find(({ mark }) => mark.type === "point")!.data.values;

describe("runsPlot", () => {
  const drawn = runsPlot(evaluateRuns({ labels, runs }));

  test("a mark a run on the line of its class; what is undefined has none", () => {
    expect(dotsOf(drawn)).toEqual(
      ["Mass", "mean"].flatMap((row) =>
        [1, 0.75, 0.5].map((value, r) => ({ row, group: `run ${r + 1}`, value })),
      ),
    );
  });

  test("the table has mean, sample standard deviation (divisor n - 1) and every run", () => {
    expect(drawn.title).toBe("AUC of 3 runs");
    expect(drawn.table.columns).toEqual(["finding", "mean", "standard deviation", "run 1", "run 2", "run 3"]);
    expect(drawn.table.rows).toEqual([
      ["Mass", "0.750", "0.250", "1.000", "0.750", "0.500"],
      ["Hernia", ...Array.from({ length: 5 }, () => "undefined")],
      ["mean", "0.750", "0.250", "1.000", "0.750", "0.500"],
    ]);
  });

  test("a single run has no deviation", () => {
    const { title, table } = runsPlot(evaluateRuns({ labels, runs: runs.slice(0, 1) }));
    expect(title).toBe("AUC of 1 run");
    expect(table.rows[0]).toEqual(["Mass", "1.000", "undefined", "1.000"]);
  });

  test("other measures by name, with a capital at the head of the plot", async () => {
    const brier = runsPlot(evaluateRuns({ labels, runs }), { metric: "calibrationError" });
    expect(brier.title).toBe("Calibration error of 3 runs");
    expect(await brier.svg()).not.toMatch(/NaN|Infinity|>undefined/);
  });

  test("without any defined value the plot says so", async () => {
    const none = {
      labels: labelMatrix(
        classes,
        labels.classes.map(() => [0, 0]),
      ),
      runs: [],
    };
    expect(await runsPlot(evaluateRuns(none)).svg()).toContain(">no class has AUC<");
  });
});
