import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, test } from "vitest";
import { fineTune } from "../../src/training/fineTune.js";
import type { Checkpoint, FitOptions } from "../../src/training/fitOptions.js";
import { convolutional, loss, makeSamples, memorySource, weightsOf } from "./support.js";

beforeAll(() => tf.setBackend("cpu"));

const training = memorySource({ samples: makeSamples(16, 1), batchSize: 4 });
const common = { training, loss };
const head = { layers: (layer: { getClassName(): string }) => layer.getClassName() !== "Dense" };

test("each stage freezes, and begins where the one before ended: first the head alone, then all", async () => {
  const model = convolutional(1);
  const isHead = (name: string) => /dense/i.test(name);
  // By name: what is frozen comes later in model.weights.
  const named = async () => {
    const values = await weightsOf(model);
    return Object.fromEntries(model.weights.map(({ originalName }, i) => [originalName, `${values[i]}`]));
  };
  const seen = [await named()];
  const onEpoch = async () => void seen.push(await named());
  const histories = await fineTune(model, {
    ...common,
    onEpoch,
    stages: [
      { frozen: head, epochs: 2, learningRate: 0.1 },
      { epochs: 1, learningRate: 0.01, optimizer: () => tf.train.sgd(0.01) },
    ],
  });
  expect(histories.map(({ epochs }) => epochs.map(({ learningRate }) => learningRate))).toEqual([
    [0.1, 0.1],
    [0.01],
  ]);
  for (const name of Object.keys(seen[0]!)) {
    expect(seen[0]![name] !== seen[2]![name], name).toBe(isHead(name)); // moving statistics included
    expect(seen[2]![name] !== seen[3]![name], name).toBe(true);
  }
});

test("goes on after a break in any stage, and ends as without it", async () => {
  const run = async (breakAt: number) => {
    const states: Uint8Array[] = [];
    const checkpoint = (stage: number): Checkpoint => ({
      save() {},
      saveState(state) {
        states[stage] = state.slice();
      },
      loadState: () => states[stage],
    });
    let batches = 0;
    const onBatch = () => {
      if (++batches === breakAt) throw new Error("broken");
    };
    const options = {
      ...common,
      checkpoint,
      resume: true,
      stateEvery: 1,
      onBatch,
      stages: [
        { frozen: head, epochs: 1, learningRate: 0.1 },
        { epochs: 2, learningRate: 0.01 },
      ],
    };
    const first = convolutional(1);
    const error: unknown = await fineTune(first, options).catch((reason: unknown) => reason);
    if (!(error instanceof Error)) return weightsOf(first);
    const second = convolutional(1);
    await fineTune(second, options);
    return weightsOf(second);
  };
  const whole = await run(Infinity);
  for (const breakAt of [2, 5, 9]) expect(await run(breakAt)).toEqual(whole);
});

test("leaves no tensor, also when a stage fails, and wants at least one stage", async () => {
  const model = convolutional(1);
  const stages = [
    { frozen: head, epochs: 1 },
    { epochs: 1, optimizer: () => tf.train.adam(0.1) },
  ];
  await fineTune(model, { ...common, stages });
  const before = tf.memory().numTensors;
  await fineTune(model, { ...common, stages });
  const failing: FitOptions["loss"] = () => {
    throw new Error("boom");
  };
  await expect(fineTune(model, { ...common, loss: failing, stages })).rejects.toThrow("boom");
  expect(tf.memory().numTensors).toBe(before);
  await expect(fineTune(model, { ...common, stages: [] })).rejects.toThrow("options.stages");
});
