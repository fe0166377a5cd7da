import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, test } from "vitest";
import type { Loss } from "../../src/losses/loss.js";
import { fit } from "../../src/training/fit.js";
import type { FitOptions } from "../../src/training/fitOptions.js";
import { predict } from "../../src/training/predict.js";
import {
  convolutional,
  loss,
  makeBatch,
  makeSamples,
  memorySource,
  type Sample,
  weightsOf,
} from "./support.js";

beforeAll(() => tf.setBackend("cpu"));

const samples = makeSamples(12, 1);
const options = () => ({
  training: memorySource({ samples, seed: 0 }),
  validation: memorySource({ samples: makeSamples(10, 2) }),
  loss,
  epochs: 3,
  earlyStopping: { patience: 2 },
});

/** How many tensors a run leaves, besides those that the model had. */
async function left(run: (model: LayersModel) => Promise<unknown>): Promise<number> {
  const model = convolutional(1);
  const before = tf.memory().numTensors;
  await run(model);
  const after = tf.memory().numTensors;
  model.dispose();
  return after - before;
}

const boom = new Error("boom");
const fail = (): never => {
  throw boom;
};

/** Works `times` times, then throws. */
function failAfter(times: number): () => void {
  let calls = 0;
  return () => {
    if (calls++ >= times) fail();
  };
}

function lossThatFails(where: "forward" | "backward"): Loss {
  const check = failAfter(4);
  return (yTrue, yPred) => {
    if (where === "forward") {
      const value = loss(yTrue, yPred);
      check();
      return value;
    }
    const gradFunc = (dy: tf.Tensor) => {
      check();
      return dy;
    };
    const through = tf.customGrad((x) => ({ value: tf.clone(x as tf.Tensor), gradFunc }));
    return loss(yTrue, through(yPred));
  };
}

function abortAfter(times: number) {
  const abort = new AbortController();
  const count = failAfter(times);
  return {
    signal: abort.signal,
    trigger: () => {
      try {
        count();
      } catch (reason) {
        abort.abort(reason);
      }
    },
  };
}

const withPixel = (value: number): Sample[] =>
  samples.map((sample, i) => (i === 7 ? { ...sample, pixels: [value, 0, 0, 0] } : sample));

describe("no tensor is left behind", () => {
  test.each([2, 10])("after %i epochs", async (epochs) => {
    expect(await left((model) => fit(model, { ...options(), epochs }))).toBe(0);
  });

  test("after an early stop", async () => {
    const learningRate = (epoch: number) => (epoch < 2 ? 0.01 : 3);
    let stopped: unknown;
    const rest = await left(async (model) => {
      stopped = await fit(model, { ...options(), epochs: 9, learningRate });
    });
    expect(stopped).toMatchObject({ stoppedBecause: "early-stopping" });
    expect(rest).toBe(0);
  });

  test.each<[string, () => Partial<FitOptions>]>([
    ["in onBatch", () => ({ onBatch: failAfter(4) })],
    ["in onEpoch", () => ({ onEpoch: failAfter(1) })],
    ["in an asynchronous onEpoch", () => ({ onEpoch: async () => fail() })],
    ["in the checkpoint", () => ({ checkpoint: { save: async () => fail() } })],
    ["in the schedule", () => ({ learningRate: (epoch) => (epoch < 2 ? 0.1 : fail()) })],
    ["in the training source", () => ({ training: memorySource({ samples, before: failAfter(4) }) })],
    ["in the validation source", () => ({ validation: memorySource({ samples, before: failAfter(4) }) })],
    ["in the loss", () => ({ loss: lossThatFails("forward") })],
    ["on the way back through the loss", () => ({ loss: lossThatFails("backward") })],
  ])("after an error %s, which passes unchanged", async (_, wrong) => {
    const all = { ...options(), ...wrong() };
    expect(await left((model) => expect(fit(model, all)).rejects.toBe(boom))).toBe(0);
  });

  test.each(["training", "validation"] as const)(
    "after an abort in %s, whose source is closed",
    async (set) => {
      const { signal, trigger } = abortAfter(4);
      const source = memorySource({ samples, before: trigger });
      const all = { ...options(), [set]: source, signal };
      expect(await left((model) => expect(fit(model, all)).rejects.toBe(boom))).toBe(0);
      expect(source.closed).toBe(2);
    },
  );

  test("after a batch whose shape is wrong", async () => {
    const training = memorySource({ samples });
    const batch = { ...makeBatch(samples, [0, 1]), labels: makeBatch(samples, [0, 1, 2]).labels };
    const epoch = async function* (index: number) {
      yield* memorySource({ samples }).epoch(index);
      yield batch;
    };
    const all = { ...options(), training: { ...training, epoch } };
    const rest = await left((model) =>
      expect(fit(model, all)).rejects.toMatchObject({ code: "model", subject: "classes" }),
    );
    expect(rest).toBe(0);
  });

  test("by predict, on success, abort and error", async () => {
    const rest = await left(async (model) => {
      await fit(model, { ...options(), epochs: 1 });
      await predict(model, memorySource({ samples }));
      const { signal, trigger } = abortAfter(1);
      await expect(predict(model, memorySource({ samples, before: trigger }), { signal })).rejects.toBe(boom);
      await expect(predict(model, memorySource({ samples, before: failAfter(1) }))).rejects.toBe(boom);
      await expect(predict(model, memorySource({ samples }), { onBatch: failAfter(1) })).rejects.toBe(boom);
    });
    expect(rest).toBe(0);
  });
});

describe("a loss that is not finite", () => {
  test.each([Number.NaN, Number.POSITIVE_INFINITY])(
    "from a pixel %d stops training, names epoch, batch and images, and leaves all weights as before the batch",
    async (pixel) => {
      let before: Float32Array[] = [];
      const rest = await left(async (model) => {
        const all = {
          ...options(),
          training: memorySource({ samples: withPixel(pixel) }),
          onBatch: async () => {
            before = await weightsOf(model);
          },
        };
        const error = await fit(model, all).catch((caught) => caught);
        expect(error).toMatchObject({
          code: "training",
          epoch: 1,
          batch: 2,
          imageIds: ["image-4", "image-5", "image-6", "image-7"],
        });
        expect(error.message).toContain("epoch 1, batch 2 (images image-4, image-5, image-6, image-7)");
        expect(await weightsOf(model)).toEqual(before);
      });
      expect(rest).toBe(0);
    },
  );

  test("on the validation set names the epoch", async () => {
    const all = { ...options(), validation: memorySource({ samples: withPixel(Number.NaN) }) };
    const rest = await left((model) =>
      expect(fit(model, all)).rejects.toMatchObject({ code: "training", epoch: 1, batch: undefined }),
    );
    expect(rest).toBe(0);
  });
});

test.each(["training", "validation"] as const)(
  "a %s source without a sample is a TrainingError",
  async (set) => {
    const broken = samples.map((_, i) => `image-${i}`);
    const all = { ...options(), [set]: memorySource({ samples, broken }) };
    expect(
      await left((model) => expect(fit(model, all)).rejects.toMatchObject({ code: "training", epoch: 1 })),
    ).toBe(0);
  },
);
