import * as tf from "@tensorflow/tfjs-core";
import {
  initializers,
  input,
  type LayersModel,
  layers,
  model,
  type SymbolicTensor,
} from "@tensorflow/tfjs-layers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { useBackend } from "../../src/backends/index.js";
import { SeededDropout } from "../../src/layers/seededDropout.js";
import { checkpointGradients } from "../../src/models/checkpointing/checkpointGradients.js";
import { denseNet } from "../../src/models/denseNet.js";
import { freeze } from "../../src/models/freeze.js";
import { layerKit } from "../../src/models/layerKit.js";

const kit = (momentum = 0.9) => layerKit({ seed: 5, momentum });
const image = (batch: number, ...shape: number[]) =>
  tf.tidy(() => {
    const size = shape.reduce((a, b) => a * b, batch);
    return tf.tensor(
      Float32Array.from({ length: size }, (_, i) => Math.sin(0.7 * i)),
      [batch, ...shape],
    );
  });

/** A chain with dropout inside, whose every layer boundary is one tensor. */
function chain(): LayersModel {
  const x = input({ shape: [8, 8, 1] });
  const { convolve, normalize, relu, dropout, maxPool, globalAverage } = kit();
  let y = x;
  for (const name of ["a", "b", "c"]) {
    y = relu(`${name}_relu`, normalize(`${name}_bn`, convolve(`${name}_conv`, y, 4, 3)));
    y = dropout(`${name}_drop`, y, 0.3);
  }
  y = globalAverage("pool", maxPool("max", y, 2));
  return model({ inputs: x, outputs: layers.dense({ name: "head", units: 2 }).apply(y) as SymbolicTensor });
}

/** An encoder and decoder with skips, a head on the bottom, and a nested model in the middle. */
function branched(): LayersModel {
  const x = input({ shape: [8, 8, 1] });
  const { convolve, normalize, relu, maxPool, upsample, concatenate, globalAverage } = kit();
  const block = (name: string, y: SymbolicTensor, filters: number) =>
    relu(`${name}_relu`, normalize(`${name}_bn`, convolve(`${name}_conv`, y, filters, 3)));
  const one = block("one", x, 3);
  const two = block("two", maxPool("down1", one, 2), 4);
  const inside = input({ shape: [2, 2, 4] });
  const nested = model({ name: "bottom", inputs: inside, outputs: block("b2", block("b1", inside, 5), 5) });
  const bottom = nested.apply(maxPool("down2", two, 2)) as SymbolicTensor;
  const up = block("up1", concatenate("join1", [upsample("us1", bottom), two]), 4);
  const masks = convolve("masks", block("up2", concatenate("join2", [upsample("us2", up), one]), 3), 1, 1);
  const label = layers
    .dense({ name: "label", units: 2 })
    .apply(globalAverage("gap", bottom)) as SymbolicTensor;
  return model({ inputs: x, outputs: [masks, label] });
}

type Apply = (x: tf.Tensor) => tf.Tensor | tf.Tensor[];

/** Loss, gradients, and all weights after a step whose forward pass is `apply`. */
async function step(net: LayersModel, apply: Apply, x: tf.Tensor) {
  const variables = net.trainableWeights.map((weight) => weight.read() as tf.Variable);
  const { value, grads } = tf.tidy(() =>
    tf.variableGrads(() => {
      const outputs = [apply(x)].flat();
      const terms = outputs.map((output) => tf.mean(tf.square(tf.sub(output, 0.3))) as tf.Scalar);
      return terms.reduce((sum, term) => tf.add(sum, term));
    }, variables),
  );
  const read = async (tensors: readonly tf.Tensor[]) =>
    (await Promise.all(tensors.map((tensor) => tensor.data<"float32">()))).map((values) => values.slice());
  const result = {
    names: Object.keys(grads).map((name) => name.replace(/_\d+$/, "")),
    loss: (await value.data())[0],
    gradients: await read(variables.map(({ name }) => grads[name]!)),
    state: await read(net.nonTrainableWeights.map((weight) => weight.read())),
  };
  tf.dispose([value, grads]);
  return result;
}

const plain =
  (net: LayersModel): Apply =>
  (x) =>
    net.apply(x, { training: true }) as tf.Tensor | tf.Tensor[];
const callsOf = (net: LayersModel) =>
  net.layers.filter((layer) => layer instanceof SeededDropout).map((layer) => layer.getConfig().calls);

function twins(make: () => LayersModel): [LayersModel, LayersModel] {
  const [one, other] = [make(), make()];
  other.setWeights(one.getWeights());
  return [one, other];
}

describe.each(["cpu", "onnx"] as const)("checkpointGradients, on %s", (backend) => {
  beforeEach(async () => {
    await useBackend(backend);
  });

  it.each([{ at: undefined }, { at: ["a_drop", "b_drop", "c_drop"] }, { at: ["a_bn", "a_relu", "pool"] }])(
    "gives loss, gradients and statistics to the last bit of a chain with dropout, cut $at",
    async ({ at }) => {
      const [usual, other] = twins(chain);
      const checkpointed = checkpointGradients(other, { ...(at && { at }) });
      expect(checkpointed.segments.length).toBeGreaterThan(1);
      const x = image(4, 8, 8, 1);
      for (let i = 0; i < 2; i++) {
        expect(await step(other, checkpointed.apply, x)).toEqual(await step(usual, plain(usual), x));
      }
      expect(callsOf(other)).toEqual([2, 2, 2]);
    },
  );

  it("gives those of a network with skips, a nested model and two outputs, to 1e-6", async () => {
    const [usual, other] = twins(branched);
    const x = image(2, 8, 8, 1);
    const expected = await step(usual, plain(usual), x);
    const checkpointed = checkpointGradients(other, {
      at: ["one_relu", "down1", "two_conv", "b1_bn", "us1", "join2"],
    });
    const found = await step(other, checkpointed.apply, x);
    expect(found.loss).toBe(expected.loss);
    expect(found.state).toEqual(expected.state);
    expected.gradients.forEach((values, i) => {
      const largest = Math.max(...values.map((value, k) => Math.abs(value - found.gradients[i]![k]!)));
      expect(largest).toBeLessThan(1e-6);
    });
  });

  it("leaves no tensor behind", async () => {
    const net = branched();
    const x = image(2, 8, 8, 1);
    const { apply } = checkpointGradients(net);
    await step(net, apply, x);
    const before = tf.memory().numTensors;
    await step(net, apply, x);
    tf.dispose(apply(x));
    expect(tf.memory().numTensors).toBe(before);
  });
});

/** Fails on a call of choice, from 1. */
class Failing extends layers.Layer {
  static className = "Failing";
  failsOn = 0;
  private count = 0;

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    if (++this.count === this.failsOn) throw new Error("failed on purpose");
    return tf.clone(Array.isArray(inputs) ? inputs[0]! : inputs);
  }
}

/** A weight that each training call raises by 1, and on which the output depends. */
class Counter extends layers.Layer {
  static className = "Counter";

  override build(): void {
    this.addWeight("count", [], "float32", initializers.zeros(), undefined, false);
    this.built = true;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const count = this.weights[0]!;
      const output = tf.mul(Array.isArray(inputs) ? inputs[0]! : inputs, tf.add(count.read(), 1));
      count.write(tf.add(count.read(), 1));
      return output;
    });
  }
}

describe("checkpointGradients", () => {
  beforeEach(async () => {
    await useBackend("cpu");
  });
  afterEach(() => {
    expect(tf.engine().state.gradientDepth).toBe(0);
  });

  it("cuts a DenseNet where one tensor passes, by itself, into several segments", async () => {
    const make = () =>
      denseNet({
        blocks: [3, 3],
        growthRate: 4,
        initialFilters: 8,
        height: 16,
        width: 16,
        channels: 1,
        classes: ["a"],
      });
    const [usual, other] = twins(make);
    const checkpointed = checkpointGradients(other);
    expect(checkpointed.segments.length).toBeGreaterThan(2);
    expect(checkpointed.segments.flat().length).toBe(other.layers.length - 1);
    const x = image(2, 16, 16, 1);
    expect(await step(other, checkpointed.apply, x)).toEqual(await step(usual, plain(usual), x));
  });

  it("computes the second time in the state of the first", async () => {
    const make = () => {
      const x = input({ shape: [3] });
      const counted = new Counter({ name: "counter" }).apply(
        layers.dense({ name: "first", units: 3 }).apply(x),
      ) as SymbolicTensor;
      return model({
        inputs: x,
        outputs: layers.dense({ name: "last", units: 1 }).apply(counted) as SymbolicTensor,
      });
    };
    const [usual, other] = twins(make);
    const { apply } = checkpointGradients(other, { at: ["counter"] });
    for (let i = 0; i < 2; i++) {
      expect(await step(other, apply, image(4, 3))).toEqual(await step(usual, plain(usual), image(4, 3)));
    }
  });

  it("gives frozen layers no gradient, and thawed ones theirs, asking at each call", async () => {
    const [usual, other] = twins(chain);
    const { apply } = checkpointGradients(other, { at: ["a_drop", "b_relu"] });
    const x = image(2, 8, 8, 1);
    freeze(usual, { upTo: "b_conv" });
    freeze(other, { upTo: "b_conv" });
    const found = await step(other, apply, x);
    expect(found).toEqual(await step(usual, plain(usual), x));
    expect(found.names).toEqual(expect.not.arrayContaining([expect.stringMatching(/^a_|^b_conv/)]));
    freeze(usual, { upTo: "a_conv" });
    freeze(other, { upTo: "a_conv" });
    expect(await step(other, apply, x)).toEqual(await step(usual, plain(usual), x));
  });

  it("gives the gradient to the images", async () => {
    const [usual, other] = twins(chain);
    const { apply } = checkpointGradients(other);
    const slope = (f: Apply) =>
      tf.grad((x: tf.Tensor) => tf.sum(tf.square(f(x) as tf.Tensor)))(image(2, 8, 8, 1));
    expect(await slope(apply).data()).toEqual(await slope(plain(usual)).data());
  });

  it("computes what model.apply computes in training mode when no gradient is asked for", async () => {
    const [usual, other] = twins(branched);
    const x = image(2, 8, 8, 1);
    const found = checkpointGradients(other).apply(x) as tf.Tensor[];
    const expected = plain(usual)(x) as tf.Tensor[];
    for (const [i, output] of expected.entries()) expect(await found[i]!.data()).toEqual(await output.data());
  });

  it.each([1, 2])("frees everything and keeps the state when layer call %d throws", async (failsOn) => {
    const x = input({ shape: [8, 8, 1] });
    const { convolve, normalize, dropout, globalAverage } = kit();
    const failing = new Failing({ name: "failing" });
    let y = normalize("bn1", convolve("conv1", x, 3, 3));
    y = dropout("drop", normalize("bn2", failing.apply(y) as SymbolicTensor), 0.5);
    const net = model({ inputs: x, outputs: globalAverage("gap", convolve("conv2", y, 2, 3)) });
    const { apply } = checkpointGradients(net, { at: ["conv1", "drop"] });
    const images = image(2, 8, 8, 1);
    const state = () => Promise.all(net.nonTrainableWeights.map((weight) => weight.read().data()));
    const forward = tf.tidy(() => apply(images) as tf.Tensor);
    forward.dispose();
    const before = tf.memory().numTensors;
    failing.failsOn = 1 + failsOn;
    const calls = callsOf(net);
    await expect(step(net, apply, images)).rejects.toThrow("failed on purpose");
    const { releaseTape } = await import("../../src/models/releaseTape.js");
    releaseTape();
    expect(tf.memory().numTensors).toBe(before);
    expect(callsOf(net)).toEqual(failsOn === 1 ? calls : [2]);
    expect((await state()).flatMap((values) => [...values]).every(Number.isFinite)).toBe(true);
    await step(net, apply, images);
    expect(tf.memory().numTensors).toBe(before);
  });

  it("rejects layers that draw anew when computed again", () => {
    const x = input({ shape: [4] });
    const net = (layer: layers.Layer) => model({ inputs: x, outputs: layer.apply(x) as SymbolicTensor });
    expect(() => checkpointGradients(net(layers.dropout({ name: "d", rate: 0.5 })))).toThrow(
      /"d" \(Dropout\).*SeededDropout/,
    );
    expect(() => checkpointGradients(net(layers.gaussianNoise({ name: "g", stddev: 1 })))).toThrow(
      /GaussianNoise/,
    );
    expect(() => checkpointGradients(net(layers.dropout({ rate: 0.5, seed: 1 })))).not.toThrow();
    const steps = input({ shape: [3, 4] });
    const repeated = (layer: layers.Layer) =>
      model({ inputs: steps, outputs: layer.apply(steps) as SymbolicTensor });
    const wrapped = layers.timeDistributed({ layer: layers.dropout({ rate: 0.5 }) });
    expect(() => checkpointGradients(repeated(wrapped))).toThrow(/\(Dropout\)/);
    for (const given of [{ dropout: 0.5 }, { recurrentDropout: 0.5 }]) {
      const recurrent = layers.simpleRNN({ units: 2, recurrentInitializer: "glorotUniform", ...given });
      expect(() => checkpointGradients(repeated(recurrent))).toThrow(/\(SimpleRNN\)/);
    }
  });

  it("uses one mask for both passes of a SeededDropout inside a wrapper too", async () => {
    const make = () => {
      const x = input({ shape: [3, 4] });
      const repeated = (name: string, layer: layers.Layer, y: SymbolicTensor) =>
        layers.timeDistributed({ name, layer }).apply(y) as SymbolicTensor;
      const y = repeated("first", layers.dense({ units: 4 }), x);
      const dropped = repeated("dropped", new SeededDropout({ rate: 0.5, seed: 3 }), y);
      const last = layers.dense({ name: "last", units: 1 });
      return model({ inputs: x, outputs: last.apply(layers.flatten().apply(dropped)) as SymbolicTensor });
    };
    const [usual, other] = twins(make);
    const { apply } = checkpointGradients(other);
    for (let i = 0; i < 2; i++) {
      const x = image(2, 3, 4);
      expect(await step(other, apply, x)).toEqual(await step(usual, plain(usual), x));
    }
  });

  it("rejects a layer to cut after that doesn't exist, and a wrong number of inputs", () => {
    const net = chain();
    expect(() => checkpointGradients(net, { at: ["a_dropp"] })).toThrow(/computes no layer "a_dropp"/);
    expect(() => checkpointGradients(net).apply([])).toThrow(/has 0 tensors; model .* takes 1/);
  });
});
