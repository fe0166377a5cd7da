import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-wasm";
import { readFileSync } from "node:fs";
import * as tf from "@tensorflow/tfjs-core";
import { initializers, input, type LayersModel, layers, model, sequential } from "@tensorflow/tfjs-layers";
import ndarray, { type NdArray } from "ndarray";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { isRadiolucentError } from "../../src/errors.js";
import { gradCam } from "../../src/explain/index.js";
import { setContract } from "../../src/models/contract.js";

const values = (array: NdArray<Float32Array>) => Array.from(array.data);

function images(shape: number[], data: readonly number[] = []): NdArray<Float32Array> {
  const size = shape.reduce((a, b) => a * b, 1);
  const filled = data.length > 0 ? data : Array.from({ length: size }, (_, i) => Math.sin(i * 1.7) + 0.2);
  return ndarray(Float32Array.from(filled), shape);
}

function withContract<M extends LayersModel>(net: M, heads: Record<string, string[]>): M {
  setContract(net, {
    version: 1,
    architecture: "test",
    heads: Object.entries(heads).map(([name, classes]) => ({ name, classes, output: "logits" as const })),
    input: { height: 2, width: 2, channels: 1 },
  });
  return net;
}

/** conv (1x1, relu, weights 1 and 2) -> global average -> dense: every number below is done by hand. */
function handNet(dense: number[][]): LayersModel {
  const image = input({ shape: [2, 2, 1] });
  const conv = layers.conv2d({ name: "conv", filters: 2, kernelSize: 1, activation: "relu" });
  const head = layers.dense({ name: "head", units: 2 });
  const output = head.apply(layers.globalAveragePooling2d({}).apply(conv.apply(image)));
  const net = model({ inputs: image, outputs: output as never });
  tf.tidy(() => {
    conv.setWeights([tf.tensor4d([1, 2], [1, 1, 1, 2]), tf.tensor1d([0, -2])]);
    head.setWeights([tf.tensor2d(dense), tf.tensor1d([7, -7])]);
  });
  return withContract(net, { head: ["Edema", "Mass"] });
}

async function code(run: () => Promise<unknown>): Promise<unknown> {
  try {
    await run();
  } catch (error) {
    if (isRadiolucentError(error)) return `${error.code}: ${error.message}`;
    throw error;
  }
  return "no error";
}

beforeAll(() => tf.setBackend("cpu"));

let before = 0;
afterEach(() => {
  expect(tf.memory().numTensors - before).toBe(0);
});

describe("gradCam", () => {
  test("the map is ReLU of the sum over channels of (mean gradient) x (activation), by hand", async () => {
    const net = handNet([
      [4, -4],
      [8, 0],
    ]);
    before = tf.memory().numTensors;
    // Activations of [1, 2, 3, 4]: channel 0 is x, channel 1 is max(2x - 2, 0) = 0, 2, 4, 6.
    // d logit / d activation = weight / 4 cells: Edema 1 and 2, Mass -1 and 0.
    const picture = images([1, 2, 2, 1], [1, 2, 3, 4]);
    const edema = await gradCam(net, picture, { target: "Edema" });
    expect(edema.layer).toBe("conv");
    expect(values(edema.weightedSum)).toEqual([1, 6, 11, 16]);
    expect(values(edema.raw)).toEqual([1, 6, 11, 16]);
    expect(values(edema.normalized)).toEqual([1 / 16, 6 / 16, 11 / 16, 1]);
    expect(edema.raw.shape).toEqual([1, 2, 2]);
    expect([...edema.maximum]).toEqual([16]);
    // Beyond the edge the evidence is 0: parabolas through 6, 16, 0 and 11, 16, 0 lean back by 3/26 and 11/42 of a cell.
    expect(edema.peaks).toEqual([{ row: 1, column: 1 }]);

    const mass = await gradCam(net, picture, { target: "Mass" });
    expect(values(mass.weightedSum)).toEqual([-1, -2, -3, -4]);
  });

  test("a map without positive evidence stays all zero, with no NaN and no peak", async () => {
    const net = handNet([
      [4, -4],
      [8, 0],
    ]);
    before = tf.memory().numTensors;
    const mass = await gradCam(net, images([1, 2, 2, 1], [1, 2, 3, 4]), { target: 1 });
    expect(values(mass.raw)).toEqual([0, 0, 0, 0]);
    expect(values(mass.normalized)).toEqual([0, 0, 0, 0]);
    expect([...mass.maximum]).toEqual([0]);
    expect(mass.peaks).toEqual([undefined]);
  });

  test("a network of NaN weights gives a map of NaN without a peak, not an empty one", async () => {
    const net = handNet([
      [Number.NaN, 0],
      [0, 0],
    ]);
    before = tf.memory().numTensors;
    const cam = await gradCam(net, images([1, 2, 2, 1], [1, 2, 3, 4]), { target: 0 });
    expect([...values(cam.raw), ...values(cam.normalized), ...cam.maximum]).toEqual(
      new Array(9).fill(Number.NaN),
    );
    expect(cam.peaks).toEqual([undefined]);
  });

  test("images of a batch don't influence each other, and each is normalised by its own maximum", async () => {
    const net = branching();
    before = tf.memory().numTensors;
    const both = images([2, 6, 6, 2]);
    const together = await gradCam(net, both, { target: 1, layer: "joined" });
    for (const i of [0, 1]) {
      const one = ndarray(both.data.slice(i * 72, (i + 1) * 72), [1, 6, 6, 2]);
      const alone = await gradCam(net, one, { target: 1, layer: "joined" });
      const cells = values(alone.raw).length;
      expect(values(together.raw).slice(i * cells, (i + 1) * cells)).toEqual(values(alone.raw));
      expect(together.maximum[i]).toBe(alone.maximum[0]);
      expect(Math.max(...values(alone.normalized))).toBe(1);
    }
  });

  test("equals the finite differences of the logit on a net with branches and a concatenation", async () => {
    const net = branching();
    before = tf.memory().numTensors;
    const picture = images([1, 6, 6, 2]);
    const target = (logits: tf.Tensor2D) => tf.sum(tf.mul(logits, [[1, -2, 0.5]])) as tf.Scalar;
    const cam = await gradCam(net, picture, { target, layer: "left" });
    const expected = await camByDifferences(net, "left", picture, target);
    values(cam.weightedSum).forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i]!, 4);
    });
  });

  test("a name, its column and a function that picks it give the same map", async () => {
    const net = withContract(branching(), { head: ["A", "B", "C"] });
    before = tf.memory().numTensors;
    const picture = images([1, 6, 6, 2]);
    const pick = (logits: tf.Tensor2D) => tf.sum(tf.slice(logits, [0, 1], [-1, 1])) as tf.Scalar;
    const maps = await Promise.all(
      (["B", 1, pick, "C"] as const).map((target) => gradCam(net, picture, { target })),
    );
    const [name, column, picked, other] = maps.map((map) => values(map.weightedSum));
    expect(column).toEqual(name);
    expect(picked).toEqual(name);
    expect(other).not.toEqual(name);
  });

  test("takes a tensor, which stays the caller's, and an ndarray in any memory order", async () => {
    const net = branching();
    before = tf.memory().numTensors;
    const picture = images([1, 6, 6, 2]);
    const tensor = tf.tensor4d(picture.data, [1, 6, 6, 2]);
    const fromTensor = await gradCam(net, tensor, { target: 0 });
    expect(tensor.isDisposed).toBe(false);
    tensor.dispose();
    const transposed = images([1, 6, 6, 2]).transpose(0, 2, 1, 3);
    const copy = ndarray(new Float32Array(72), [1, 6, 6, 2]);
    for (let r = 0; r < 6; r++)
      for (let c = 0; c < 6; c++)
        for (let k = 0; k < 2; k++) copy.set(0, r, c, k, transposed.get(0, r, c, k));
    expect(values(fromTensor.raw)).toEqual(values((await gradCam(net, picture, { target: 0 })).raw));
    expect(values((await gradCam(net, transposed, { target: 0 })).raw)).toEqual(
      values((await gradCam(net, copy, { target: 0 })).raw),
    );
  });

  test("the peak is in the greatest cell, at its centre where the neighbours are alike", async () => {
    // One channel of positive weight: the map is the pooled image; its greatest cell is row 1, column 2 of 3 x 3.
    const image = input({ shape: [9, 6, 1] });
    const pooled = layers.averagePooling2d({ name: "pool", poolSize: [3, 2], strides: [3, 2] }).apply(image);
    const head = layers.dense({ units: 1, kernelInitializer: "ones" });
    const net = model({
      inputs: image,
      outputs: head.apply(layers.flatten().apply(pooled)) as never,
    });
    before = tf.memory().numTensors;
    const picture = images([1, 9, 6, 1], new Array(54).fill(0));
    picture.set(0, 5, 4, 0, 1);
    const cam = await gradCam(net, picture, { target: 0 });
    expect(values(cam.raw).indexOf(cam.maximum[0]!)).toBe(5);
    expect(cam.peaks).toEqual([{ row: 4, column: 5 }]);
  });

  test("dropout is off and batch normalisation uses its moving statistics", async () => {
    const image = input({ shape: [4, 4, 1] });
    const normal = layers.batchNormalization({ name: "normal" });
    const dropped = layers.dropout({ rate: 0.9 }).apply(normal.apply(image));
    const head = layers.dense({ units: 1, kernelInitializer: "ones" });
    const net = model({
      inputs: image,
      outputs: head.apply(layers.globalAveragePooling2d({}).apply(dropped as never)) as never,
    });
    tf.tidy(() =>
      normal.setWeights([tf.tensor1d([3]), tf.tensor1d([0]), tf.tensor1d([0]), tf.tensor1d([4 - 1e-3])]),
    );
    before = tf.memory().numTensors;
    // 3 (x - 0) / sqrt(4), weighed by a gradient of 1 / 16 for each cell.
    const cam = await gradCam(net, images([1, 4, 4, 1], new Array(16).fill(8)), {
      target: 0,
      layer: "normal",
    });
    for (const value of values(cam.raw)) expect(value).toBeCloseTo(12 / 16, 5);
  });

  test("finds layers inside nested models, and goes into them for the default", async () => {
    const inner = sequential({
      name: "backbone",
      layers: [
        layers.conv2d({ name: "deep", inputShape: [6, 6, 2], filters: 3, kernelSize: 3 }),
        layers.activation({ name: "deepest", activation: "relu" }),
        layers.globalAveragePooling2d({}),
      ],
    });
    const image = input({ shape: [6, 6, 2] });
    const stem = layers.conv2d({ name: "stem", filters: 2, kernelSize: 1 }).apply(image);
    const net = model({
      inputs: image,
      outputs: layers.dense({ units: 2 }).apply(inner.apply(stem)) as never,
    });
    before = tf.memory().numTensors;
    expect((await gradCam(net, images([1, 6, 6, 2]), { target: 0 })).layer).toBe("deepest");
    const target = (logits: tf.Tensor2D) => tf.sum(tf.slice(logits, [0, 0], [-1, 1])) as tf.Scalar;
    const cam = await gradCam(net, images([1, 6, 6, 2]), { target, layer: "deep" });
    expect(cam.raw.shape).toEqual([1, 4, 4]);
  });

  test("explains the head that is asked for, the first by default", async () => {
    const image = input({ shape: [6, 6, 2] });
    const shared = layers.conv2d({ name: "shared", filters: 3, kernelSize: 3 }).apply(image);
    const pooled = layers.globalAveragePooling2d({}).apply(shared);
    const outputs = ["tubes", "findings"].map((name) => layers.dense({ name, units: 2 }).apply(pooled));
    const net = withContract(model({ inputs: image, outputs: outputs as never }), {
      tubes: ["Drain", "NSG"],
      findings: ["Edema", "Mass"],
    });
    before = tf.memory().numTensors;
    const picture = images([1, 6, 6, 2]);
    const first = await gradCam(net, picture, { target: "NSG" });
    const second = await gradCam(net, picture, { target: "Mass", head: "findings" });
    expect(values(first.weightedSum)).not.toEqual(values(second.weightedSum));
    expect(await code(() => gradCam(net, picture, { target: "Mass" }))).toBe(
      'model: head "tubes" of model "' +
        `${net.name}" has no class "Mass"; head "tubes" has "Drain", "NSG"; "findings" has "Edema", "Mass": ` +
        'say head: "findings"',
    );
    expect(await code(() => gradCam(net, picture, { target: 0, head: "lungs" }))).toContain(
      'has no head "lungs"; it has "tubes", "findings"',
    );
  });

  test("errors name what is wrong and what exists, and leave neither tensors nor a changed layer", async () => {
    const net = branching();
    const bare = handNet([
      [1, 1],
      [1, 1],
    ]);
    before = tf.memory().numTensors;
    const picture = images([1, 6, 6, 2]);
    expect(await code(() => gradCam(net, picture, { target: 0, layer: "lefd" }))).toContain(
      'has no layer "lefd"; expected a layer that computes [batch, height, width, channels]: left, right, joined, squashed',
    );
    expect(await code(() => gradCam(net, picture, { target: 0, layer: "head" }))).toContain(
      'layer "head" (Dense) gives [batch, 3]; expected',
    );
    expect(await code(() => gradCam(net, picture, { target: "Edema" }))).toContain("carries no contract");
    expect(await code(() => gradCam(net, picture, { target: 3 }))).toContain(
      "columns 0 to 2; the target is 3",
    );
    expect(await code(() => gradCam(bare, images([1, 2, 2, 1]), { target: "Hernia" }))).toContain(
      'has no class "Hernia"; head "head" has "Edema", "Mass"',
    );
    expect(await code(() => gradCam(net, images([1, 6, 5, 2]), { target: 0 }))).toContain(
      "takes [any, 6, 6, 2]",
    );
    expect(await code(() => gradCam(net, images([0, 6, 6, 2]), { target: 0 }))).toContain("hold no image");
    const constant = () => tf.scalar(1);
    expect(await code(() => gradCam(net, picture, { target: constant }))).toContain(
      "does not lead to the target",
    );
    const broken = () => {
      throw new RangeError("mine");
    };
    await expect(gradCam(net, picture, { target: broken })).rejects.toThrow("mine");
    for (const layer of net.layers) expect(Object.hasOwn(layer, "call")).toBe(false);
  });

  test("a layer that runs twice in one pass is refused", async () => {
    const image = input({ shape: [6, 6, 2] });
    const shared = layers.conv2d({ name: "shared", filters: 2, kernelSize: 1 });
    const twice = layers.globalAveragePooling2d({}).apply(shared.apply(shared.apply(image) as never));
    const net = model({ inputs: image, outputs: layers.dense({ units: 1 }).apply(twice) as never });
    before = tf.memory().numTensors;
    expect(await code(() => gradCam(net, images([1, 6, 6, 2]), { target: 0 }))).toContain("runs 2 times");
  });

  test("an error on the way back frees what the pass saved", async () => {
    const net = branching();
    before = tf.memory().numTensors;
    const target = (logits: tf.Tensor2D) =>
      tf.customGrad((x) => ({
        value: tf.sum(x as tf.Tensor),
        gradFunc: () => {
          throw new RangeError("no way back");
        },
      }))(logits) as tf.Scalar;
    await expect(gradCam(net, images([1, 6, 6, 2]), { target })).rejects.toThrow("no way back");
  });

  test("a call that was replaced on the layer itself is used and put back", async () => {
    const net = branching();
    const layer = net.getLayer("left");
    const call = layer.call.bind(layer);
    const doubled: typeof layer.call = (inputs, kwargs) => tf.mul(call(inputs, kwargs) as tf.Tensor, 2);
    before = tf.memory().numTensors;
    const plain = await gradCam(net, images([1, 6, 6, 2]), { target: 0, layer: "left" });
    layer.call = doubled;
    const replaced = await gradCam(net, images([1, 6, 6, 2]), { target: 0, layer: "left" });
    expect(layer.call).toBe(doubled);
    expect(values(replaced.weightedSum)).not.toEqual(values(plain.weightedSum));
  });
});

describe("gradCam equals PyTorch's", () => {
  const fixture = JSON.parse(readFileSync(new URL("../fixtures/gradCam.json", import.meta.url), "utf8"));

  test.each(["cpu", "wasm"])("on %s, within 1e-4, at the last layer and at an early one", async (backend) => {
    await tf.setBackend(backend);
    const image = input({ shape: [12, 10, 1] });
    const same = { kernelSize: 3, padding: "same" } as const;
    const stem = layers.conv2d({ ...same, name: "stem", filters: 6, activation: "relu" }).apply(image);
    const pooled = layers.maxPooling2d({ poolSize: 2 }).apply(stem) as never;
    const grow = layers.conv2d({ ...same, name: "grow", filters: 4, useBias: false }).apply(pooled);
    const joined = layers.concatenate().apply([pooled, grow as never]);
    const normal = layers.batchNormalization({ name: "norm", epsilon: 1e-3 }).apply(joined);
    const relu = layers.activation({ name: "relu", activation: "relu" }).apply(normal);
    const means = layers.dropout({ rate: 0.5 }).apply(layers.globalAveragePooling2d({}).apply(relu));
    const net = model({
      inputs: image,
      outputs: layers.dense({ name: "head", units: 3 }).apply(means) as never,
    });
    tf.tidy(() => {
      for (const [name, weights] of Object.entries<number[][]>(fixture.weights)) {
        const layer = net.getLayer(name);
        layer.setWeights(weights.map((w, i) => tf.tensor(w, layer.getWeights()[i]!.shape)));
      }
    });
    before = tf.memory().numTensors;
    const pictures = images(fixture.images.shape, fixture.images.values);
    // The stem's way back needs the filter gradient of the convolution after it, which plain wasm has not.
    const cases = fixture.cases.filter(
      ({ layer }: { layer: string }) => backend === "cpu" || layer === "relu",
    );
    for (const { layer, column, shape, weightedSum } of cases) {
      const cam = await gradCam(net, pictures, { target: column, layer });
      expect(cam.weightedSum.shape).toEqual(shape);
      values(cam.weightedSum).forEach((value, i) => {
        expect(Math.abs(value - weightedSum[i])).toBeLessThan(1e-4);
      });
    }
    expect((await gradCam(net, pictures, { target: 0 })).layer).toBe("relu");
    net.dispose();
    before = 0;
    await tf.setBackend("cpu");
    before = tf.memory().numTensors;
  });
});

/** Two convolutions side by side, joined; seeded. */
function branching(): LayersModel {
  const image = input({ shape: [6, 6, 2] });
  const conv = (name: string, seed: number, activation: "tanh" | "sigmoid") =>
    layers.conv2d({
      name,
      filters: 3,
      kernelSize: 3,
      activation,
      kernelInitializer: initializers.glorotNormal({ seed }),
    });
  const left = conv("left", 1, "tanh").apply(image);
  const right = conv("right", 2, "sigmoid").apply(image);
  const joined = layers.concatenate({ name: "joined" }).apply([left as never, right as never]);
  const squashed = layers.activation({ name: "squashed", activation: "tanh" }).apply(joined);
  const flat = layers.flatten().apply(squashed);
  const head = layers.dense({
    name: "head",
    units: 3,
    kernelInitializer: initializers.glorotNormal({ seed: 3 }),
  });
  return model({ inputs: image, outputs: head.apply(flat) as never });
}

/** The weighted sum of a 1-image map, its gradients measured by moving each activation up and down. */
async function camByDifferences(
  net: LayersModel,
  name: string,
  picture: NdArray<Float32Array>,
  target: (logits: tf.Tensor2D) => tf.Scalar,
): Promise<number[]> {
  const layer = net.getLayer(name);
  const call = layer.call.bind(layer);
  let activation: tf.Tensor | undefined;
  const scoreWith = async (shift: (output: tf.Tensor) => tf.Tensor): Promise<number> => {
    layer.call = (inputs, kwargs) => {
      const output = call(inputs, kwargs) as tf.Tensor;
      activation = tf.keep(output.clone());
      return shift(output);
    };
    const score = tf.tidy(() =>
      target(
        net.apply(tf.tensor(picture.data, picture.shape as [number]), { training: false }) as tf.Tensor2D,
      ),
    );
    const [value] = await score.data();
    score.dispose();
    return value!;
  };
  await scoreWith((output) => output.clone());
  const shape = activation!.shape as [number, number, number, number];
  const a = await activation!.data();
  activation!.dispose();
  const [, height, width, channels] = shape;
  const alpha = new Array<number>(channels).fill(0);
  const step = 0.05;
  for (let i = 0; i < a.length; i++) {
    const unit = (size: number) =>
      tf
        .buffer(
          shape,
          "float32",
          Float32Array.from(a, (_, j) => (j === i ? size : 0)),
        )
        .toTensor();
    const up = await scoreWith((output) => tf.add(output, unit(step)));
    activation!.dispose();
    const down = await scoreWith((output) => tf.add(output, unit(-step)));
    activation!.dispose();
    alpha[i % channels]! += (up - down) / (2 * step) / (height * width);
  }
  Reflect.deleteProperty(layer, "call");
  return Array.from({ length: height * width }, (_, cell) =>
    alpha.reduce((total, weight, k) => total + weight * a[cell * channels + k]!, 0),
  );
}
