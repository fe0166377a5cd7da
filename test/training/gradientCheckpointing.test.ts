import * as tf from "@tensorflow/tfjs-core";
import { input, type LayersModel, layers, model, type SymbolicTensor } from "@tensorflow/tfjs-layers";
import { useBackend } from "radiolucent";
import "radiolucent/backends/wasm";
import { beforeEach, expect, test } from "vitest";
import { ModelError } from "../../src/errors.js";
import { SeededDropout } from "../../src/layers/seededDropout.js";
import { contractOf } from "../../src/models/contract.js";
import { efficientNet } from "../../src/models/efficientNet.js";
import { freeze } from "../../src/models/freeze.js";
import { fit } from "../../src/training/fit.js";
import type { FitOptions } from "../../src/training/fitOptions.js";
import { classes, giveContract, loss, makeSamples, memorySource, weightsOf } from "./support.js";

beforeEach(async () => {
  await useBackend("wasm");
});

const samples = makeSamples(14, 1);
const options = (): FitOptions => ({
  training: memorySource({ samples, batchSize: 5 }),
  validation: memorySource({ samples, batchSize: 7 }),
  epochs: 2,
  loss,
});

/** With dropout of features, and of whole samples in the second group of blocks. */
const network = () =>
  efficientNet({
    height: 2,
    width: 2,
    classes,
    blocks: [
      { kernelSize: 3, repeats: 1, filters: 4, expansion: 1, strides: 1 },
      { kernelSize: 3, repeats: 3, filters: 6, expansion: 2, strides: 2 },
    ],
    initialFilters: 4,
    topFilters: 8,
    dropConnect: 0.8,
    momentum: 0.8,
  });

async function trained(net: LayersModel, more: Partial<FitOptions>) {
  const before = tf.memory().numTensors;
  const { epochs } = await fit(net, { ...options(), ...more });
  expect(tf.memory().numTensors).toBe(before);
  const dropouts = net.layers.filter((layer) => layer instanceof SeededDropout);
  return {
    weights: await weightsOf(net),
    epochs: epochs.map(({ seconds, ...record }) => record),
    calls: dropouts.map(({ calls }) => calls),
  };
}

test.each([
  { title: "all of it", upTo: undefined, more: {} },
  { title: "behind a frozen part", upTo: "block2b_add", more: {} },
  { title: "in steps of two batches", upTo: undefined, more: { accumulate: 2 } },
])(
  "gradientCheckpointing gives the weights, statistics, masks and history of plain training to the last bit: $title",
  async ({ upTo, more }) => {
    const [plain, checkpointed] = [network(), network()];
    if (upTo !== undefined) for (const net of [plain, checkpointed]) freeze(net, { upTo });
    const start = await weightsOf(plain);
    const expected = await trained(plain, more);
    expect(expected.weights).not.toEqual(start);
    expect(expected.calls).toEqual([6, 6, 6]);
    expect(await trained(checkpointed, { ...more, gradientCheckpointing: true })).toEqual(expected);
    for (const net of [plain, checkpointed]) net.dispose();
  },
);

test("gradientCheckpointing leaves no tensor and the weights of the last whole step when the loss throws", async () => {
  const net = network();
  const before = tf.memory().numTensors;
  let steps: Float32Array[] | undefined;
  let calls = 0;
  const failing: FitOptions["loss"] = (yTrue, yPred) => {
    if (++calls === 3) throw new Error("failed on purpose");
    return loss(yTrue, yPred);
  };
  const running = fit(net, {
    ...options(),
    loss: failing,
    gradientCheckpointing: true,
    onBatch: async () => {
      steps = await weightsOf(net);
    },
  });
  await expect(running).rejects.toThrow("failed on purpose");
  expect(await weightsOf(net)).toEqual(steps);
  expect(tf.memory().numTensors).toBe(before);
  net.dispose();
});

test("gradientCheckpointing refuses unseeded dropout before it changes the contract, and leaves no tensor", async () => {
  const image = input({ shape: [2, 2, 1] });
  const features = layers.dropout({ name: "unseeded", rate: 0.5 }).apply(layers.flatten().apply(image));
  const net = model({ inputs: image, outputs: layers.dense({ units: 2 }).apply(features) as SymbolicTensor });
  giveContract(net);
  const contract = contractOf(net);
  const before = tf.memory().numTensors;
  const running = fit(net, { ...options(), gradientCheckpointing: true, averageWeights: 0.9 });
  await expect(running).rejects.toThrow(ModelError);
  expect(tf.memory().numTensors).toBe(before);
  expect(contractOf(net)).toEqual(contract);
  net.dispose();
});
