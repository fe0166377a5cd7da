import * as tf from "@tensorflow/tfjs-core";
import ndarray from "ndarray";
import { beforeAll, describe, expect, test } from "vitest";
import type { InputFormat } from "../../src/images/inputFormat.js";
import type { Normalization } from "../../src/images/normalization.js";
import { contractOf, setContract } from "../../src/models/contract.js";
import type { Batch } from "../../src/training/batch.js";
import { fit } from "../../src/training/fit.js";
import { predict } from "../../src/training/predict.js";
import {
  format,
  logisticRegression,
  loss,
  makeBatch,
  makeSamples,
  memorySource,
  weightsOf,
} from "./support.js";

beforeAll(() => tf.setBackend("cpu"));

function trained(normalization: Normalization, range?: readonly [number, number]) {
  const model = logisticRegression();
  const contract = contractOf(model);
  setContract(model, { ...contract, input: { ...contract.input, normalization, ...(range && { range }) } });
  return model;
}

/** Two images of four pixels: a sound one, and the one in question. */
function batchOf(sound: readonly number[], pixels: readonly number[]): Batch {
  const batch = makeBatch(makeSamples(2, 1), [0, 1]);
  return { ...batch, images: ndarray(Float32Array.from([...sound, ...pixels]), [2, 2, 2, 1]) };
}

describe("images outside the range that the contract states are a ModelError that names the image", () => {
  const statistics: Normalization = { method: "statistics", mean: 0.5, standardDeviation: 0.25 };

  test.each<[string, Normalization, readonly number[], readonly number[]]>([
    ["unit pixels lie in [0, 1]: not 0 to 255", { method: "unit" }, [0, 1, 0.5, 0.2], [0, 255, 12, 100]],
    ["nor below 0", { method: "unit" }, [0, 1, 0.5, 0.2], [-0.1, 0, 0, 0]],
    [
      "statistics put them in [-mean, 1 - mean] / standard deviation",
      statistics,
      [-2, 2, 0, 1],
      [0, 1, 2.1, 0],
    ],
    ["an image of its own has mean 0", { method: "per-image" }, [1, -1, 1, -1], [2, 0, 2, 0]],
    ["and standard deviation 1", { method: "per-image" }, [1, -1, 1, -1], [3, -3, 3, -3]],
  ])("%s", async (_, normalization, sound, pixels) => {
    const model = trained(normalization);
    expect((await predict(model, [batchOf(sound, sound)])).studies).toHaveLength(2);
    await expect(predict(model, [batchOf(sound, pixels)])).rejects.toMatchObject({
      code: "model",
      subject: "input.range",
      message: expect.stringMatching(/^image image-1 has .*; the model takes values /),
    });
  });

  test("a range that the contract states itself goes before that of the normalisation", async () => {
    const model = trained({ method: "unit" }, [-1024, 1024]);
    const wide = [-1024, 1024, 0, 3];
    expect((await predict(model, [batchOf(wide, wide)])).studies).toHaveLength(2);
    await expect(predict(model, [batchOf(wide, [0, 0, 0, 1100])])).rejects.toThrow("in [-1024, 1024]");
  });

  test("a constant image, which standardising makes 0, is sound", async () => {
    const model = trained({ method: "per-image" });
    expect((await predict(model, [batchOf([1, -1, 1, -1], [0, 0, 0, 0])])).studies).toHaveLength(2);
  });

  test("training stops before the step on such a batch, and leaves no tensor", async () => {
    const unit: InputFormat = { ...format, normalization: { method: "unit" } };
    const samples = makeSamples(6, 1).map((sample, i) => ({
      ...sample,
      pixels: sample.pixels.map((_, p) => (i === 5 ? 40 * p : 0.2 * p)),
    }));
    const model = logisticRegression();
    const once = logisticRegression();
    const options = { loss, epochs: 1, optimizer: tf.train.sgd(0.1) };
    await fit(once, { ...options, training: memorySource({ samples: samples.slice(0, 4), format: unit }) });
    const tensors = tf.memory().numTensors;
    const training = memorySource({ samples, format: unit });
    await expect(fit(model, { ...options, training })).rejects.toThrow(
      "image image-5 has values from 0 to 120",
    );
    expect(await weightsOf(model)).toEqual(await weightsOf(once));
    expect(tf.memory().numTensors).toBe(tensors);
  });
});

describe("sets without what a training needs", () => {
  test("an empty training or validation set is a TrainingError that names it", async () => {
    const some = memorySource({ samples: makeSamples(4, 1) });
    const none = memorySource({ samples: [] });
    const wrong = (sets: { training: typeof some; validation?: typeof some }) =>
      expect(fit(logisticRegression(), { ...sets, loss, epochs: 1 })).rejects;
    await wrong({ training: none }).toMatchObject({
      code: "training",
      message: /training source gave no sample/,
    });
    await wrong({ training: some, validation: none }).toMatchObject({
      code: "training",
      message: /validation source/,
    });
  });

  test("batches of one class train; a validation set of one class has no AUC, which only its monitor minds", async () => {
    const samples = makeSamples(8, 1).map(({ pixels }) => ({ pixels, labels: [1, 0] }));
    const training = memorySource({ samples });
    const options = { training, validation: training, loss, epochs: 1, learningRate: 0.1 };
    const { epochs } = await fit(logisticRegression(), options);
    expect(epochs[0]!.validation).toMatchObject({ macroAuc: Number.NaN, undefinedAuc: ["Edema", "Mass"] });
    await expect(fit(logisticRegression(), { ...options, monitor: "validationAuc" })).rejects.toMatchObject({
      code: "training",
      message: expect.stringContaining("no class of the validation set has both"),
    });
  });
});
