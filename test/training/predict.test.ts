import * as tf from "@tensorflow/tfjs-core";
import ndarray from "ndarray";
import { beforeAll, describe, expect, test } from "vitest";
import { labelMatrix } from "../../src/labels/labelMatrix.js";
import { contractOf, setContract } from "../../src/models/contract.js";
import { evaluatePredictions } from "../../src/training/evaluatePredictions.js";
import type { Predictions } from "../../src/training/predict.js";
import { predict } from "../../src/training/predict.js";
import { chooseThresholds, decisions } from "../../src/training/thresholds.js";
import {
  classes,
  convolutional,
  format,
  giveContract,
  logisticRegression,
  ModeSpy,
  makeBatch,
  makeSamples,
  memorySource,
  weightsOf,
} from "./support.js";

beforeAll(() => tf.setBackend("cpu"));

const kernel = [1, 0, 0, -1, 0, 2, 0.5, 0]; // logits: a + d / 2 and 2 c - b for pixels a, b, c, d

function trained(model = logisticRegression(kernel)) {
  setContract(model, { ...contractOf(model), input: format });
  return model;
}

describe("predict", () => {
  test("gives logits, their sigmoids, labels and studies of all batches, row by row", async () => {
    const samples = makeSamples(10, 1);
    const told: unknown[] = [];
    const source = memorySource({ samples, batchSize: 4, broken: ["image-3"] });
    const predictions = await predict(trained(), source, { onBatch: (progress) => void told.push(progress) });
    expect(predictions.classes).toEqual(classes);
    expect(predictions.logits.shape).toEqual([9, 2]);
    expect(predictions.labels.values.shape).toEqual([9, 2]);
    predictions.studies.forEach(({ imageId }, row) => {
      const { pixels, labels } = samples[Number(imageId.slice("image-".length))]!;
      const [a, b, c, d] = pixels as [number, number, number, number];
      [a + d / 2, 2 * c - b].forEach((logit, column) => {
        expect(predictions.logits.get(row, column)).toBeCloseTo(logit, 5);
        expect(predictions.probabilities.get(row, column)).toBeCloseTo(1 / (1 + Math.exp(-logit)), 5);
        expect(predictions.labels.values.get(row, column)).toBe(labels[column]);
      });
    });
    expect(predictions.studies.map(({ imageId }) => imageId)).not.toContain("image-3");
    expect(predictions.skipped.map(({ imageId }) => imageId)).toEqual(["image-3"]);
    expect(told).toEqual([1, 2, 3].map((batch) => ({ batch, batches: 3 })));
  });

  test("a huge logit has a probability of 0 or 1, not NaN", async () => {
    const samples = [{ pixels: [10, 0, -10, 0], labels: [1, 0] }];
    const huge = trained(logisticRegression([200, 0, 0, 0, 0, 200, 0, 0]));
    const { probabilities } = await predict(huge, memorySource({ samples }));
    expect([probabilities.get(0, 0), probabilities.get(0, 1)]).toEqual([1, 0]);
  });

  test("runs in inference mode and changes no weight; batching does not matter", async () => {
    const spy = new ModeSpy();
    const model = trained(convolutional(2, [spy]));
    spy.modes.length = 0;
    const before = await weightsOf(model);
    const samples = makeSamples(10, 1);
    const small = await predict(model, memorySource({ samples, batchSize: 3 }));
    const large = await predict(model, memorySource({ samples, batchSize: 10 }));
    expect(spy.modes).toEqual([false, false, false, false, false]);
    expect(await weightsOf(model)).toEqual(before);
    expect(small.logits.data).toEqual(large.logits.data);
  });

  test("takes one batch made by hand, with labels unknown; images may be a view", async () => {
    const pixels = Float32Array.of(9, 9, 9, 9, 1, 2, 3, 4);
    const predictions = await predict(trained(), [
      {
        images: ndarray(pixels, [2, 2, 2, 1]).lo(1),
        labels: labelMatrix(classes, [[Number.NaN, Number.NaN]]),
        studies: [{ imageId: "upload", patientId: "unknown" }],
      },
    ]);
    expect([...predictions.logits.data]).toEqual([3, 4]);
    expect(predictions.labels.values.get(0, 0)).toBeNaN();
    expect(predictions.skipped).toEqual([]);
  });

  test("no batches give no rows", async () => {
    const predictions = await predict(trained(), []);
    expect(predictions.logits.shape).toEqual([0, 2]);
    expect(predictions.probabilities.shape).toEqual([0, 2]);
    expect(predictions.studies).toEqual([]);
  });

  test("an abort ends it with the signal's reason, before the first batch too", async () => {
    const reason = new Error("enough");
    const source = memorySource({ samples: makeSamples(8, 1) });
    const aborted = AbortSignal.abort(reason);
    await expect(predict(trained(), source, { signal: aborted })).rejects.toBe(reason);
    await expect(predict(trained(), [makeBatch(makeSamples(4, 1), [0])], { signal: aborted })).rejects.toBe(
      reason,
    );
  });
});

/** Predictions with the given probabilities of Edema; Mass has the label 1 throughout. */
function predictionsOf(rows: readonly (readonly [label: number, probability: number])[]): Predictions {
  const probabilities = ndarray(
    Float32Array.from(rows.flatMap(([, probability]) => [probability, probability])),
    [rows.length, 2],
  );
  return {
    classes,
    logits: probabilities,
    probabilities,
    labels: labelMatrix(
      classes,
      rows.map(([label]) => [label, 1]),
    ),
    studies: rows.map((_, i) => ({ imageId: `${i}`, patientId: `${i >> 1}` })),
    skipped: [],
  };
}

describe("thresholds", () => {
  const validation = predictionsOf([
    [0, 0.125],
    [0, 0.25],
    [1, 0.375],
    [Number.NaN, 0.3125],
    [0, 0.5],
    [1, 0.75],
    [1, 0.875],
  ]);

  test("are chosen by class, written into the contract with their split, and NaN for a one-class column", () => {
    const model = trained();
    // Youden at 0.375: 3 of 3 found, 2 of 3 left alone; at 0.75: 2 of 3 and 3 of 3. The highest of equals wins.
    const chosen = chooseThresholds(model, validation, { split: "validation" });
    expect(chosen).toMatchObject({ values: [0.75, Number.NaN], criterion: "youden", chosenOn: "validation" });
    expect(contractOf(model).heads[0]!.thresholds).toEqual(chosen);
    expect(
      chooseThresholds(model, validation, { criterion: { sensitivity: 0.9 }, split: "tuning" }),
    ).toMatchObject({
      values: [0.375, Number.NaN],
      criterion: "sensitivity >= 0.9",
      chosenOn: "tuning",
    });
  });

  test("decide 1 at or above, 0 below, NaN without a threshold, also after a way through JSON", () => {
    const model = trained();
    chooseThresholds(model, validation, { split: "validation" });
    const test = predictionsOf([
      [0, 0.7499],
      [1, 0.75],
      [0, 0.76],
    ]);
    const decided = [0, Number.NaN, 1, Number.NaN, 1, Number.NaN];
    expect([...decisions(model, test).values.data]).toEqual(decided);
    setContract(model, JSON.parse(JSON.stringify(contractOf(model))));
    expect([...decisions(model, test).values.data]).toEqual(decided);
  });

  test("that were not chosen, or for other classes, are a ModelError", () => {
    expect(() => decisions(trained(), validation)).toThrow("no thresholds for 2 classes");
    const other = { ...validation, classes: ["Mass", "Edema"] };
    expect(() => chooseThresholds(trained(), other, { split: "validation" })).toThrow(
      "the list of predictions has",
    );
    expect(() => decisions(trained(), other)).toThrow("the list of predictions has");
    const two = trained();
    giveContract(two, [classes, ["Drain"]]);
    expect(() => decisions(two, validation)).toThrow("say which one, by predictions.head");
    expect(chooseThresholds(two, { ...validation, head: "head0" }, { split: "validation" }).values[0]).toBe(
      0.75,
    );
    expect(contractOf(two).heads.map(({ thresholds }) => thresholds !== undefined)).toEqual([true, false]);
  });
});

test("evaluatePredictions groups by patient", () => {
  const evaluation = evaluatePredictions(
    predictionsOf([
      [0, 0.125],
      [1, 0.25],
      [0, 0.375],
      [1, 0.5],
    ]),
    { resamples: 20 },
  );
  expect(evaluation).toMatchObject({ samples: 4, patients: 2 });
  expect(evaluation.classes[0]!.auc.value).toBe(0.75); // 3 of 4 pairs in order
});
