import * as tf from "@tensorflow/tfjs-core";
import {
  model as functional,
  input,
  type LayersModel,
  layers,
  type SymbolicTensor,
} from "@tensorflow/tfjs-layers";
import ndarray from "ndarray";
import { beforeAll, describe, expect, test } from "vitest";
import "@tensorflow/tfjs-backend-cpu";
import { useBackend } from "../../src/backends/useBackend.js";
import "../../src/backends/onnx-entry.js";
import { labelMatrix } from "../../src/labels/labelMatrix.js";
import { weightedBinaryCrossentropy } from "../../src/losses/weightedBinaryCrossentropy.js";
import { artifactsOfModel } from "../../src/models/artifactsOfModel.js";
import { contractOf, setContract } from "../../src/models/contract.js";
import { openModel } from "../../src/models/openModel.js";
import { type QuantizationOptions, quantizeArtifacts } from "../../src/models/quantizeArtifacts.js";
import { simpleCnn } from "../../src/models/simpleCnn.js";
import { phantomDataset } from "../../src/phantom/phantomDataset.js";
import type { Batch } from "../../src/training/batch.js";
import { compareModels } from "../../src/training/compareModels.js";
import { datasetBatches } from "../../src/training/datasetBatches.js";
import { fit } from "../../src/training/fit.js";

beforeAll(() => tf.setBackend("cpu"));

/** Logits: of "Edema" and "Mass" the first pixel times the factors; of "Lungs" each pixel times the last one, plus 0. */
function linear(edema: number, mass: number, lungs: number): LayersModel {
  const image = input({ shape: [1, 2, 1] });
  const flat = layers.flatten().apply(image) as SymbolicTensor;
  const labels = layers.dense({ name: "findings", units: 2 });
  const maps = layers.conv2d({ name: "masks", filters: 1, kernelSize: 1 });
  const outputs = [labels.apply(flat), maps.apply(image)] as SymbolicTensor[];
  tf.tidy(() => {
    labels.setWeights([tf.tensor2d([edema, mass, 0, 0], [2, 2]), tf.zeros([2])]);
    maps.setWeights([tf.tensor4d([lungs], [1, 1, 1, 1]), tf.zeros([1])]);
  });
  const built = functional({ inputs: image, outputs });
  setContract(built, {
    version: 1,
    architecture: "linear",
    heads: [
      { name: "findings", classes: ["Edema", "Mass"], output: "logits" },
      { name: "masks", kind: "segmentation", classes: ["Lungs"], output: "logits" },
    ],
    input: { height: 1, width: 2, channels: 1, normalization: { method: "unit" }, range: [-10, 10] },
  });
  return built;
}

const batch = (pixels: readonly (readonly [number, number])[], masks: readonly number[]): Batch => ({
  images: ndarray(Float32Array.from(pixels.flat()), [pixels.length, 1, 2, 1]),
  labels: labelMatrix(
    ["Edema", "Mass"],
    pixels.map(([first]) => [first === 1 ? Number.NaN : Number(first > 0), Number(first > 0)]),
  ),
  masks: ndarray(Float32Array.from(masks), [pixels.length, 1, 2, 1]),
  maskNames: ["Lungs"],
  studies: pixels.map(([first], i) => ({ imageId: `${first} ${i}`, patientId: `${first} ${i}` })),
});

const batches = [
  batch(
    [
      [1, -1],
      [-2, 3],
    ],
    [1, 0, 0, 0],
  ),
  batch([[0.5, 1]], [Number.NaN, Number.NaN]),
];
const sigmoid = (logit: number) => 1 / (1 + Math.exp(-logit));

describe("compareModels", () => {
  test("gives the greatest and mean absolute difference of logits and probabilities, per head", async () => {
    const [a, b] = [linear(1, 2, 1), linear(1.5, 2, -1)];
    const before = tf.memory().numTensors;
    const seen: number[] = [];
    const { samples, heads } = await compareModels(a, b, batches, {
      onBatch: (progress) => void seen.push(progress.batch),
    });
    expect(tf.memory().numTensors).toBe(before);
    expect(samples).toBe(3);
    expect(seen).toEqual([1, 2]);
    const [findings, masks] = heads;
    // Edema differs by half the first pixel, 1, -2 and 0.5; Mass does not.
    expect(findings!.logits.greatest).toBeCloseTo(1, 6);
    expect(findings!.logits.mean).toBeCloseTo((0.5 + 1 + 0.25) / 6, 6);
    const spread = [1, -2, 0.5].map((x) => Math.abs(sigmoid(x) - sigmoid(1.5 * x)));
    expect(findings!.probabilities.greatest).toBeCloseTo(Math.max(...spread), 6);
    expect(findings!.probabilities.mean).toBeCloseTo(spread.reduce((sum, x) => sum + x) / 6, 6);
    // Pixels 1, -1, -2, 3, 0.5, 1 times 1 or -1.
    expect(masks!.logits.greatest).toBeCloseTo(6, 6);
    expect(masks!.logits.mean).toBeCloseTo((2 * 8.5) / 6, 6);
  });

  test("counts equal decisions at the thresholds given, else the first contract's, else 0.5; NaN decides nothing", async () => {
    const [a, b] = [linear(1, 2, 1), linear(1.5, -2, 1)];
    const plain = await compareModels(a, b, batches);
    expect(plain.heads[0]!.decisions).toEqual({ thresholds: [0.5, 0.5], perClass: [1, 0], overall: 0.5 });
    // sigmoid(1) = 0.73 and sigmoid(1.5) = 0.82, sigmoid(0.5) = 0.62 and sigmoid(0.75) = 0.68, on both sides of 0.8 and 0.65.
    const given = await compareModels(a, b, batches, { thresholds: { findings: [0.8, Number.NaN] } });
    expect(given.heads[0]!.decisions.perClass[0]).toBeCloseTo(2 / 3, 12);
    expect(given.heads[0]!.decisions.perClass[1]).toBeNaN();
    expect(given.heads[0]!.decisions.overall).toBeCloseTo(2 / 3, 12);
    const [head, mask] = contractOf(a).heads;
    const thresholds = { values: [0.65, 0.5], criterion: "youden", chosenOn: "validation" };
    setContract(a, { ...contractOf(a), heads: [{ ...head!, thresholds }, mask!] });
    const chosen = await compareModels(a, b, batches);
    expect(chosen.heads[0]!.decisions.thresholds).toEqual([0.65, 0.5]);
    expect(chosen.heads[0]!.decisions.perClass[0]).toBeCloseTo(2 / 3, 12);
  });

  test("sets metrics of both side by side: unknown labels count in none", async () => {
    const { heads } = await compareModels(linear(1, 2, 1), linear(1, -2, 1), batches);
    const { first, second } = heads[0]!.metrics!;
    expect(first.classes.map(({ auc }) => auc.value)).toEqual([1, 1]);
    expect(second.classes.map(({ auc }) => auc.value)).toEqual([1, 0]);
    expect(first.classes.map(({ unknown }) => unknown)).toEqual([1, 0]);
    expect(second.classes[1]!.brier).toBeCloseTo(
      (sigmoid(-2) - 1) ** 2 / 3 + sigmoid(4) ** 2 / 3 + (sigmoid(-1) - 1) ** 2 / 3,
      6,
    );
    expect(heads[0]!.overlap).toBeUndefined();
  });

  test("gives the mean Dice coefficient over images with a known mask, and over those with one that is not empty", async () => {
    const { heads } = await compareModels(linear(1, 2, 1), linear(1, 2, -1), batches);
    // Masks 10, 00 and unknown; the first model finds 10, 01, the second 01, 10.
    const { first, second } = heads[1]!.overlap!;
    expect(first).toEqual([{ name: "Lungs", images: 2, dice: 0.5, positives: 1, diceOfPositives: 1 }]);
    expect(second).toEqual([{ name: "Lungs", images: 2, dice: 0, positives: 1, diceOfPositives: 0 }]);
    const { masks, maskNames, ...bare } = batches[0]!;
    const unknown = await compareModels(linear(1, 2, 1), linear(1, 2, -1), [bare]);
    expect(unknown.heads[1]!.overlap).toBeUndefined();
  });

  test("gives NaN for no batch", async () => {
    const { samples, heads } = await compareModels(linear(1, 2, 1), linear(1, 2, 1), []);
    expect(samples).toBe(0);
    expect(heads[0]!.logits).toEqual({ greatest: Number.NaN, mean: Number.NaN });
    expect(heads[0]!.decisions.overall).toBeNaN();
  });

  test("refuses models of two contracts, and thresholds that fit no head", async () => {
    const [a, b] = [linear(1, 2, 1), linear(1, 2, 1)];
    for (const thresholds of [{ findings: [0.5] }, { absent: [0.5] }]) {
      await expect(compareModels(a, b, batches, { thresholds })).rejects.toMatchObject({ code: "argument" });
    }
    const { normalization, ...rest } = contractOf(b).input;
    setContract(b, { ...contractOf(b), input: rest });
    await expect(compareModels(a, b, batches)).rejects.toMatchObject({ code: "model", subject: "input" });
    setContract(b, { ...contractOf(b), heads: contractOf(a).heads.slice(0, 1) });
    await expect(compareModels(a, b, batches)).rejects.toMatchObject({ code: "model", subject: "heads" });
  });

  test("ends with the signal's reason", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const comparing = compareModels(linear(1, 2, 1), linear(1, 2, 1), batches, {
      signal: controller.signal,
      onBatch: () => controller.abort(reason),
    });
    await expect(comparing).rejects.toBe(reason);
  });
});

describe("a model trained on phantoms", () => {
  test("loses less than 0.01 of its AUC when its weights become halves, bytes by channel, or bytes, each less exact than the one before", async () => {
    await useBackend("onnx");
    const data = (seed: number, patients: number) =>
      phantomDataset({
        patients,
        seed,
        size: 32,
        findings: ["Effusion"],
        imagesPerPatient: [1, 1],
        prevalence: 0.5,
      });
    const source = (seed: number, patients: number, shuffle: boolean) =>
      datasetBatches(data(seed, patients), { size: 32, batchSize: 16, shuffle, seed });
    const model = simpleCnn({
      filters: [8, 16, 16],
      kernelSize: 3,
      padding: "same",
      height: 32,
      width: 32,
      classes: ["Effusion"],
      momentum: 0.9,
      dropout: 0,
      seed: 1,
    });
    await fit(model, {
      training: source(1, 160, true),
      loss: weightedBinaryCrossentropy(),
      epochs: 6,
      learningRate: 3e-3,
    });
    const test = source(2, 120, false);
    const whole = await artifactsOfModel(model);
    const errors: number[] = [];
    for (const options of [
      { method: "float16" },
      { method: "uint8", perChannel: true },
      { method: "uint8" },
    ] satisfies QuantizationOptions[]) {
      const { artifacts, report } = quantizeArtifacts(whole, options);
      const small = await openModel({ load: async () => artifacts });
      const { heads } = await compareModels(model, small, test);
      const [head] = heads;
      const { first, second } = head!.metrics!;
      const before = first.classes[0]!.auc.value;
      expect(before).toBeGreaterThan(0.8);
      expect(second.classes[0]!.auc.value).toBeGreaterThan(before - 0.01);
      expect(head!.decisions.overall).toBeGreaterThan(0.95);
      expect(head!.logits.mean).toBeGreaterThan(0);
      errors.push(report.weights.reduce((sum, { meanError }) => sum + meanError, 0));
      small.dispose();
    }
    expect(errors[0]).toBeLessThan(errors[1]!);
    expect(errors[1]).toBeLessThan(errors[2]!);
    model.dispose();
    await tf.setBackend("cpu");
  }, 180_000);
});
