import * as tf from "@tensorflow/tfjs-core";
import ndarray from "ndarray";
import { beforeAll, describe, expect, it } from "vitest";
import { labelMatrix } from "../../src/labels/labelMatrix.js";
import { calibrationError } from "../../src/metrics/calibrationError.js";
import { rocAuc } from "../../src/metrics/rocCurve.js";
import { contractOf, setContract } from "../../src/models/contract.js";
import { combineRuns } from "../../src/training/combineRuns.js";
import { evaluateRuns } from "../../src/training/evaluateRuns.js";
import { formatRuns } from "../../src/training/formatRuns.js";
import { predict } from "../../src/training/predict.js";
import { predictRuns } from "../../src/training/predictRuns.js";
import { format, logisticRegression, makeSamples, memorySource } from "./support.js";

beforeAll(() => tf.setBackend("cpu"));

const samples = makeSamples(10, 3);

function model(factor: number) {
  const made = logisticRegression([1, 0, 0, 1, 0, -1, 0.5, 0].map((weight) => weight * factor));
  setContract(made, { ...contractOf(made), input: format });
  return made;
}

/** A run of two classes with the given probabilities. */
function run(
  rows: readonly (readonly number[])[],
  labels: readonly (readonly number[])[],
  classes = ["a", "b"],
) {
  return {
    classes,
    labels: labelMatrix(classes, labels),
    studies: rows.map((_, i) => ({ imageId: `i${i}` })),
    probabilities: ndarray(Float32Array.from(rows.flat()), [rows.length, classes.length]),
  };
}

const labels = [
  [1, 0],
  [0, Number.NaN],
];

describe("combineRuns", () => {
  it("gives mean and sample standard deviation (divisor n - 1) of each sample and class", () => {
    const { meanProbabilities, standardDeviations, runs } = combineRuns([
      run([[0.25, 0.5], [0, 1]], labels), // biome-ignore format: a matrix
      run([[0.5, 0.5], [0.5, 1]], labels), // biome-ignore format: a matrix
      run([[0.75, 0.5], [0.25, 0]], labels), // biome-ignore format: a matrix
    ]);
    expect(runs).toHaveLength(3);
    expect([...meanProbabilities.data]).toEqual([0.5, 0.5, 0.25, Math.fround(2 / 3)]);
    expect([...standardDeviations.data]).toEqual([0.25, 0, 0.25, Math.fround(Math.sqrt(1 / 3))]);
  });

  it("has no standard deviation of one run: NaN, not 0", () => {
    const one = run([[0.25, 0.5], [0, 1]], labels); // biome-ignore format: a matrix
    const { meanProbabilities, standardDeviations } = combineRuns([one]);
    expect([...meanProbabilities.data]).toEqual([0.25, 0.5, 0, 1]);
    expect([...standardDeviations.data]).toEqual(new Array(4).fill(Number.NaN));
  });

  it("refuses runs of other samples, classes or labels, and none", () => {
    const rows = [
      [0, 1],
      [1, 0],
    ];
    const first = run(rows, labels);
    const message = (other: typeof first) => {
      try {
        combineRuns([first, other]);
      } catch (error) {
        return String(error);
      }
      return undefined;
    };
    expect(message(run(rows, labels, ["b", "a"]))).toMatch(/runs\[1\]: has the classes b, a/);
    expect(message(run(rows.slice(1), labels.slice(1)))).toMatch(
      /1 samples where the first run has 2 \("i1"/,
    );
    expect(message({ ...first, studies: [...first.studies].reverse() })).toMatch(/"i1" as sample 0/);
    expect(message(run(rows, [[1, 0], [0, 1]]))).toMatch(/another label than the first run for "i1"/); // biome-ignore format: a matrix
    expect(message({ ...first, probabilities: ndarray(new Float32Array(2), [1, 2]) })).toMatch(
      /shape \[1,2\]/,
    );
    expect(message({ ...first, labels: labelMatrix(["a", "b"], labels) })).toBeUndefined();
    expect(() => combineRuns([])).toThrow(/at least one run/);
  });
});

describe("predictRuns", () => {
  it("gives what predict gives for each model, and keeps the models that it was given", async () => {
    const source = memorySource({ samples });
    const models = [model(1), model(2)];
    const before = tf.memory().numTensors;
    const { runs, meanProbabilities, classes, studies } = await predictRuns(models, source);
    expect(tf.memory().numTensors).toBe(before);
    for (const [r, made] of models.entries()) {
      const alone = await predict(made, source);
      expect(runs[r]!.probabilities.data).toEqual(alone.probabilities.data);
      expect({ classes, studies }).toEqual({ classes: alone.classes, studies: alone.studies });
    }
    const [a, b] = runs.map(({ probabilities }) => probabilities.get(3, 1));
    expect(meanProbabilities.get(3, 1)).toBe(Math.fround((a! + b!) / 2));
    for (const made of models) made.dispose();
  });

  it("loads one model at a time and frees it, also when predicting fails", async () => {
    const source = memorySource({ samples });
    let loaded = 0;
    const before = tf.memory().numTensors;
    const load = async () => {
      expect(tf.memory().numTensors).toBe(before);
      loaded++;
      return model(loaded);
    };
    const seen: string[] = [];
    await predictRuns([{ load }, { load }], source, {
      onBatch: ({ run, runs, batch, batches }) => void seen.push(`${run}/${runs} ${batch}/${batches}`),
    });
    expect(loaded).toBe(2);
    expect(seen).toEqual(["1/2 1/3", "1/2 2/3", "1/2 3/3", "2/2 1/3", "2/2 2/3", "2/2 3/3"]);
    const foreign = memorySource({ samples, classes: ["Edema", "Other"] });
    await expect(predictRuns([{ load }], foreign)).rejects.toMatchObject({ code: "model" });
    expect(tf.memory().numTensors).toBe(before);
  });

  it("refuses runs that saw other samples, as when an image could be read only once", async () => {
    const broken: string[] = [];
    const source = memorySource({ samples, broken });
    const first = { load: async () => model(1) };
    const second = {
      load: async () => {
        broken.push("image-2");
        return model(2);
      },
    };
    const runs = predictRuns([first, second], source);
    await expect(runs).rejects.toThrow(/9 samples where the first run has 10 \("image-2" is in one/);
  });

  it("stops with the signal's reason", async () => {
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(predictRuns([model(1)], memorySource({ samples }), { signal })).rejects.toThrow("enough");
  });
});

const many = {
  labels: [[1, 0], [0, 0], [1, 0], [0, Number.NaN], [1, 0]], // biome-ignore format: a matrix
  probabilities: [
    [[0.9, 0.1], [0.2, 0.1], [0.8, 0.3], [0.3, 0.3], [0.7, 0.2]], // biome-ignore format: a matrix
    [[0.9, 0.1], [0.85, 0.1], [0.8, 0.3], [0.3, 0.3], [0.7, 0.2]], // biome-ignore format: a matrix
    [[0.1, 0.1], [0.85, 0.1], [0.8, 0.3], [0.3, 0.3], [0.7, 0.2]], // biome-ignore format: a matrix
  ],
};
const experiment = combineRuns(many.probabilities.map((rows) => run(rows, many.labels)));

describe("evaluateRuns", () => {
  const evaluation = evaluateRuns(experiment);
  const columnOf = (r: number, c: number) => many.probabilities[r]!.map((row) => Math.fround(row[c]!));
  const known = many.labels.map((row) => row[0]!);

  it("keeps the values of the runs, with their mean and sample standard deviation", () => {
    const { auc, calibrationError: error } = evaluation.classes[0]!;
    const aucs = [0, 1, 2].map((r) => rocAuc(known, columnOf(r, 0)));
    expect(auc.values).toEqual(aucs);
    expect(auc.mean).toBeCloseTo((aucs[0]! + aucs[1]! + aucs[2]!) / 3, 12);
    const squares = aucs.reduce((sum, value) => sum + (value - auc.mean) ** 2, 0);
    expect(auc.standardDeviation).toBeCloseTo(Math.sqrt(squares / 2), 12);
    expect(error.values).toEqual([0, 1, 2].map((r) => calibrationError(known, columnOf(r, 0))));
    expect(evaluation).toMatchObject({ runs: 3, samples: 5 });
  });

  it("leaves the AUC of a class with one kind of label NaN, names it, and takes no part of it into the mean", () => {
    const { auc, brier } = evaluation.classes[1]!;
    expect(auc).toMatchObject({
      values: new Array(3).fill(Number.NaN),
      mean: Number.NaN,
      standardDeviation: Number.NaN,
    });
    expect(brier.standardDeviation).toBe(0);
    expect(evaluation.undefinedClasses).toEqual(["b"]);
    expect(evaluation.macro.auc).toEqual(evaluation.classes[0]!.auc);
  });

  it("bins calibration as it is told", () => {
    const { classes } = evaluateRuns(experiment, { bins: 2, binning: "equal-mass" });
    expect(classes[0]!.calibrationError.values[0]).toBe(
      calibrationError(known, columnOf(0, 0), { bins: 2, binning: "equal-mass" }),
    );
  });
});

describe("formatRuns", () => {
  it("writes mean (sample standard deviation) in percent, n/a where it is undefined", () => {
    const single = evaluateRuns(combineRuns([run(many.probabilities[0]!, many.labels)]));
    expect(formatRuns({ "pathology model": evaluateRuns(experiment), single })).toBe(
      [
        "                 a            b    mean",
        "pathology model  66.7 (33.3)  n/a  66.7 (33.3)",
        "single           100.0 (n/a)  n/a  100.0 (n/a)",
      ].join("\n"),
    );
    expect(formatRuns({ x: evaluateRuns(experiment) }, { metric: "brier", digits: 2 })).toMatch(
      /\d\.\d\d \(0\.00\)/,
    );
  });

  it("writes the runs' values, or the interval of their mean by Student's distribution, if asked", () => {
    const one = evaluateRuns(experiment);
    const { values, lower, upper } = one.classes[0]!.auc;
    const percent = (value: number) => (100 * value).toFixed(1);
    expect(formatRuns({ x: one }, { show: "values" }).split("\n")[1]).toContain(
      `66.7 (${values.map(percent).join(", ")})  n/a (n/a, n/a, n/a)`,
    );
    expect(formatRuns({ x: one }, { show: "interval" }).split("\n")[1]).toContain(
      `66.7 [${percent(lower)}, ${percent(upper)}]  n/a`,
    );
    expect(lower).toBeCloseTo(2 / 3 - 4.302652729911275 / 3 / Math.sqrt(3), 9);
  });

  it("writes one line a class and one column a metric of a single experiment", () => {
    const lines = formatRuns(evaluateRuns(experiment)).split("\n");
    expect(lines[0]).toBe("class  AUC          avg. precision  Brier        calibration error");
    expect(lines.map((line) => line.split(/ +/)[0])).toEqual(["class", "a", "b", "mean"]);
    expect(lines[1]).toMatch(/^a {6}66\.7 \(33\.3\) {2}\d/);
    expect(lines[2]).toMatch(/^b {6}n\/a {10}n\/a/);
  });

  it("refuses experiments of other classes", () => {
    const other = evaluateRuns(combineRuns([run(many.probabilities[0]!, many.labels, ["a", "c"])]));
    expect(() => formatRuns({ x: evaluateRuns(experiment), other })).toThrow(/evaluations\["other"\]/);
  });
});
