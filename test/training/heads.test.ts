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
import { labelMatrix } from "../../src/labels/labelMatrix.js";
import { contractOf, setContract } from "../../src/models/contract.js";
import type { Batch, BatchSource } from "../../src/training/batch.js";
import { fit } from "../../src/training/fit.js";
import { predict, predictHeads } from "../../src/training/predict.js";
import { predictBatches } from "../../src/training/predictBatches.js";
import { format, logisticRegression, loss, weightsOf } from "./support.js";

beforeAll(() => tf.setBackend("cpu"));

/** Flatten, a dense layer a head; a 1 x 1 convolution for the mask. All weights are 0 at first. */
function threeHeads(): LayersModel {
  const image = input({ shape: [2, 2, 1] });
  const flat = layers.flatten().apply(image) as SymbolicTensor;
  const dense = (name: string, units: number) =>
    layers.dense({ name, units, kernelInitializer: "zeros" }).apply(flat) as SymbolicTensor;
  const mask = layers
    .conv2d({ name: "lungs", filters: 1, kernelSize: 1, kernelInitializer: "zeros" })
    .apply(image) as SymbolicTensor;
  const built = functional({ inputs: image, outputs: [dense("pathology", 2), dense("tubes", 1), mask] });
  setContract(built, {
    version: 1,
    architecture: "three",
    heads: [
      { name: "pathology", classes: ["Edema", "Mass"], output: "logits" },
      { name: "tubes", classes: ["Drain"], output: "logits" },
      { name: "lungs", kind: "segmentation", classes: ["Lungs"], output: "logits" },
    ],
    input: { height: 2, width: 2, channels: 1 },
  });
  return built;
}

const pixels = [
  [1, 0, -1, 2],
  [0, 1, 1, -1],
  [2, -2, 0, 0],
  [-1, -1, 1, 1],
];
const whole: Batch = {
  images: ndarray(Float32Array.from(pixels.flat()), [4, 2, 2, 1]),
  labels: labelMatrix(
    ["Mass", "Nodule", "Edema"],
    [
      [1, 0, 0],
      [0, 0, 1],
      [1, 1, NaN],
      [0, 1, 1],
    ],
  ),
  labelSets: {
    tubes: labelMatrix(
      ["Drain", "Tracheostomy"],
      [
        [1, 0],
        [NaN, NaN],
        [0, 1],
        [1, 1],
      ],
    ),
  },
  // "Heart" before "Lungs"; the lungs are where a pixel is above 0, unknown in the last film.
  masks: ndarray(
    Float32Array.from(
      pixels.flatMap((film, i) => film.flatMap((value) => [0, i === 3 ? NaN : Number(value > 0)])),
    ),
    [4, 2, 2, 2],
  ),
  maskNames: ["Heart", "Lungs"],
  studies: pixels.map((_, i) => ({ imageId: `film-${i}`, patientId: `${i}` })),
};

function source(batch: Batch = whole): BatchSource {
  const { labelSets, maskNames } = batch;
  const epoch = async function* () {
    yield batch;
  };
  return {
    classes: batch.labels.classes,
    ...(labelSets && {
      labelSets: Object.fromEntries(Object.entries(labelSets).map(([name, { classes }]) => [name, classes])),
    }),
    ...(maskNames && { maskNames }),
    format,
    size: batch.studies.length,
    batchSize: 4,
    skipped: [],
    epoch,
    [Symbol.asyncIterator]: epoch,
  };
}

const step = { training: source(), epochs: 1, optimizer: tf.train.sgd(1) };

describe("fit with several heads", () => {
  test("takes each head's labels by name, from its own label set first, and masks by theirs", async () => {
    const seen: Record<string, number[][]> = {};
    const spy = (name: string) => (yTrue: tf.Tensor, yPred: tf.Tensor) => {
      seen[name] ??= [yTrue.shape, [...yTrue.dataSync()]];
      return tf.mean<tf.Scalar>(yPred);
    };
    await fit(threeHeads(), {
      ...step,
      loss: { pathology: spy("pathology"), tubes: spy("tubes"), lungs: spy("lungs") },
    });
    expect(seen).toEqual({
      pathology: [
        [4, 2],
        [0, 1, 1, 0, NaN, 1, 1, 0],
      ],
      tubes: [
        [4, 1],
        [1, NaN, 0, 1],
      ],
      lungs: [
        [4, 2, 2, 1],
        [1, 0, 0, 1, 0, 1, 1, 0, 1, 0, 0, 0, NaN, NaN, NaN, NaN],
      ],
    });
  });

  test("a model's only head takes the label set of its own name too, and says what it lacks", async () => {
    const model = logisticRegression(); // its head0 is of Edema and Mass, which the labels have as well
    const rows = (names: readonly string[], values: readonly number[]) =>
      labelMatrix(
        names,
        values.map((value) => names.map(() => value)),
      );
    const set = (names: readonly string[]) =>
      source({
        ...whole,
        labels: rows(["Edema", "Mass"], [0, 0, 0, 0]),
        labelSets: { head0: rows(names, [NaN, NaN, 1, 1]) },
      });
    let seen: number[] = [];
    const spy = (yTrue: tf.Tensor, yPred: tf.Tensor) => {
      seen = [...yTrue.dataSync()];
      return tf.mean<tf.Scalar>(yPred);
    };
    await fit(model, { ...step, training: set(["Mass", "Drain", "Edema"]), loss: spy });
    expect(seen).toEqual([NaN, NaN, NaN, NaN, 1, 1, 1, 1]);
    await expect(fit(model, { ...step, training: set(["Drain"]), loss: spy })).rejects.toThrow(
      'its label set "head0" has Drain, without Edema, Mass',
    );
  });

  test("makes the weighted sum of the losses small: a head's weight scales its step", async () => {
    const weighted = threeHeads();
    const plain = threeHeads();
    await fit(weighted, { ...step, loss: { pathology: loss, tubes: { loss, weight: 3 }, lungs: loss } });
    await fit(plain, { ...step, loss });
    const [a, b] = [await weightsOf(weighted), await weightsOf(plain)];
    const names = plain.weights.map(({ originalName }) => originalName);
    expect(names.some((name) => name.startsWith("tubes"))).toBe(true);
    names.forEach((name, i) => {
      const factor = name.startsWith("tubes") ? 3 : 1;
      b[i]!.forEach((value, j) => {
        expect(a[i]![j]).toBeCloseTo(factor * value, 6);
      });
      expect(
        b[i]!.some((value) => value !== 0),
        name,
      ).toBe(true);
    });
  });

  test("records each head's loss, AUC by class, and the mean Dice of films whose mask is known and not empty", async () => {
    const model = threeHeads();
    const { epochs } = await fit(model, {
      ...step,
      validation: source(),
      loss: { pathology: loss, tubes: { loss, weight: 3 }, lungs: { loss, weight: 0.5 } },
    });
    const { trainingHeads, trainingLoss, validation, steps } = epochs[0]!;
    const ln2 = Math.log(2); // of each loss, with all weights 0
    for (const head of ["pathology", "tubes", "lungs"]) expect(trainingHeads![head]).toBeCloseTo(ln2, 6);
    expect(trainingLoss).toBeCloseTo(4.5 * ln2, 5);
    expect(steps).toBe(1);
    expect(Object.keys(validation!.auc)).toEqual(["Edema", "Mass", "Drain"]);
    const { pathology, tubes, lungs } = validation!.heads!;
    expect(validation!.loss).toBeCloseTo(pathology!.loss + 3 * tubes!.loss + 0.5 * lungs!.loss, 5);
    expect(pathology!.macroAuc).toBe((validation!.auc.Edema! + validation!.auc.Mass!) / 2);
    expect(tubes!.macroAuc).toBe(validation!.auc.Drain);

    const overlaps: number[] = [];
    for await (const { batch, logits } of predictBatches(model, source())) {
      expect(logits.lungs!.shape).toEqual([4, 2, 2, 1]);
      for (let i = 0; i < 3; i++) {
        let [both, sum] = [0, 0];
        for (const [r, c] of [
          [0, 0],
          [0, 1],
          [1, 0],
          [1, 1],
        ] as const) {
          const [truth, found] = [batch.masks!.get(i, r, c, 1), Number(logits.lungs!.get(i, r, c, 0) >= 0)];
          both += truth * found;
          sum += truth + found;
        }
        overlaps.push((2 * both) / sum);
      }
    }
    expect(validation!.dice!.Lungs).toBeCloseTo(overlaps.reduce((a, b) => a + b) / 3, 12);
    expect(validation!.meanDice).toBe(validation!.dice!.Lungs);
    expect(lungs!.meanDice).toBe(validation!.meanDice);
  });

  test("goes by validationDice where it is the monitor", async () => {
    const options = { ...step, validation: source(), loss, epochs: 3, earlyStopping: { patience: 3 } };
    const history = await fit(threeHeads(), { ...options, monitor: "validationDice" });
    const figures = history.epochs.map(({ validation }) => validation!.meanDice!);
    expect(history.bestEpoch).toBe(figures.indexOf(Math.max(...figures)) + 1);
  });

  test("leaves no tensor", async () => {
    const model = threeHeads();
    await fit(model, { ...step, validation: source(), loss });
    const before = tf.memory().numTensors;
    await fit(model, { ...step, validation: source(), loss, epochs: 2, earlyStopping: { patience: 1 } });
    expect(tf.memory().numTensors).toBe(before);
  });

  test("names a head without a loss, a loss without a head, a weight that is none", async () => {
    const wrong = (losses: Parameters<typeof fit>[1]["loss"]) =>
      expect(fit(threeHeads(), { ...step, loss: losses })).rejects;
    await wrong({ pathology: loss, tubes: loss }).toThrow('has none for the head "lungs"');
    await wrong({ pathology: loss, tubes: loss, lungs: loss, heart: loss }).toThrow('"heart" is no head');
    await wrong({ pathology: loss, tubes: loss, lungs: { loss, weight: 0 } }).toThrow('"lungs" by 0');
  });

  test("names the head whose labels or masks the source lacks, and which", async () => {
    const { masks, maskNames, ...unmasked } = whole;
    await expect(fit(threeHeads(), { ...step, loss, training: source(unmasked) })).rejects.toMatchObject({
      code: "model",
      subject: "lungs",
    });
    const { labelSets, ...untubed } = whole;
    await expect(fit(threeHeads(), { ...step, loss, training: source(untubed) })).rejects.toThrow(
      'head "tubes" is of Drain; the training source has the labels Mass, Nodule, Edema, without Drain',
    );
  });
});

describe("predict with several heads", () => {
  const trained = () => {
    const model = threeHeads();
    setContract(model, { ...contractOf(model), input: format });
    return model;
  };

  test("gives one classification head, by its name", async () => {
    const { head, classes, labels, probabilities } = await predict(trained(), source(), { head: "tubes" });
    expect({ head, classes }).toEqual({ head: "tubes", classes: ["Drain"] });
    expect([...labels.values.data]).toEqual([1, NaN, 0, 1]);
    expect([...probabilities.data]).toEqual([0.5, 0.5, 0.5, 0.5]);
    await expect(predict(trained(), source())).rejects.toThrow("2 classification heads (pathology, tubes)");
    await expect(predict(trained(), source(), { head: "lungs" })).rejects.toThrow("no classification head");
  });

  test("gives all classification heads in one pass", async () => {
    const all = await predictHeads(trained(), source());
    expect(Object.keys(all)).toEqual(["pathology", "tubes"]);
    expect([...all.pathology!.labels.values.data]).toEqual([0, 1, 1, 0, NaN, 1, 1, 0]);
  });

  test("runs on films of which a head's labels or masks are unknown: its labels are NaN", async () => {
    const { masks, maskNames, labelSets, ...bare } = whole;
    const { tubes, pathology } = await predictHeads(trained(), source(bare));
    expect([...tubes!.labels.values.data]).toEqual([NaN, NaN, NaN, NaN]);
    expect(pathology!.labels.values.get(0, 1)).toBe(1);
    const half = { ...bare, labels: labelMatrix(["Mass"], [[1], [0], [1], [0]]) };
    await expect(predictHeads(trained(), source(half))).rejects.toThrow("without Edema");
  });
});
