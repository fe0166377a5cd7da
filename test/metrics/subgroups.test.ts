import { randomStream } from "radiolucent";
import {
  ageBands,
  bootstrapInterval,
  calibrationError,
  confusionAt,
  evaluateMultilabel,
  evaluateSubgroups,
  formatSubgroups,
  imageCounts,
  rocAuc,
  type SubgroupOptions,
} from "radiolucent/metrics";
import { describe, expect, test } from "vitest";
import { expectClose } from "./reference.js";

const nan = Number.NaN;

/** Patients of one to three images; the scores of "M" tell nothing. */
function cohort(patients: number, seed: number) {
  const random = randomStream(seed);
  const labels: number[] = [];
  const probabilities: number[] = [];
  const sex: (string | undefined)[] = [];
  const view: string[] = [];
  const groups: string[] = [];
  for (let patient = 0; patient < patients; patient++) {
    const own = patient % 10 === 0 ? undefined : patient % 2 === 0 ? "M" : "F";
    for (let image = random.integer(3); image >= 0; image--) {
      const label = Number(random.uniform() < 0.4);
      labels.push(random.uniform() < 0.1 ? nan : label);
      const signal = own === "M" ? 0 : 0.5 * label;
      probabilities.push(Math.round(20 * (signal + 0.5 * random.uniform())) / 20);
      sex.push(own);
      view.push(["PA", "AP"][random.integer(2)]!);
      groups.push(`p${patient}`);
    }
  }
  return { labels, probabilities, sex, view, groups };
}

const { labels, probabilities, sex, view, groups } = cohort(120, 1);
const evaluate = (options: Partial<SubgroupOptions> = {}) =>
  evaluateSubgroups(labels, probabilities, { by: { sex, view }, groups, resamples: 50, ...options });
const rowsOf = (column: readonly unknown[], value: unknown) =>
  column.flatMap((of, row) => (of === value ? [row] : []));
const at = (values: readonly number[], rows: ArrayLike<number>) => Array.from(rows, (row) => values[row]!);

describe("evaluateSubgroups", () => {
  test("counts and values are those of the rows of the subgroup, in order of appearance", () => {
    const [bySex, byView] = evaluate().attributes;
    expect(bySex!.subgroups.map(({ name }) => name)).toEqual(["F", "M"]);
    expect(byView!.subgroups.map(({ name }) => name).sort()).toEqual(["AP", "PA"]);
    for (const subgroup of bySex!.subgroups) {
      const rows = rowsOf(sex, subgroup.name);
      const own = at(labels, rows);
      expect(subgroup).toMatchObject({
        samples: rows.length,
        patients: new Set(rows.map((row) => groups[row])).size,
        positives: own.filter((label) => label === 1).length,
        negatives: own.filter((label) => label === 0).length,
        unknown: own.filter(Number.isNaN).length,
        reason: undefined,
      });
      expect(subgroup.metric.value).toBe(rocAuc(own, at(probabilities, rows)));
    }
  });

  test("intervals of values and gaps are those of bootstrapInterval on the same resamples of all patients", () => {
    const { attributes } = evaluate({ seed: 4 });
    const auc = (rows: Int32Array, of: string) => {
      const own = rows.filter((row) => sex[row] === of);
      return rocAuc(at(labels, own), at(probabilities, own));
    };
    const [f, gap] = bootstrapInterval((rows) => [auc(rows, "F"), auc(rows, "M") - auc(rows, "F")], {
      groups,
      resamples: 50,
      seed: 4,
    });
    const [first, second] = attributes[0]!.subgroups;
    const numbers = ({ value, lower, upper }: { value: number; lower: number; upper: number }) => [
      value,
      lower,
      upper,
    ];
    expectClose(numbers(first!.metric), [f!.estimate, f!.lower, f!.upper]);
    expectClose(numbers(second!.gapToBest), [gap!.estimate, gap!.lower, gap!.upper]);
    // Of two subgroups the rest is the other one.
    expectClose(numbers(second!.gapToRest), [gap!.estimate, gap!.lower, gap!.upper]);
    expect(first!.gapToBest).toMatchObject({ value: 0, lower: 0, upper: 0 });
  });

  test("the gap of a subgroup that is predicted by chance has an interval below 0", () => {
    const [bySex] = evaluate().attributes;
    expect(bySex).toMatchObject({ best: "F", worst: "M" });
    expect(bySex!.subgroups[1]!.gapToBest.upper).toBeLessThan(0);
  });

  test("rows of unknown subgroup are kept apart and counted, and in no gap", () => {
    const [bySex] = evaluate().attributes;
    expect(bySex!.unknown.samples).toBe(rowsOf(sex, undefined).length);
    const named = bySex!.subgroups.reduce((sum, { samples }) => sum + samples, 0);
    expect(named + bySex!.unknown.samples).toBe(labels.length);
    const [male, female] = ["M", "F"].map((of) => rowsOf(sex, of));
    const area = (rows: number[]) => rocAuc(at(labels, rows), at(probabilities, rows));
    expect(bySex!.subgroups[1]!.gapToRest.value).toBe(area(male!) - area(female!));
    const blank = evaluate({
      by: { source: labels.map((_, row) => ["", null, nan, undefined, "x"][row % 5]) },
    });
    expect(blank.attributes[0]!.subgroups.map(({ name }) => name)).toEqual(["x"]);
  });

  test("few known samples, or an undefined metric, give NaN with the reason, and no gap", () => {
    const names = labels.map((_, row) => (row < 10 ? "few" : "many"));
    const [attribute] = evaluate({ by: { names } }).attributes;
    expect(attribute!.subgroups[0]).toMatchObject({
      reason: "few-samples",
      metric: { value: nan, lower: nan },
      gapToBest: { value: nan },
    });
    expect(attribute).toMatchObject({ best: "many", worst: undefined });
    expect(attribute!.subgroups[1]!.gapToRest.value).toBeNaN();
    const byLabel = evaluate({ by: { label: labels.map((label) => String(label === 1)) } }).attributes[0]!;
    expect(byLabel.subgroups.map(({ reason }) => reason)).toEqual(["undefined", "undefined"]);
    expect(byLabel.best).toBeUndefined();
  });

  test("takes decisions at a threshold, calibration (less is better) and any function of rows", () => {
    const rows = rowsOf(sex, "M");
    const [own, p] = [at(labels, rows), at(probabilities, rows)];
    const male = (options: Partial<SubgroupOptions>) => evaluate(options).attributes[0]!.subgroups[1]!;
    expect(male({ metric: "sensitivity", threshold: 0.5 }).metric.value).toBe(
      confusionAt(own, p, 0.5).sensitivity,
    );
    const calibration = evaluate({ metric: "calibrationError", bins: 5 });
    expect(calibration.higherIsBetter).toBe(false);
    expect(calibration.attributes[0]!.subgroups[1]!.metric.value).toBeCloseTo(
      calibrationError(own, p, { bins: 5 }),
      12,
    );
    const errors = calibration.attributes[0]!.subgroups.map(({ metric }) => metric.value);
    const best = calibration.attributes[0]!.subgroups.find(
      ({ name }) => name === calibration.attributes[0]!.best,
    );
    expect(best!.metric.value).toBe(Math.min(...errors));
    const byHand = male({ metric: (of) => rocAuc(at(labels, of), at(probabilities, of)) });
    const named = male({});
    expectClose(
      [byHand.metric.value, byHand.metric.lower, byHand.gapToRest.upper],
      [named.metric.value, named.metric.lower, named.gapToRest.upper],
    );
  });

  test("the interval of a calibration error is that of evaluateMultilabel; its gaps are reflected too", () => {
    const options = { groups, resamples: 50, seed: 6, bins: 5 };
    const { overall, attributes } = evaluate({ metric: "calibrationError", ...options });
    const { classes } = evaluateMultilabel(
      labels.map((label) => [label]),
      probabilities.map((p) => [p]),
      options,
    );
    const { value, lower, upper } = classes[0]!.calibrationError;
    expectClose([overall.metric.value, overall.metric.lower, overall.metric.upper], [value, lower, upper]);
    const error = (rows: Int32Array, of: string) => {
      const own = rows.filter((row) => sex[row] === of);
      return calibrationError(at(labels, own), at(probabilities, own), { bins: 5 });
    };
    const gap = bootstrapInterval((rows) => error(rows, "F") - error(rows, "M"), {
      ...options,
      method: "basic",
    });
    const { gapToRest } = attributes[0]!.subgroups[0]!;
    expectClose([gapToRest.value, gapToRest.lower, gapToRest.upper], [gap.estimate, gap.lower, gap.upper]);
  });

  test("rows of one patient have a value and no interval, and no interval of a gap", () => {
    const one = groups.map((id, row) => (row < 60 ? "alone" : id));
    const by = { half: labels.map((_, row) => (row < 60 ? "first" : "second")) };
    const [first, second] = evaluate({ by, groups: one }).attributes[0]!.subgroups;
    expect(first!.metric.value).toBeGreaterThan(0);
    for (const interval of [first!.metric, first!.gapToRest, second!.gapToRest]) {
      expect(interval).toMatchObject({ lower: nan, upper: nan, undefinedResamples: 50 });
    }
    expect(second!.metric.lower).toBeGreaterThan(0);
  });

  test("depends on the seed only", () => {
    expect(evaluate({ seed: 2 })).toEqual(evaluate({ seed: 2 }));
    expect(evaluate({ seed: 3 })).not.toEqual(evaluate({ seed: 2 }));
  });

  test.each<[string, Partial<SubgroupOptions>]>([
    ["options.by.sex: has 1 values", { by: { sex: ["F"] } }],
    ["options.groups: has 1 values", { groups: ["a"] }],
    [
      'options.by.sex: index 0 is "x", which is not among the names',
      { by: { sex: { values: labels.map(() => "x"), names: ["F", "M"] } } },
    ],
    ["options.metric: is dice", { metric: "dice" as "auc" }],
    ['options.threshold: is undefined; "f1" needs one', { metric: "f1" }],
    ["options.minimum: is 0", { minimum: 0 }],
    ["options.level: is 2", { level: 2 }],
  ])("errors name the argument: %s", (message, options) => {
    expect(() => evaluate(options)).toThrow(message);
  });
});

test("no rows give no subgroups", () => {
  const { overall, attributes } = evaluateSubgroups([], [], { by: { sex: [] } });
  expect(overall).toMatchObject({ samples: 0, reason: "few-samples" });
  expect(attributes[0]).toMatchObject({ subgroups: [], best: undefined });
});

test("age bands are left-closed, in order, and unknown ages have none", () => {
  expect(ageBands([17.9, 18, 64, 65, nan, undefined], [18, 65])).toEqual({
    values: ["< 18", "18 to < 65", "18 to < 65", ">= 65", undefined, undefined],
    names: ["< 18", "18 to < 65", ">= 65"],
  });
  expect(() => ageBands([-1], [18])).toThrow("ages: index 0 is -1");
  expect(() => ageBands([1], [65, 18])).toThrow("edges: are [65, 18]");
  expect(() => ageBands([1], [])).toThrow("edges: are []");
  const column = ageBands([70, 3], [18, 65]);
  const { attributes } = evaluateSubgroups([1, 0], [1, 0], { by: { age: column }, resamples: 0 });
  expect(attributes[0]!.subgroups.map(({ name }) => name)).toEqual(["< 18", ">= 65"]);
});

test("counts of images of a patient fall into bands of whole numbers", () => {
  const ids = ["a", "b", "b", "c", "c", "c", "c", "c"];
  expect(imageCounts(ids)).toEqual({
    values: ["1", "2 to 4", "2 to 4", ...Array(5).fill("5 or more")],
    names: ["1", "2 to 4", "5 or more"],
  });
  expect(imageCounts([7, "7"], [2, 3]).values).toEqual(["2", "2"]);
  expect(() => imageCounts(ids, [1, 2])).toThrow("edges: are 1, 2");
  expect(() => imageCounts(["a", ""])).toThrow("patientIds: index 1 has no id");
});

test("formatSubgroups writes a line a subgroup, names the best, and says why a value is missing", () => {
  const few = labels.map((_, row) => (row < 10 ? "few" : "many"));
  const text = formatSubgroups(evaluate({ by: { sex, few } }));
  const lines = text.split("\n");
  expect(lines[0]).toMatch(
    /^ +samples {2}patients {2}positive {2}negative {2}auc +gap to best +gap to rest$/,
  );
  expect(lines[1]).toMatch(/^all .*\[\d\.\d{3}, \d\.\d{3}\]$/);
  expect(lines.map((line) => line.trim().split("  ")[0])).toEqual([
    "samples",
    "all",
    "sex:",
    "F",
    "M",
    "(unknown)",
    "few:",
    "few",
    "many",
    "",
    expect.stringContaining("Intervals of 95%: 50 bootstrap resamples of patients"),
  ]);
  expect(lines[3]).toContain("best");
  expect(lines[7]).toMatch(/n\/a.*fewer than 20 known samples$/);
  expect(formatSubgroups(evaluate({ resamples: 0 }))).toContain("nothing was resampled");
});
