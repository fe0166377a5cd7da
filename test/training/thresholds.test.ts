import * as tf from "@tensorflow/tfjs-core";
import ndarray from "ndarray";
import { beforeAll, describe, expect, test } from "vitest";
import { labelMatrix } from "../../src/labels/labelMatrix.js";
import type { ThresholdCriterion } from "../../src/metrics/thresholdCriterion.js";
import { contractOf, setContract } from "../../src/models/contract.js";
import { evaluatePredictions } from "../../src/training/evaluatePredictions.js";
import type { Predictions } from "../../src/training/predict.js";
import { chooseThresholds, decisions } from "../../src/training/thresholds.js";
import { thresholdWarnings } from "../../src/training/thresholdWarnings.js";
import { classes, format, logisticRegression } from "./support.js";

beforeAll(() => tf.setBackend("cpu"));

function modelOf() {
  const model = logisticRegression();
  setContract(model, { ...contractOf(model), input: format });
  return model;
}

/** Predictions with the same probability and label for both classes, one image and patient each. */
function predictionsOf(
  imageIds: readonly string[],
  rows: readonly (readonly [number, number])[],
): Predictions {
  const values = Float32Array.from(rows.flatMap(([, probability]) => [probability, probability]));
  const probabilities = ndarray(values, [rows.length, 2]);
  return {
    classes,
    logits: probabilities,
    probabilities,
    labels: labelMatrix(
      classes,
      rows.map(([label]) => [label, label]),
    ),
    studies: imageIds.map((imageId) => ({ imageId, patientId: `patient of ${imageId}` })),
    skipped: [],
  };
}

const rows = [
  [0, 0.125],
  [1, 0.25],
  [0, 0.5],
  [1, 0.75],
] as const;
const validation = predictionsOf(["a", "b", "c", "d"], rows);
const held = predictionsOf(["e", "f", "g", "h"], rows);

describe("the contract says in words how thresholds were chosen", () => {
  test.each<[ThresholdCriterion, string, number]>([
    ["youden", "youden", 0.75],
    [{ sensitivity: 0.9 }, "sensitivity >= 0.9", 0.25],
    [{ specificity: 0.5 }, "specificity >= 0.5", 0.25],
    [{ precision: 0.6 }, "precision >= 0.6", 0.25],
    [{ fBeta: 2 }, "F-beta with beta 2", 0.25],
    [
      { cost: { falsePositive: 1, falseNegative: 10 } },
      "cost of 1 per false positive and 10 per false negative",
      0.25,
    ],
    [
      { cost: { falsePositive: 1, falseNegative: 2, prevalence: 0.05 } },
      "cost of 1 per false positive and 2 per false negative at a prevalence of 0.05",
      0.75,
    ],
  ])("%j", (criterion, words, threshold) => {
    const model = modelOf();
    const chosen = chooseThresholds(model, validation, { criterion, split: "validation" });
    expect(chosen).toMatchObject({
      values: [threshold, threshold],
      criterion: words,
      chosenOn: "validation",
    });
    expect(contractOf(model).heads[0]!.thresholds).toEqual(chosen);
  });
});

test("where nothing is to be called the threshold is 2, which a file can hold, and decides 0", () => {
  const model = modelOf();
  const criterion = { cost: { falsePositive: 1, falseNegative: 0 } };
  expect(chooseThresholds(model, validation, { criterion, split: "validation" }).values).toEqual([2, 2]);
  setContract(model, JSON.parse(JSON.stringify(contractOf(model))));
  const certain = predictionsOf(["z"], [[1, 1]]);
  expect([...decisions(model, certain).values.data]).toEqual([0, 0]);
});

describe("evaluatePredictions warns", () => {
  const chosen = () => chooseThresholds(modelOf(), validation, { split: "validation" });
  const options = { resamples: 0 } as const;

  test("not when thresholds were chosen on other images: the list of warnings is there and empty", () => {
    const evaluation = evaluatePredictions(held, { ...options, thresholds: chosen(), split: "test" });
    expect(evaluation.warnings).toEqual([]);
    expect(evaluation.classes[0]).toMatchObject({ threshold: 0.75, sensitivity: 0.5, specificity: 1 });
  });

  test('"same-samples" when they were chosen on these images, in whatever order and whatever the split is called', () => {
    const { warnings } = evaluatePredictions(validation, { ...options, thresholds: chosen() });
    expect(warnings.map(({ kind }) => kind)).toEqual(["same-samples"]);
    expect(warnings[0]!.message).toContain(
      'on these very images ("validation"): sensitivity and specificity',
    );
    const reordered = predictionsOf(["c", "a", "d", "b"], rows);
    for (const split of ["test", "validation"]) {
      const again = evaluatePredictions(reordered, { ...options, thresholds: chosen(), split });
      expect(again.warnings.map(({ kind }) => kind)).toEqual(["same-samples"]);
    }
  });

  test('"same-split" when they were chosen on a split of this name, on other images of it too', () => {
    const { warnings } = evaluatePredictions(held, { ...options, thresholds: chosen(), split: "validation" });
    expect(warnings.map(({ kind }) => kind)).toEqual(["same-split"]);
    expect(warnings[0]!.message).toContain('on the split "validation", which is evaluated here');
  });

  test("also with thresholds that come from a saved contract", () => {
    const model = modelOf();
    chooseThresholds(model, validation, { split: "validation" });
    setContract(model, JSON.parse(JSON.stringify(contractOf(model))));
    const thresholds = contractOf(model).heads[0]!.thresholds!;
    expect(evaluatePredictions(validation, { ...options, thresholds }).warnings).toHaveLength(1);
    expect(evaluatePredictions(held, { ...options, thresholds }).warnings).toEqual([]);
  });

  test("not of bare numbers, which don't know where they were chosen, and not without thresholds or images", () => {
    const bare = evaluatePredictions(validation, { ...options, thresholds: [0.5, Number.NaN] });
    expect(bare.warnings).toEqual([]);
    expect(bare.classes.map(({ threshold }) => threshold)).toEqual([0.5, Number.NaN]);
    expect(evaluatePredictions(validation, options).warnings).toEqual([]);
    const none = chooseThresholds(modelOf(), predictionsOf([], []), { split: "validation" });
    expect(thresholdWarnings(none, predictionsOf([], []), "validation")).toEqual([]);
  });

  test("of thresholds written by hand, by the name of the split only", () => {
    const thresholds = { values: [0.5, 0.5], criterion: "youden", chosenOn: "validation" };
    expect(thresholdWarnings(thresholds, validation)).toEqual([]);
    expect(thresholdWarnings(thresholds, validation, "validation")).toHaveLength(1);
  });
});

test("the fingerprint tells sets of images apart, a repeated image too", () => {
  const fingerprint = (ids: string[]) =>
    chooseThresholds(
      modelOf(),
      predictionsOf(
        ids,
        ids.map(() => [1, 0.5] as const),
      ),
      { split: "x" },
    ).fingerprint;
  const sets = [["a"], ["b"], ["a", "b"], ["a", "a"], ["a", "a", "b"], ["ab"], ["1"], [], ["a", "c"]];
  expect(new Set(sets.map(fingerprint)).size).toBe(sets.length);
  expect(fingerprint(["a", "b", "c"])).toBe(fingerprint(["c", "a", "b"]));
});
