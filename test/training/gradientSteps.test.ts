import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { aucMarginLoss } from "../../src/losses/aucMarginLoss.js";
import { fit } from "../../src/training/fit.js";
import type { FitOptions } from "../../src/training/fitOptions.js";
import { gradientSum } from "../../src/training/gradientSum.js";
import { pesg } from "../../src/training/optimizers/pesg.js";
import { cosineSchedule } from "../../src/training/schedules.js";
import {
  convolutional,
  logisticRegression,
  loss,
  makeSamples,
  memorySource,
  type Sample,
  weightsOf,
} from "./support.js";

beforeAll(() => tf.setBackend("cpu"));

const known = makeSamples(20, 1).filter(({ labels }) => labels.every((label) => !Number.isNaN(label)));
const source = (samples: readonly Sample[], batchSize: number) => memorySource({ samples, batchSize });

async function trained(options: Partial<FitOptions> & Pick<FitOptions, "training">): Promise<number[]> {
  const model = logisticRegression();
  await fit(model, { loss, epochs: 1, optimizer: tf.train.sgd(1), ...options });
  const weights = await weightsOf(model);
  model.dispose();
  return weights.flatMap((values) => [...values]);
}

const expectClose = (a: readonly number[], b: readonly number[], digits = 6) => {
  expect(a).toHaveLength(b.length);
  a.forEach((value, i) => {
    expect(value).toBeCloseTo(b[i]!, digits);
  });
};

describe("accumulate", () => {
  test("makes of k batches the step of one that is k times as large", async () => {
    const samples = known.slice(0, 12);
    const gathered = await trained({ training: source(samples, 2), accumulate: 3, epochs: 2 });
    expectClose(gathered, await trained({ training: source(samples, 6), epochs: 2 }));
    expect(gathered).not.toEqual(await trained({ training: source(samples, 2), epochs: 2 }));
  });

  test("weighs batches by their samples, and makes a step of what is left at the end of an epoch", async () => {
    const samples = known.slice(0, 7); // batches of 3, 3 and 1; steps on 6 and 1
    const gathered = await trained({ training: source(samples, 3), accumulate: 2 });
    expectClose(gathered, await trained({ training: source(samples, 6) }));
    const once = await trained({ training: source(samples, 3), accumulate: 9 });
    expectClose(once, await trained({ training: source(samples, 7) }));
  });

  test("counts a weight that a batch's loss does not use, which has no gradient there, as 0 in the mean", () => {
    const variable = tf.variable(tf.scalar(0));
    const step = (...batches: readonly (readonly [gradient: number | undefined, samples: number])[]) => {
      const sum = gradientSum([variable]);
      for (const [gradient, samples] of batches) {
        const gradients = gradient === undefined ? {} : { [variable.name]: tf.scalar(gradient) };
        sum.add(gradients, samples, (gradient ?? 0) ** 2);
      }
      variable.assign(tf.scalar(0));
      sum.step(tf.train.sgd(1), undefined);
      return -variable.dataSync()[0]!;
    };
    expect(step([4, 1], [undefined, 3])).toBe(1);
    expect(step([undefined, 1], [4, 3])).toBe(3);
    expect(step([4, 1], [undefined, 1], [8, 2])).toBe(5); // (4 * 1 + 0 * 1 + 8 * 2) / 4
    variable.dispose();
  });

  test("counts steps, not batches", async () => {
    const model = logisticRegression();
    const training = source(known.slice(0, 7), 2);
    const { epochs } = await fit(model, { training, loss, epochs: 2, accumulate: 3 });
    expect(epochs.map(({ steps }) => steps)).toEqual([2, 4]);
  });
});

describe("clipGradients", () => {
  const training = () => source(known.slice(0, 4), 4);

  test("scales the gradient of all weights together to the norm, as clip_grad_norm_, and only a longer one", async () => {
    const free = await trained({ training: training() });
    const length = Math.hypot(...free);
    const clipped = await trained({ training: training(), clipGradients: { norm: length / 4 } });
    expectClose(
      clipped,
      free.map((value) => value / 4),
    );
    expectClose(await trained({ training: training(), clipGradients: { norm: 2 * length } }), free);
  });

  test("brings each number into [-value, value]", async () => {
    const free = await trained({ training: training() });
    const value = Math.max(...free.map(Math.abs)) / 2;
    const clipped = await trained({ training: training(), clipGradients: { value } });
    expectClose(
      clipped,
      free.map((step) => Math.min(Math.max(step, -value), value)),
    );
    expect(clipped).not.toEqual(free);
  });
});

describe("averageWeights", () => {
  test("ends with d * average + (1 - d) * weight over the steps, d = min(decay, (1 + t) / (10 + t))", async () => {
    const steps: number[][] = [];
    const model = logisticRegression();
    const options = { training: source(known.slice(0, 12), 4), loss, epochs: 2, optimizer: tf.train.sgd(1) };
    await fit(model, {
      ...options,
      onBatch: async () => void steps.push((await weightsOf(model)).flatMap((values) => [...values])),
    });
    let average = new Array(10).fill(0) as number[];
    steps.forEach((weights, i) => {
      const d = Math.min(0.3, (i + 2) / (i + 11));
      average = average.map((value, j) => d * value + (1 - d) * weights[j]!);
    });
    expectClose(await trained({ ...options, averageWeights: 0.3 }), average, 5);
  });

  test("leaves a frozen layer as it is, bit for bit", async () => {
    const model = convolutional(1);
    model.layers[0]!.trainable = false;
    const frozen = async () => [...(await model.layers[0]!.getWeights()[0]!.data())];
    const before = await frozen();
    await fit(model, { training: source(known, 2), loss, epochs: 5, averageWeights: 0.9 });
    expect(await frozen()).toEqual(before);
  });

  test("validates and keeps the averaged weights, and trains on with the model's own", async () => {
    const saved: number[][] = [];
    const validation = source(known, 8);
    const model = logisticRegression();
    const { epochs } = await fit(model, {
      training: source(known.slice(0, 12), 4),
      validation,
      loss,
      epochs: 1,
      optimizer: tf.train.sgd(1),
      averageWeights: 0.9,
      checkpoint: { save: async (best) => void saved.push((await weightsOf(best)).flatMap((v) => [...v])) },
    });
    const end = (await weightsOf(model)).flatMap((values) => [...values]);
    expect(saved).toEqual([end]);
    const again = await fit(logisticRegression([...end.slice(0, 8)]), {
      training: validation,
      validation,
      loss,
      epochs: 1,
      optimizer: tf.train.sgd(0),
    });
    expect(epochs[0]!.validation!.loss).not.toBe(again.epochs[0]!.validation!.loss); // its bias is 0
  });
});

describe("learning rates", () => {
  test("by schedule change from step to step: SGD's steps add up to the rates times the gradients", async () => {
    const rates: number[] = [];
    const constant = (_: tf.Tensor, yPred: tf.Tensor) => tf.mean<tf.Scalar>(yPred); // a gradient that never changes
    const schedule = cosineSchedule({ from: 1 });
    const options = { training: source(known.slice(0, 8), 4), loss: constant, epochs: 2 };
    const weights = await trained({
      ...options,
      learningRate: { rate: (moment) => rates[rates.push(schedule.rate(moment)) - 1]! },
    });
    const expected = [0, 0.25, 0.5, 0.75].map((share) => (1 + Math.cos(Math.PI * share)) / 2);
    expectClose([...new Set(rates)], expected);
    expect(weights.at(-1)).toBeCloseTo((-expected.reduce((a, b) => a + b) * 1) / 2, 5);
  });

  test("of a function are asked for whole epochs", async () => {
    const asked: number[] = [];
    const learningRate = (epoch: number) => 1 / asked.push(epoch);
    await trained({ training: source(known.slice(0, 8), 2), epochs: 3, learningRate });
    expect(asked).toEqual([0, 1, 2]);
  });
});

test("options out of range are ArgumentErrors", async () => {
  const training = source(known, 4);
  for (const [wrong, message] of [
    [{ accumulate: 0 }, "options.accumulate"],
    [{ clipGradients: { norm: 0 } }, "options.clipGradients"],
    [{ clipGradients: { value: Number.NaN } }, "options.clipGradients"],
    [{ averageWeights: 1 }, "options.averageWeights"],
    [{ stateEvery: 1.5 }, "options.stateEvery"],
    [{ resume: true }, "options.resume"],
  ] satisfies [Partial<FitOptions>, string][]) {
    await expect(trained({ training, ...wrong }), message).rejects.toThrow(message);
  }
});

test("a gradient that is not finite where the loss is stops training at its batch, and names it", async () => {
  // sqrt has an infinite slope at 0, and the chain rule multiplies it by 0.
  const kinked = (_: tf.Tensor, yPred: tf.Tensor) =>
    tf.tidy(() => tf.mean<tf.Scalar>(tf.sqrt(tf.abs(tf.mul(yPred, 0)))));
  const model = logisticRegression();
  const before = await weightsOf(model);
  const tensors = tf.memory().numTensors;
  await expect(fit(model, { training: source(known, 4), loss: kinked, epochs: 1 })).rejects.toMatchObject({
    code: "training",
    message: expect.stringContaining("its gradient is not finite in epoch 1, batch 1 (images image-0"),
    batch: 1,
  });
  expect(await weightsOf(model)).toEqual(before);
  expect(tf.memory().numTensors).toBe(tensors);
});

test("a loss whose variables only one optimizer trains the right way refuses another, and leaves no tensor", async () => {
  const auc = aucMarginLoss({ classCount: 2 });
  const model = logisticRegression();
  const tensors = tf.memory().numTensors;
  const options = { training: source(known, 4), loss: auc, epochs: 1 };
  await expect(fit(model, options)).rejects.toThrow(/options\.optimizer: is Adam; .*"head0".* only PESG/);
  expect(tf.memory().numTensors).toBe(tensors);
  const optimizer = pesg({ loss: auc });
  expect((await fit(model, { ...options, optimizer })).epochs).toHaveLength(1);
  optimizer.dispose();
  auc.dispose();
});
