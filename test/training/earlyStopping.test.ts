import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, test } from "vitest";
import { fit } from "../../src/training/fit.js";
import type { BestModel, FitOptions } from "../../src/training/fitOptions.js";
import { convolutional, logisticRegression, loss, makeSamples, memorySource, weightsOf } from "./support.js";

beforeAll(() => tf.setBackend("cpu"));

/** Good steps for three epochs, then steps that only do harm. */
const rising = (epoch: number) => (epoch < 3 ? 0.01 : 3);

const options = () => ({
  training: memorySource({ samples: makeSamples(24, 1), seed: 0 }),
  validation: memorySource({ samples: makeSamples(20, 2) }),
  loss,
  epochs: 10,
  learningRate: rising,
});

describe("early stopping", () => {
  test("stops after `patience` epochs without an improvement and restores exactly the best epoch's weights", async () => {
    const model = convolutional(1);
    const after: Float32Array[][] = [];
    const history = await fit(model, {
      ...options(),
      earlyStopping: { patience: 2 },
      onEpoch: async () => {
        after.push(await weightsOf(model));
      },
    });
    const losses = history.epochs.map(({ validation }) => validation!.loss);
    const best = losses.indexOf(Math.min(...losses));
    expect(best).toBe(2);
    expect(history).toMatchObject({
      bestEpoch: 3,
      stoppedBecause: "early-stopping",
      monitor: "validationLoss",
    });
    expect(history.epochs).toHaveLength(5);
    expect(await weightsOf(model)).toEqual(after[2]);
    expect(after[4]).not.toEqual(after[2]);
  });

  test("the best weights are restored too when the epochs run out first; without early stopping the last stay", async () => {
    for (const stopping of [{ earlyStopping: { patience: 9 } }, {}]) {
      const model = convolutional(1);
      const after: Float32Array[][] = [];
      const history = await fit(model, {
        ...options(),
        ...stopping,
        epochs: 5,
        onEpoch: async () => {
          after.push(await weightsOf(model));
        },
      });
      expect(history).toMatchObject({ bestEpoch: 3, stoppedBecause: "epochs" });
      expect(await weightsOf(model)).toEqual("earlyStopping" in stopping ? after[2] : after[4]);
    }
  });

  test("the checkpoint gets the model of each epoch that is the best so far, and only those", async () => {
    const model = convolutional(1);
    const saved: (BestModel & { weights: Float32Array[] })[] = [];
    const after: Float32Array[][] = [];
    const history = await fit(model, {
      ...options(),
      epochs: 5,
      checkpoint: {
        save: async (best, about) => {
          saved.push({ ...about, weights: await weightsOf(best) });
        },
      },
      onEpoch: async () => {
        after.push(await weightsOf(model));
      },
    });
    expect(saved).toEqual(
      [1, 2, 3].map((epoch) => ({
        epoch,
        monitor: "validationLoss",
        value: history.epochs[epoch - 1]!.validation!.loss,
        weights: after[epoch - 1],
      })),
    );
  });

  test("with validationAuc the highest AUC is best, the first of equals", async () => {
    const history = await fit(logisticRegression(), {
      ...options(),
      monitor: "validationAuc",
      learningRate: 0,
    });
    expect(history).toMatchObject({ bestEpoch: 1, monitor: "validationAuc" });
    const trained = await fit(logisticRegression(), {
      ...options(),
      monitor: "validationAuc",
      learningRate: 0.05,
    });
    const values = trained.epochs.map(({ validation }) => validation!.macroAuc);
    expect(trained.bestEpoch).toBe(values.indexOf(Math.max(...values)) + 1);
    expect(Math.max(...values)).toBeGreaterThan(values[0]!);
  });

  test("changes no larger than minimumChange use up the patience, yet the best epoch is the best", async () => {
    const slow = { ...options(), learningRate: 1e-4, earlyStopping: { patience: 3, minimumChange: 0.5 } };
    const history = await fit(logisticRegression(), slow);
    // Epoch 1 is the reference; 2, 3 and 4 improve on it by less than 0.5.
    expect(history.epochs).toHaveLength(4);
    expect(history.bestEpoch).toBe(4);
  });

  test("slow progress adds up to an improvement over several epochs", async () => {
    const model = logisticRegression();
    const losses = (await fit(logisticRegression(), { ...options(), learningRate: 0.01 })).epochs.map(
      ({ validation }) => validation!.loss,
    );
    const minimumChange = 1.5 * (losses[0]! - losses[1]!); // more than one epoch gains, less than two or three gain
    const history = await fit(model, {
      ...options(),
      learningRate: 0.01,
      earlyStopping: { patience: 3, minimumChange },
    });
    expect(history.epochs).toHaveLength(10);
  });

  test("a monitored AUC that no class has is an error, not a best epoch", async () => {
    const samples = makeSamples(8, 2).map(({ pixels }) => ({ pixels, labels: [1, 0] }));
    const attempt = fit(logisticRegression(), {
      ...options(),
      validation: memorySource({ samples }),
      monitor: "validationAuc",
      earlyStopping: { patience: 1 },
    });
    await expect(attempt).rejects.toMatchObject({ code: "training", epoch: 1, batch: undefined });
  });

  test.each<[string, Partial<FitOptions>]>([
    ["options.epochs", { epochs: 0 }],
    ["options.epochs", { epochs: 1.5 }],
    ["options.earlyStopping.patience", { earlyStopping: { patience: 0 } }],
    ["options.earlyStopping.minimumChange", { earlyStopping: { patience: 1, minimumChange: -1 } }],
    ["options.learningRate", { learningRate: Number.NaN }],
    ["options.learningRate", { learningRate: () => -1 }],
    ["options.monitor", { monitor: "val_loss" as never }],
    ["options.monitor", { monitor: "validationDice" }],
  ])("%s out of its range is an ArgumentError", async (argument, wrong) => {
    await expect(fit(logisticRegression(), { ...options(), ...wrong })).rejects.toMatchObject({
      code: "argument",
      argument,
    });
  });

  test("early stopping and checkpoints without a validation set are an ArgumentError", async () => {
    const { validation, ...rest } = options();
    const model = logisticRegression();
    await expect(fit(model, { ...rest, earlyStopping: { patience: 1 } })).rejects.toMatchObject({
      argument: "options.earlyStopping",
    });
    await expect(fit(model, { ...rest, checkpoint: { save: () => {} } })).rejects.toMatchObject({
      argument: "options.checkpoint",
    });
    expect(validation.closed).toBe(0);
  });
});
