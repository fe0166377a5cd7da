import * as tf from "@tensorflow/tfjs-core";
import { input, type LayersModel, layers, model, sequential } from "@tensorflow/tfjs-layers";
import fc from "fast-check";
import ndarray, { type NdArray } from "ndarray";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { useBackend } from "../../src/backends/index.js";
import { inputGradient, type RandomizationOptions, randomizationCheck } from "../../src/explain/index.js";
import { rankCorrelation } from "../../src/explain/rankCorrelation.js";
import { code, fixture, fixtureImages, fixtureNet, twoHeads } from "./inputExplanationNets.js";

beforeAll(async () => void (await useBackend("cpu")));

let before = 0;
afterEach(() => {
  expect(tf.memory().numTensors - before).toBe(0);
});

type Images = NdArray<Float32Array>;

const gradients = async (net: LayersModel, images: Images) =>
  (await inputGradient(net, images, { target: 1 })).attribution;

/** Differences of neighbouring pixels: looks like an explanation, and never sees the model. */
function edges(_: LayersModel, images: Images): Images {
  const [count, height, width] = images.shape as [number, number, number];
  const map = ndarray(new Float32Array(count * height * width), [count, height, width]);
  for (let i = 0; i < count; i++)
    for (let r = 0; r < height; r++)
      for (let c = 1; c < width; c++)
        map.set(i, r, c, Math.abs(images.get(i, r, c, 0) - images.get(i, r, c - 1, 0)));
  return map;
}

const weightsOf = (net: LayersModel) => net.getWeights().map((weight) => [...weight.dataSync()]);

describe("randomizationCheck", () => {
  test("the gradient changes as weights are shuffled and passes, head first; an edge detector fails", async () => {
    const net = fixtureNet();
    before = tf.memory().numTensors;
    const original = weightsOf(net);
    const found = await randomizationCheck(net, fixtureImages(), gradients, { seed: 3 });
    expect(found.layers.map(({ layer }) => layer)).toEqual(["head", "norm", "grow", "stem"]);
    expect(found.constantLayers).toEqual([]);
    expect(found.passed).toBe(true);
    const last = found.layers.at(-1)!;
    expect(last.correlation.length).toBe(2);
    expect(last.mean).toBeCloseTo((last.correlation[0]! + last.correlation[1]!) / 2, 12);
    expect(Math.abs(last.mean)).toBeLessThan(0.4);
    expect(weightsOf(net)).toEqual(original);

    const edge = await randomizationCheck(net, fixtureImages(), edges);
    expect(edge.passed).toBe(false);
    for (const layer of edge.layers) {
      expect(layer.mean).toBeCloseTo(1, 12);
      expect(layer.absoluteMean).toBeCloseTo(1, 12);
    }
  });

  test("cascading keeps the layers above random, independent draws one alone; each weight keeps its own values", async () => {
    const net = fixtureNet();
    before = tf.memory().numTensors;
    const original = weightsOf(net);
    const sorted = (weights: number[][]) => weights.map((values) => [...values].sort());
    for (const layersOf of ["cascading", "independent"] as const) {
      const changed: number[] = [];
      const spy = (model: LayersModel, images: Images) => {
        const now = weightsOf(model);
        changed.push(now.filter((values, i) => values.join() !== original[i]!.join()).length);
        expect(sorted(now)).toEqual(sorted(original));
        return edges(model, images);
      };
      await randomizationCheck(net, fixtureImages(), spy, { layers: layersOf });
      expect(changed).toEqual(layersOf === "cascading" ? [0, 2, 6, 7, 9] : [0, 2, 4, 1, 2]);
    }
    expect(weightsOf(net)).toEqual(original);
  });

  test("the same seed draws the same, another differently", async () => {
    const net = fixtureNet();
    before = tf.memory().numTensors;
    const run = (options: RandomizationOptions) =>
      randomizationCheck(net, fixtureImages(), gradients, { layers: "independent", ...options });
    const [first, again, other] = [await run({ seed: 1 }), await run({ seed: 1 }), await run({ seed: 2 })];
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
    expect(other.passed).toBe(true);
  });

  test("only layers on the way to the head are drawn, into nested models; constant weights are named", async () => {
    const heads = twoHeads();
    const inner = sequential({
      name: "backbone",
      layers: [
        layers.conv2d({ name: "deep", inputShape: [6, 6, 1], filters: 3, kernelSize: 3 }),
        layers.batchNormalization({ name: "fresh" }),
        layers.globalAveragePooling2d({}),
      ],
    });
    const image = input({ shape: [6, 6, 1] });
    const nested = model({
      inputs: image,
      outputs: layers.dense({ name: "top", units: 2 }).apply(inner.apply(image)) as never,
    });
    before = tf.memory().numTensors;
    const picture = ndarray(
      Float32Array.from({ length: 36 }, (_, i) => Math.sin(i)),
      [1, 6, 6, 1],
    );
    const named = async (net: LayersModel, options: RandomizationOptions = {}) => {
      const found = await randomizationCheck(net, picture, edges, options);
      return [found.layers.map(({ layer }) => layer), found.constantLayers];
    };
    expect(await named(heads)).toEqual([["tubes", "conv"], []]);
    expect(await named(heads, { head: "findings" })).toEqual([["findings", "conv"], []]);
    expect(await named(nested)).toEqual([["top", "backbone/deep"], ["backbone/fresh"]]);
    expect(await code(() => named(heads, { head: "lungs" }))).toContain(
      'has no head "lungs"; it has tubes, findings',
    );
  });

  test("a map that is constant has no correlation, and has not passed", async () => {
    const net = fixtureNet();
    before = tf.memory().numTensors;
    const flat = () => ndarray(new Float32Array(120), [1, 12, 10]);
    const found = await randomizationCheck(net, fixtureImages(), flat);
    expect(found.layers[0]!.mean).toBeNaN();
    expect(found.passed).toBe(false);
  });

  test("weights come back on every way out: an error of the explanation, other shapes, an abort", async () => {
    const net = fixtureNet();
    before = tf.memory().numTensors;
    const original = weightsOf(net);
    let calls = 0;
    const fails = (model: LayersModel, images: Images) => {
      if (++calls === 3) throw new RangeError("mine");
      return edges(model, images);
    };
    await expect(randomizationCheck(net, fixtureImages(), fails)).rejects.toThrow("mine");
    expect(weightsOf(net)).toEqual(original);
    calls = 0;
    const shrinks = () => ndarray(new Float32Array(12), [1, 3, ++calls === 1 ? 4 : 2]);
    expect(await code(() => randomizationCheck(net, fixtureImages(), shrinks))).toContain(
      "explain: gave maps of shape [1,3,2]; expected [1,3,4] as at first",
    );
    expect(weightsOf(net)).toEqual(original);
    const controller = new AbortController();
    const stopped = randomizationCheck(net, fixtureImages(), edges, {
      signal: controller.signal,
      onBatch: ({ batch, batches }) => {
        expect(batches).toBe(4);
        if (batch === 2) controller.abort(new Error("enough"));
      },
    });
    await expect(stopped).rejects.toThrow("enough");
    expect(weightsOf(net)).toEqual(original);
    expect(
      await code(() => randomizationCheck(net, fixtureImages(), edges, { layers: "all" } as never)),
    ).toContain('options.layers: is "all"');
  });

  test.each(["wasm", "onnx"] as const)(
    "runs on %s and gives the weights back bit for bit",
    async (backend) => {
      await useBackend(backend);
      const net = fixtureNet();
      before = tf.memory().numTensors;
      const original = weightsOf(net);
      expect((await randomizationCheck(net, fixtureImages(), gradients, { seed: 3 })).passed).toBe(true);
      expect(weightsOf(net)).toEqual(original);
      expect(tf.memory().numTensors - before).toBe(0);
      net.dispose();
      await useBackend("cpu");
      before = tf.memory().numTensors;
    },
  );
});

describe("rankCorrelation", () => {
  test("equals scipy.stats.spearmanr with ties, which share the mean of their ranks", () => {
    const { a, b, correlation } = fixture.spearman;
    expect(rankCorrelation(a, b)).toBeCloseTo(correlation, 12);
    expect(rankCorrelation([1, 2, 2, 3], [1, 2, 3, 4])).toBeCloseTo(0.9486832980505138, 12);
  });

  test("is NaN for a constant, for NaN and for one value", () => {
    expect(rankCorrelation([1, 1], [1, 2])).toBeNaN();
    expect(rankCorrelation([1, Number.NaN, 3], [1, 2, 3])).toBeNaN();
    expect(rankCorrelation([1], [1])).toBeNaN();
  });

  test("does not change under increasing maps, changes its sign under falling ones, is symmetric", () => {
    const values = fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(values, values, (a, b) => {
        const found = rankCorrelation(a, b);
        if (Number.isNaN(found)) return;
        expect(rankCorrelation(b, a)).toBeCloseTo(found, 12);
        expect(rankCorrelation(a.map(Math.exp), b)).toBeCloseTo(found, 12);
        expect(
          rankCorrelation(
            a.map((value) => -value),
            b,
          ),
        ).toBeCloseTo(-found, 12);
        expect(Math.abs(found)).toBeLessThanOrEqual(1 + 1e-12);
      }),
    );
  });
});
