import * as tf from "@tensorflow/tfjs-core";
import ndarray from "ndarray";
import { describe, expect, test } from "vitest";
import { loadModel, saveModel } from "../../src/io/modelFiles.js";
import { labelMatrix } from "../../src/labels/labelMatrix.js";
import { fitCalibrator } from "../../src/metrics/calibrators/fitCalibrator.js";
import { contractOf } from "../../src/models/contract.js";
import { randomStream } from "../../src/random.js";
import {
  calibratedProbabilities,
  calibrateModel,
  calibrationWarnings,
} from "../../src/training/calibrate.js";
import { fit } from "../../src/training/fit.js";
import type { Predictions } from "../../src/training/predict.js";
import { fingerprintOf } from "../../src/training/samplesUsed.js";
import { sigmoid } from "../../src/training/sigmoid.js";
import { chooseThresholds, decisions } from "../../src/training/thresholds.js";
import { temporaryFolders } from "../io/temporaryFolder.js";
import { classes, logisticRegression, loss, makeSamples, memorySource } from "./support.js";

const folderOf = temporaryFolders();

/** Predictions that are too sure of themselves; the second class has no known label where `known` is false. */
function predictions(seed: number, known = true): Predictions {
  const random = randomStream(seed);
  const rows = 60;
  const logits = Float32Array.from({ length: 2 * rows }, () => 3 * random.normal());
  const labels = labelMatrix(
    classes,
    Array.from({ length: rows }, (_, r) => [
      Number(random.uniform() < sigmoid(0.4 * logits[2 * r]! - 1)),
      known ? Number(random.uniform() < sigmoid(0.5 * logits[2 * r + 1]!)) : Number.NaN,
    ]),
  );
  return {
    classes,
    labels,
    logits: ndarray(logits, [rows, 2]),
    probabilities: ndarray(logits.map(sigmoid), [rows, 2]),
    studies: Array.from({ length: rows }, (_, r) => ({ imageId: `${seed}-${r}`, patientId: `${seed}-${r}` })),
    skipped: [],
  };
}

describe("calibrateModel", () => {
  test("fits on the logits and writes the calibration and its split into the contract", () => {
    const model = logisticRegression();
    const validation = predictions(1);
    const calibration = calibrateModel(model, validation, { method: "platt", split: "validation" });
    expect(calibration).toEqual({
      ...fitCalibrator(validation.labels, { logits: validation.logits }, { method: "platt" }),
      fittedOn: "validation",
      fingerprint: fingerprintOf(validation.studies),
    });
    expect(contractOf(model).heads[0]!.calibration).toEqual(calibration);
    model.dispose();
  });

  test("leaves probabilities, thresholds and decisions as they are", () => {
    const model = logisticRegression();
    const validation = predictions(1);
    const thresholds = chooseThresholds(model, validation, { split: "validation" });
    const before = decisions(model, validation).values.data;
    calibrateModel(model, validation, { method: "beta", split: "validation" });
    expect(contractOf(model).heads[0]!.thresholds).toEqual(thresholds);
    expect(decisions(model, validation).values.data).toEqual(before);
    chooseThresholds(model, validation, { split: "validation" });
    expect(contractOf(model).heads[0]!.calibration?.method).toBe("beta");
    model.dispose();
  });

  test("refuses predictions of other classes", () => {
    const model = logisticRegression();
    const other = { ...predictions(1), classes: ["Mass", "Edema"] };
    expect(() => calibrateModel(model, other, { method: "platt", split: "validation" })).toThrow("classes");
    model.dispose();
  });

  test("is undone by training the model again", async () => {
    const model = logisticRegression();
    calibrateModel(model, predictions(1), { method: "platt", split: "validation" });
    await fit(model, {
      training: memorySource({ samples: makeSamples(8, 1) }),
      loss,
      epochs: 1,
      learningRate: 0.1,
    });
    expect(contractOf(model).heads[0]).not.toHaveProperty("calibration");
    model.dispose();
  });
});

describe("calibratedProbabilities", () => {
  test("come from the logits, shape [samples, classes], and leave no tensor", () => {
    const model = logisticRegression();
    calibrateModel(model, predictions(1), { method: "platt", split: "validation" });
    const tensors = tf.memory().numTensors;
    const test = predictions(2);
    const { classes: names, values } = calibratedProbabilities(model, test);
    expect(names).toEqual(classes);
    expect(values.shape).toEqual([60, 2]);
    const { map } = contractOf(model).heads[0]!.calibration!.perClass[1]!;
    if (map.kind !== "platt") throw new Error(map.kind);
    const wanted = 1 / (1 + Math.exp(-(map.slope * test.logits.get(7, 1) + map.intercept)));
    expect(values.get(7, 1)).toBeCloseTo(wanted, 12);
    expect(tf.memory().numTensors).toBe(tensors);
    model.dispose();
  });

  test.each(["temperature", "platt", "isotonic", "beta"] as const)(
    "are the same after saving and loading, with a class that could not be fitted: %s",
    async (method) => {
      const model = logisticRegression();
      const calibration = calibrateModel(model, predictions(1, false), { method, split: "validation" });
      if (method !== "temperature") {
        expect(calibration.perClass[1]!.map).toEqual({ kind: "identity", because: "no-known-label" });
      }
      const folder = folderOf({});
      await saveModel(model, folder);
      const loaded = await loadModel(folder);
      expect(contractOf(loaded).heads[0]!.calibration).toEqual(calibration);
      const test = predictions(2);
      expect(calibratedProbabilities(loaded, test)).toEqual(calibratedProbabilities(model, test));
      model.dispose();
      loaded.dispose();
    },
  );

  test("ask for a calibration where there is none", () => {
    const model = logisticRegression();
    expect(() => calibratedProbabilities(model, predictions(1))).toThrow("calibrateModel");
    model.dispose();
  });
});

test("a calibration warns when it is evaluated on what it was fitted on, by images or by name of the split", () => {
  const model = logisticRegression();
  const validation = predictions(1);
  const calibration = calibrateModel(model, validation, { method: "platt", split: "validation" });
  const kinds = (of: Predictions, split?: string) =>
    calibrationWarnings(calibration, of, split).map(({ kind }) => kind);
  expect(kinds({ ...validation, studies: [...validation.studies].reverse() })).toEqual(["same-samples"]);
  expect(kinds(predictions(2), "validation")).toEqual(["same-split"]);
  expect(kinds(predictions(2), "test")).toEqual([]);
  expect(kinds({ ...validation, studies: [] }, "validation")).toEqual([]);
  model.dispose();
});
