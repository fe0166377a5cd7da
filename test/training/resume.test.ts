import * as tf from "@tensorflow/tfjs-core";
import { type LayersModel, layers } from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, test } from "vitest";
import { SeededDropout } from "../../src/layers/seededDropout.js";
import { contractOf } from "../../src/models/contract.js";
import type { BatchSource } from "../../src/training/batch.js";
import { fit } from "../../src/training/fit.js";
import type { Checkpoint, FitOptions } from "../../src/training/fitOptions.js";
import type { TrainingHistory } from "../../src/training/history.js";
import { cosineSchedule, plateauSchedule, warmUp } from "../../src/training/schedules.js";
import {
  convolutional,
  giveContract,
  logisticRegression,
  loss,
  makeSamples,
  memorySource,
  weightsOf,
} from "./support.js";

beforeAll(() => tf.setBackend("cpu"));

const samples = makeSamples(22, 1);
const training = () => memorySource({ samples, batchSize: 4, seed: 3 }); // 6 batches
const validation = memorySource({ samples: makeSamples(12, 2), batchSize: 5 });

const network = () => convolutional(1, [new SeededDropout({ rate: 0.3, seed: 4, name: "dropout" })]);

/** A state kept in memory, copied as a file would be. */
function memoryCheckpoint(): Checkpoint & { state?: Uint8Array } {
  return {
    save() {},
    saveState(state) {
      this.state = state.slice();
    },
    loadState() {
      return this.state;
    },
  };
}

const withoutSeconds = ({ epochs, ...history }: TrainingHistory) => ({
  ...history,
  epochs: epochs.map(({ seconds, ...record }) => record),
});

interface Outcome {
  readonly history: ReturnType<typeof withoutSeconds>;
  readonly weights: readonly Float32Array[];
  readonly seen: readonly (readonly string[])[];
}

/** Trains, is interrupted after each of the numbers of batches, and goes on each time with a new model. */
async function run(
  options: () => Omit<FitOptions, "training" | "epochs" | "loss">,
  interruptions: readonly number[] = [],
  build: () => LayersModel = network,
): Promise<Outcome> {
  const checkpoint = memoryCheckpoint();
  for (const after of [...interruptions, Infinity]) {
    const model = build();
    let batches = 0;
    const seen: string[][] = [];
    const source = training();
    const watched = {
      ...source,
      async *epoch(index: number, how?: { signal?: AbortSignal }) {
        for await (const batch of source.epoch(index, how)) {
          seen.push(batch.studies.map(({ imageId }) => imageId));
          yield batch;
        }
      },
    };
    try {
      const history = await fit(model, {
        training: watched,
        validation,
        loss,
        epochs: 4,
        checkpoint,
        resume: true,
        onBatch() {
          if (++batches === after) throw new Error("killed");
        },
        ...options(),
      });
      return { history: withoutSeconds(history), weights: await weightsOf(model), seen };
    } catch (error) {
      expect((error as Error).message).toBe("killed");
    } finally {
      model.dispose();
    }
  }
  throw new Error("unreachable");
}

describe("a training that was interrupted and is resumed ends bit for bit as one that was not", () => {
  test.each<[string, () => Omit<FitOptions, "training" | "epochs" | "loss">]>([
    ["Adam, from the last epoch's end", () => ({})],
    ["Adam, from within the epoch", () => ({ stateEvery: 2 })],
    [
      "momentum, a rate for each step, clipping and averaged weights",
      () => ({
        optimizer: tf.train.momentum(0.01, 0.9),
        learningRate: warmUp({ epochs: 1.5 }, plateauSchedule({ from: 0.05, patience: 1, factor: 0.5 })),
        clipGradients: { norm: 0.5 },
        averageWeights: 0.9,
        stateEvery: 1,
      }),
    ],
    [
      "batches gathered to steps",
      () => ({ accumulate: 4, stateEvery: 1, optimizer: tf.train.rmsprop(0.01) }),
    ],
    [
      "early stopping",
      () => ({
        earlyStopping: { patience: 1, minimumChange: 0.02 },
        optimizer: tf.train.adagrad(0.1),
        stateEvery: 3,
      }),
    ],
    ["the learning rate that the optimizer has", () => ({ optimizer: tf.train.sgd(0.1), stateEvery: 1 })],
    ["Adadelta", () => ({ optimizer: tf.train.adadelta(0.1, 0.9), stateEvery: 1 })],
    ["Adamax", () => ({ optimizer: tf.train.adamax(0.01, 0.9, 0.99), stateEvery: 1 })],
  ])("%s", async (_, options) => {
    const whole = await run(options);
    for (const interruptions of [[1], [6], [7, 2, 9]]) {
      const resumed = await run(options, interruptions);
      expect(resumed.history).toEqual(whole.history);
      expect(resumed.weights).toEqual(whole.weights);
      expect(whole.seen.slice(-resumed.seen.length)).toEqual(resumed.seen);
    }
  });

  test("also between its last batch and its end, where no step is left to set the rate of the record", async () => {
    const checkpoint = memoryCheckpoint();
    const all = { training: training(), loss, epochs: 2, learningRate: cosineSchedule({ from: 0.1 }) };
    const unreadable: BatchSource = {
      ...validation,
      async *epoch() {
        yield* [];
        throw new Error("killed");
      },
    };
    const killed = fit(network(), { ...all, checkpoint, stateEvery: 1, validation: unreadable });
    await expect(killed).rejects.toThrow("killed");
    const resumed = await fit(network(), { ...all, validation, checkpoint, resume: true });
    const whole = await fit(network(), { ...all, validation });
    expect(withoutSeconds(resumed)).toEqual(withoutSeconds(whole));
  });

  test("and differs from one that starts anew, or with fresh Adam: the test can fail", async () => {
    const whole = await run(() => ({ stateEvery: 1 }));
    const other = await run(() => ({ stateEvery: 1, resume: false }), [9]);
    expect(other.history).toEqual(whole.history); // From scratch, so the same.
    const fresh = await run(() => ({ stateEvery: 1, optimizer: tf.train.adam(2e-3) }));
    expect(fresh.weights).not.toEqual(whole.weights);
  });
});

describe("a training that is over", () => {
  test("is only loaded by resume, and goes on where there are more epochs", async () => {
    const checkpoint = memoryCheckpoint();
    const all = { training: training(), validation, loss, checkpoint, resume: true };
    const first = network();
    const history = await fit(first, { ...all, epochs: 2 });
    const again = network();
    let called = 0;
    const loaded = await fit(again, { ...all, epochs: 2, onBatch: () => void called++ });
    expect(called).toBe(0);
    expect(loaded).toEqual(history);
    expect(await weightsOf(again)).toEqual(await weightsOf(first));
    const further = network();
    const longer = await fit(further, { ...all, epochs: 4 });
    expect(longer.epochs).toHaveLength(4);
    const whole = network();
    await fit(whole, { training: training(), validation, loss, epochs: 4 });
    expect(await weightsOf(further)).toEqual(await weightsOf(whole));
  });

  test("tells onEpoch all records, and leaves no tensor", async () => {
    const checkpoint = memoryCheckpoint();
    const told: number[][] = [];
    const model = network();
    const all = { training: training(), validation, loss, checkpoint, resume: true, averageWeights: 0.9 };
    const onEpoch: FitOptions["onEpoch"] = [
      (_, records) => void told.push(records.map(({ epoch }) => epoch)),
    ];
    const before = tf.memory().numTensors;
    await fit(model, { ...all, epochs: 2, earlyStopping: { patience: 5 } });
    await fit(model, { ...all, epochs: 3, earlyStopping: { patience: 5 }, onEpoch });
    expect(told).toEqual([[1, 2, 3]]);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe("a state that does not fit is a ModelError and changes nothing:", () => {
  async function complaint(
    change: (all: FitOptions) => FitOptions,
    model: LayersModel,
    former = network(),
    formerly: (all: FitOptions) => FitOptions = (all) => all,
  ): Promise<string> {
    const checkpoint = memoryCheckpoint();
    const all = { training: training(), loss, epochs: 1, checkpoint };
    await fit(former, formerly(all));
    const before = await weightsOf(model);
    const contract = contractOf(model);
    const tensors = tf.memory().numTensors;
    const error: unknown = await fit(model, change({ ...all, resume: true })).catch(
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({ code: "model" });
    expect(await weightsOf(model)).toEqual(before);
    expect(contractOf(model)).toEqual(contract);
    expect(tf.memory().numTensors).toBe(tensors);
    return (error as Error).message;
  }

  test("another architecture, which is named", async () => {
    expect(await complaint((all) => all, logisticRegression())).toMatch(/weights 8, and this one has 2/);
    const withHidden = (units: number) => convolutional(1, [layers.dense({ name: `hidden${units}`, units })]);
    expect(await complaint((all) => all, withHidden(4), withHidden(3))).toContain(
      '"hidden4/kernel" has shape [16,4] and [16,3] is stored for it',
    );
    const renamed = network();
    giveContract(renamed, [["Edema", "Nodule"]]);
    const about = memorySource({ samples, classes: ["Edema", "Nodule"] });
    expect(await complaint((all) => ({ ...all, training: about }), renamed)).toContain("Edema, Mass");
  });

  test("other layers that train, even as many of the same shapes", async () => {
    const withFrozen = (frozen: number) => {
      const hidden = [0, 1].map(() => layers.dense({ units: 16 }));
      hidden[frozen]!.trainable = false;
      return convolutional(1, hidden);
    };
    expect(await complaint((all) => all, withFrozen(1), withFrozen(0))).toContain(
      "the trainable layers 1-2, 4-5, and this one has 1-3, 5",
    );
  });

  test("another monitored figure, or no weights of the best epoch where early stopping needs them", async () => {
    const validated = (all: FitOptions): FitOptions => ({ ...all, validation });
    const byAuc = (all: FitOptions): FitOptions => ({ ...validated(all), monitor: "validationAuc" });
    expect(await complaint(byAuc, network())).toContain(
      "the monitored figure validationLoss, and this one has validationAuc",
    );
    const stopping = (all: FitOptions) => ({ ...validated(all), earlyStopping: { patience: 1 } });
    expect(await complaint(stopping, network(), network(), validated)).toContain(
      "without the weights of epoch 1, the best",
    );
  });

  test("another training set, optimizer, or no state at all", async () => {
    const other = memorySource({ samples: makeSamples(5, 1) });
    expect(await complaint((all) => ({ ...all, training: other }), network())).toContain(
      "training samples 22, and this one has 5",
    );
    const optimizer = tf.train.sgd(1);
    expect(await complaint((all) => ({ ...all, optimizer }), network())).toContain("Adam");
    const garbage = { save() {}, saveState() {}, loadState: () => new Uint8Array(20) };
    expect(await complaint((all) => ({ ...all, checkpoint: garbage }), network())).not.toBe("");
  });
});
