import * as tf from "@tensorflow/tfjs-core";
import ndarray from "ndarray";
import { beforeAll, describe, expect, test } from "vitest";
import type { Dataset } from "../../src/labels/dataset.js";
import { labelMatrix } from "../../src/labels/labelMatrix.js";
import { simpleCnn } from "../../src/models/simpleCnn.js";
import { randomStream } from "../../src/random.js";
import { datasetBatches } from "../../src/training/datasetBatches.js";
import { evaluatePredictions } from "../../src/training/evaluatePredictions.js";
import { fit } from "../../src/training/fit.js";
import { predict } from "../../src/training/predict.js";
import {
  classes,
  convolutional,
  FickleWeight,
  format,
  logisticRegression,
  loss,
  ModeSpy,
  makeSamples,
  memorySource,
  type Sample,
  weightsOf,
} from "./support.js";

beforeAll(() => tf.setBackend("cpu"));

/** Mean over classes of the mean cross-entropy over known labels, and its gradient in the logits, in float64. */
function reference(logits: readonly number[][], labels: readonly (readonly number[])[]) {
  let value = 0;
  const gradient = logits.map((row) => row.map(() => 0));
  for (let c = 0; c < 2; c++) {
    const known = labels.map((_, i) => i).filter((i) => !Number.isNaN(labels[i]![c]!));
    for (const i of known) {
      const x = logits[i]![c]!;
      const y = labels[i]![c]!;
      value += (Math.log1p(Math.exp(x)) - x * y) / known.length / 2;
      gradient[i]![c] = (1 / (1 + Math.exp(-x)) - y) / known.length / 2;
    }
  }
  return { value, gradient };
}

/** Logistic regression with Adam (Kingma and Ba, algorithm 1, epsilon 1e-7 as in Keras), written out in float64. */
function referenceTraining(samples: readonly Sample[], batchSize: number, rates: readonly number[]) {
  const weights = new Float64Array(10); // kernel [4, 2], then bias [2]
  const m = new Float64Array(10);
  const v = new Float64Array(10);
  let step = 0;
  const logitsOf = (batch: readonly Sample[]) =>
    batch.map(({ pixels }) =>
      [0, 1].map((c) => weights[8 + c]! + pixels.reduce((sum, p, f) => sum + p * weights[2 * f + c]!, 0)),
    );
  const epochs = rates.map((rate) => {
    let sum = 0;
    for (let start = 0; start < samples.length; start += batchSize) {
      const batch = samples.slice(start, start + batchSize);
      const { value, gradient } = reference(
        logitsOf(batch),
        batch.map(({ labels }) => labels),
      );
      sum += value * batch.length;
      const g = new Float64Array(10);
      batch.forEach(({ pixels }, i) => {
        for (let c = 0; c < 2; c++) {
          pixels.forEach((p, f) => {
            g[2 * f + c]! += p * gradient[i]![c]!;
          });
          g[8 + c]! += gradient[i]![c]!;
        }
      });
      step++;
      for (let w = 0; w < 10; w++) {
        m[w] = 0.9 * m[w]! + 0.1 * g[w]!;
        v[w] = 0.999 * v[w]! + 0.001 * g[w]! ** 2;
        const mHat = m[w]! / (1 - 0.9 ** step);
        const vHat = v[w]! / (1 - 0.999 ** step);
        weights[w]! -= (rate * mHat) / (Math.sqrt(vHat) + 1e-7);
      }
    }
    return sum / samples.length;
  });
  return { epochs, weights, logitsOf };
}

describe("fit", () => {
  test("takes Adam's steps on each batch's loss; the training loss is the mean over samples", async () => {
    const samples = makeSamples(10, 1);
    const rates = [0.1, 0.05, 0.025];
    const model = logisticRegression();
    const history = await fit(model, {
      training: memorySource({ samples, batchSize: 4 }), // 4, 4 and 2
      loss,
      epochs: 3,
      learningRate: (epoch) => 0.1 * 0.5 ** epoch,
    });
    const expected = referenceTraining(samples, 4, rates);
    history.epochs.forEach((record, e) => {
      expect(record.trainingLoss).toBeCloseTo(expected.epochs[e]!, 5);
      expect(record.learningRate).toBe(rates[e]);
    });
    const [kernel, bias] = await weightsOf(model);
    [...kernel!, ...bias!].forEach((weight, w) => {
      expect(weight).toBeCloseTo(expected.weights[w]!, 5);
    });
  });

  test("the validation loss and AUC are over all samples at once, not means over batches", async () => {
    const samples = makeSamples(10, 1);
    const held = makeSamples(11, 2); // batches with different numbers of unknown labels
    const history = await fit(logisticRegression(), {
      training: memorySource({ samples }),
      validation: memorySource({ samples: held, batchSize: 4 }),
      loss,
      epochs: 1,
      learningRate: 0.1,
    });
    const logits = referenceTraining(samples, 4, [0.1]).logitsOf(held);
    const labels = held.map((sample) => sample.labels);
    const record = history.epochs[0]!.validation!;
    expect(record.loss).toBeCloseTo(reference(logits, labels).value, 5);
    const auc = classes.map((_, c) => {
      const of = (label: number) => logits.filter((_, i) => labels[i]![c] === label).map((row) => row[c]!);
      const pairs = of(1).flatMap((positive) => of(0).map((negative) => Number(positive > negative)));
      return pairs.reduce((sum, pair) => sum + pair, 0) / pairs.length;
    });
    expect(record.auc).toEqual({ Edema: auc[0], Mass: auc[1] });
    expect(record.macroAuc).toBeCloseTo((auc[0]! + auc[1]!) / 2, 12);
    expect(record.undefinedAuc).toEqual([]);
  });

  test("a class with one kind of label has AUC NaN, is named, and counts not in the macro AUC", async () => {
    const held = makeSamples(12, 2).map(({ pixels, labels }) => ({ pixels, labels: [1, labels[1]!] }));
    const history = await fit(logisticRegression(), {
      training: memorySource({ samples: makeSamples(8, 1) }),
      validation: memorySource({ samples: held }),
      loss,
      epochs: 1,
    });
    const record = history.epochs[0]!.validation!;
    expect(record.auc.Edema).toBeNaN();
    expect(record.undefinedAuc).toEqual(["Edema"]);
    expect(record.macroAuc).toBe(record.auc.Mass);
  });

  test("equal seeds give bit-identical weights and histories, another order of batches gives others", async () => {
    const run = async (seed: number) => {
      const model = simpleCnn({
        ...format,
        classes,
        filters: [4],
        kernelSize: 3,
        padding: "same",
        dropout: 0.3,
      });
      const history = await fit(model, {
        training: memorySource({ samples: makeSamples(24, 1), seed }),
        validation: memorySource({ samples: makeSamples(12, 2) }),
        loss,
        epochs: 3,
      });
      const epochs = history.epochs.map((record) => ({ ...record, seconds: 0 }));
      return { weights: await weightsOf(model), history: { ...history, epochs } };
    };
    const first = await run(5);
    expect(await run(5)).toEqual(first);
    expect((await run(6)).weights).not.toEqual(first.weights);
  });

  test("layers are in training mode in steps, in inference mode in validation", async () => {
    const spy = new ModeSpy();
    const model = convolutional(3, [spy]);
    const moving = async () => (await weightsOf(model)).slice(-2);
    const start = await moving();
    const observed: Float32Array[][] = [];
    spy.modes.length = 0; // building the model applied it
    await fit(model, {
      training: memorySource({ samples: makeSamples(8, 1) }),
      validation: memorySource({
        samples: makeSamples(12, 2),
        before: () =>
          observed.push(model.weights.slice(-2).map((w) => w.read().dataSync<"float32">().slice())),
      }),
      loss,
      epochs: 2,
    });
    expect(spy.modes).toEqual([true, true, false, false, false, true, true, false, false, false]);
    expect(observed[0]).not.toEqual(start);
    expect(observed[2]).toEqual(observed[0]);
    expect(observed[3]).not.toEqual(observed[0]);
    expect(await moving()).toEqual(observed[5]);
  });

  test("penalties of the layers' regularizers are part of the losses", async () => {
    const kernel = [1, -2, 0.5, 0, 1, 1, 0, 3]; // squares add up to 16.25
    const model = logisticRegression(kernel);
    const penalty = { apply: (w: tf.Tensor) => tf.mul(0.1, tf.sum(tf.square(w))) as tf.Scalar };
    model.layers[1]!.addLoss(() => penalty.apply(model.weights[0]!.read()));
    const options = {
      training: memorySource({ samples: makeSamples(4, 1) }),
      validation: memorySource({ samples: makeSamples(6, 2) }),
      loss,
      epochs: 1,
      learningRate: 0,
    };
    const [plain] = (await fit(logisticRegression(kernel), options)).epochs;
    const [penalised] = (await fit(model, options)).epochs;
    expect(penalised!.trainingLoss - plain!.trainingLoss).toBeCloseTo(1.625, 5);
    expect(penalised!.validation!.loss - plain!.validation!.loss).toBeCloseTo(1.625, 5);
  });

  test("a weight without a gradient in some steps stays, and the others train as without it", async () => {
    const options = () => ({ training: memorySource({ samples: makeSamples(8, 1) }), loss, epochs: 3 });
    const plain = convolutional(3);
    const fickle = new FickleWeight();
    const odd = convolutional(3, [fickle]);
    expect(fickle.used).toBe(false);
    await fit(plain, options());
    await fit(odd, options());
    expect(fickle.used).toBe(true);
    const weights = await weightsOf(odd);
    const place = odd.weights.findIndex(({ name }) => name.includes("fickle"));
    expect(weights.splice(place, 1)).toEqual([Float32Array.of(1, 1, 1)]);
    expect(weights).toEqual(await weightsOf(plain));
  });

  test.each([
    ["sgd", () => tf.train.sgd(1)],
    ["momentum", () => tf.train.momentum(1, 0.9)],
    ["rmsprop", () => tf.train.rmsprop(1)],
    ["adagrad", () => tf.train.adagrad(1)],
    ["adadelta", () => tf.train.adadelta(1)],
    ["adamax", () => tf.train.adamax(1)],
    ["adam", () => tf.train.adam(1)],
  ])("the schedule, a function of the epoch from 0, rules %s", async (_, make) => {
    const model = logisticRegression();
    const optimizer = make();
    const seen: number[] = [];
    const after: Float32Array[][] = [];
    const history = await fit(model, {
      training: memorySource({ samples: makeSamples(8, 1) }),
      loss,
      epochs: 2,
      optimizer,
      learningRate: (epoch) => {
        seen.push(epoch);
        return epoch === 0 ? 0.1 : 0;
      },
      onEpoch: async () => {
        after.push(await weightsOf(model));
      },
    });
    expect(seen).toEqual([0, 1]);
    expect(history.epochs.map(({ learningRate }) => learningRate)).toEqual([0.1, 0]);
    expect(Math.max(...after[0]![0]!.map(Math.abs))).toBeGreaterThan(1e-4);
    expect(after[1]).toEqual(after[0]);
    optimizer.dispose();
  });

  test("an optimizer that is given keeps its rate and its state: 3 + 3 epochs are 6", async () => {
    const options = () => ({ training: memorySource({ samples: makeSamples(8, 1) }), loss });
    const parts = logisticRegression();
    const optimizer = tf.train.adam(0.02);
    const history = await fit(parts, { ...options(), epochs: 3, optimizer });
    expect(history.epochs[0]!.learningRate).toBe(0.02);
    await fit(parts, { ...options(), epochs: 3, optimizer });
    const whole = logisticRegression();
    await fit(whole, { ...options(), epochs: 6, learningRate: 0.02 });
    expect(await weightsOf(parts)).toEqual(await weightsOf(whole));
    optimizer.dispose();
  });

  test("progress is told after each batch and epoch, counted from 1; the history is plain data", async () => {
    const told: unknown[] = [];
    const history = await fit(logisticRegression(), {
      training: memorySource({ samples: makeSamples(7, 1), broken: ["image-2"] }),
      validation: memorySource({ samples: makeSamples(9, 2), broken: ["image-0", "image-1"] }),
      loss,
      epochs: 2,
      onBatch: ({ loss: value, ...progress }) => {
        expect(value).toBeGreaterThan(0);
        told.push(progress);
      },
      onEpoch: (record) => {
        told.push(record);
      },
    });
    const [first, second] = history.epochs;
    expect(told).toEqual([
      { epoch: 1, epochs: 2, batch: 1, batches: 2 },
      { epoch: 1, epochs: 2, batch: 2, batches: 2 },
      first,
      { epoch: 2, epochs: 2, batch: 1, batches: 2 },
      { epoch: 2, epochs: 2, batch: 2, batches: 2 },
      second,
    ]);
    expect(first!.skipped).toBe(3);
    expect(first!.seconds).toBeGreaterThan(0);
    expect(history.stoppedBecause).toBe("epochs");
    expect(JSON.parse(JSON.stringify(history))).toEqual(history);
  });

  test("the event loop gets turns: a timer ticks and an abort by a timer arrives", async () => {
    const training = memorySource({ samples: makeSamples(40, 1) });
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    await fit(logisticRegression(), { training, loss, epochs: 2 });
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(3);

    const abort = new AbortController();
    const reason = new Error("enough");
    setTimeout(() => abort.abort(reason), 5);
    await expect(
      fit(logisticRegression(), { training, loss, epochs: 10_000, signal: abort.signal }),
    ).rejects.toBe(reason);
  });

  test("no step is taken once the signal is aborted, even on a source that does not look at it", async () => {
    const source = memorySource({ samples: makeSamples(8, 1) });
    const training = { ...source, epoch: (index: number) => source.epoch(index) };
    const model = logisticRegression();
    const before = await weightsOf(model);
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(fit(model, { training, loss, epochs: 1, signal })).rejects.toThrow("enough");
    expect(await weightsOf(model)).toEqual(before);
  });

  test("trains on datasetBatches to separate bright images from dark ones", async () => {
    const random = randomStream(4);
    const rows = Array.from({ length: 32 }, (_, i) => [i % 2, Number(random.uniform() > 0.5)]);
    const dataset: Dataset = {
      name: "bright and dark",
      studies: rows.map((_, i) => ({ imageId: `${i}`, patientId: `${i}` })),
      labels: labelMatrix(classes, rows),
      account: { rowsRead: 32, rowsKept: 32, dropped: [], changed: [] },
      loadImage: ({ imageId }) => ({
        pixels: ndarray(
          Uint8Array.from(
            { length: 64 },
            () => (rows[Number(imageId)]![0] === 1 ? 128 : 64) + random.integer(64),
          ),
          [8, 8],
        ),
        range: [0, 255],
      }),
    };
    const source = datasetBatches(dataset, { size: 2, shuffle: true, normalization: { method: "unit" } });
    const model = logisticRegression();
    const history = await fit(model, {
      training: source,
      validation: source,
      loss,
      epochs: 5,
      learningRate: 0.1,
    });
    expect(history.epochs.at(-1)!.validation!.auc.Edema).toBe(1);
    expect(evaluatePredictions(await predict(model, source), { resamples: 0 }).classes[0]!.auc.value).toBe(1);
  });

  test("an abort in onEpoch ends training, but a training that was done is returned", async () => {
    const run = (epochs: number) => {
      const abort = new AbortController();
      const training = memorySource({ samples: makeSamples(8, 1) });
      const onEpoch = () => abort.abort(new Error("enough"));
      return fit(logisticRegression(), { training, loss, epochs, onEpoch, signal: abort.signal });
    };
    await expect(run(2)).rejects.toThrow("enough");
    await expect(run(1)).resolves.toMatchObject({ stoppedBecause: "epochs" });
  });
});

describe("soft targets", () => {
  test("a loss aims at the dataset's targets in training; validation measures the labels", async () => {
    const labels = labelMatrix(classes, [
      [Number.NaN, 1],
      [0, Number.NaN],
    ]);
    const targets = { classes, values: ndarray(new Float32Array([0.7, 1, 0, 0.25]), [2, 2]) };
    const dataset: Dataset = {
      name: "soft",
      studies: ["a", "b"].map((id) => ({ imageId: id, patientId: id })),
      labels,
      targets,
      account: { rowsRead: 2, rowsKept: 2, dropped: [], changed: [] },
      loadImage: () => ({ pixels: ndarray(new Float32Array(4), [2, 2]), range: [0, 1] }),
    };
    const seen: number[][] = [];
    const source = datasetBatches(dataset, { size: 2, normalization: { method: "unit" } });
    await fit(logisticRegression(), {
      training: source,
      validation: source,
      epochs: 1,
      loss: (yTrue, yPred) => {
        seen.push(Array.from(yTrue.dataSync()));
        return loss(yTrue, yPred);
      },
    });
    expect(seen).toEqual([Array.from(targets.values.data), Array.from(labels.values.data)]);
  });
});
