import "@tensorflow/tfjs-backend-cpu";
import { readFileSync } from "node:fs";
import * as tf from "@tensorflow/tfjs-core";
import { input, type LayersModel, layers, model, type SymbolicTensor } from "@tensorflow/tfjs-layers";
import ndarray, { type NdArray } from "ndarray";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { useBackend } from "../../src/backends/index.js";
import { isRadiolucentError } from "../../src/errors.js";
import {
  activationMaps,
  type CamMethod,
  eigenCam,
  gradCam,
  gradCamPlusPlus,
  hiResCam,
  layerCam,
  scoreCam,
  xGradCam,
} from "../../src/explain/index.js";
import { correctRepeatGradient } from "../../src/layers/repeatGradient.js";
import { setContract } from "../../src/models/contract.js";

interface Case {
  readonly target: number;
  readonly region?: "predicted" | "all";
  readonly layer: string;
  readonly method: CamMethod;
  readonly shape: readonly number[];
  readonly weightedSum: readonly number[];
}

interface Described {
  readonly images: { readonly shape: number[]; readonly values: number[] };
  readonly weights: Readonly<Record<string, number[][]>>;
  readonly logits: readonly number[];
  readonly cases: readonly Case[];
}

const fixture = JSON.parse(
  readFileSync(new URL("../fixtures/activationMaps.json", import.meta.url), "utf8"),
) as { readonly classifier: Described; readonly segmenter: Described };

const functions = {
  gradCam,
  gradCamPlusPlus,
  hiResCam,
  layerCam,
  xGradCam,
  scoreCam,
  eigenCam,
};
const methods = Object.keys(functions) as CamMethod[];

type Maps = SymbolicTensor;
const convolve = (name: string, x: Maps, filters: number, options: object = {}): Maps =>
  layers.conv2d({ name, filters, kernelSize: 3, padding: "same", ...options }).apply(x) as Maps;
const normalize = (name: string, x: Maps): Maps =>
  layers.batchNormalization({ name, epsilon: 1e-3 }).apply(x) as Maps;
const relu = (name: string, x: Maps): Maps =>
  layers.activation({ name, activation: "relu" }).apply(x) as Maps;
const activation = "relu";

function withWeights(net: LayersModel, { weights }: Described): LayersModel {
  tf.tidy(() => {
    for (const [name, values] of Object.entries(weights)) {
      const layer = net.getLayer(name);
      layer.setWeights(values.map((w, i) => tf.tensor(w, layer.getWeights()[i]!.shape)));
    }
  });
  return net;
}

/** The fixture's classifier. */
function classifier(): LayersModel {
  const image = input({ shape: [12, 10, 1] });
  const stem = convolve("stem", image, 4, { activation });
  const pooled = layers.maxPooling2d({ poolSize: 2 }).apply(stem) as Maps;
  const first = normalize("firstNorm", convolve("first", pooled, 4, { useBias: false }));
  const second = convolve("second", relu("firstRelu", first), 4, { useBias: false });
  const added = layers.add().apply([pooled, normalize("secondNorm", second)]) as Maps;
  const mixed = convolve("mix", relu("joined", added), 5, { padding: "valid", activation });
  const means = layers.dropout({ rate: 0.5 }).apply(layers.globalAveragePooling2d({}).apply(mixed));
  const outputs = layers.dense({ name: "head", units: 3 }).apply(means) as Maps;
  return withWeights(model({ inputs: image, outputs }), fixture.classifier);
}

/** The fixture's segmenter. */
function segmenter(): LayersModel {
  const image = input({ shape: [8, 6, 1] });
  const fine = convolve("fine", image, 3, { activation });
  const pooled = layers.maxPooling2d({ poolSize: 2 }).apply(fine) as Maps;
  const deep = relu("deepRelu", normalize("deepNorm", convolve("deep", pooled, 4, { useBias: false })));
  const up = layers.upSampling2d({ size: [2, 2] }).apply(deep) as Maps;
  const joined = layers.concatenate().apply([up, fine]) as Maps;
  const decoded = convolve("decoder", joined, 4, { activation });
  const outputs = convolve("masks", decoded, 2, { kernelSize: 1 });
  return withWeights(model({ inputs: image, outputs }), fixture.segmenter);
}

const picturesOf = ({ images }: Described): NdArray<Float32Array> =>
  ndarray(Float32Array.from(images.values), images.shape);
const values = (array: NdArray<Float32Array>) => Array.from(array.data);

/** Counts how often the model runs. */
function countRuns(net: LayersModel, name: string): () => number {
  const layer = net.getLayer(name);
  const call = layer.call.bind(layer);
  let runs = 0;
  layer.call = (inputs, kwargs) => {
    runs++;
    return call(inputs, kwargs);
  };
  return () => runs;
}

async function message(run: () => Promise<unknown>): Promise<string> {
  try {
    await run();
  } catch (error) {
    if (isRadiolucentError(error)) return `${error.code}: ${error.message}`;
    throw error;
  }
  return "no error";
}

function expectClose(actual: readonly number[], expected: readonly number[]): void {
  expect(actual.length).toBe(expected.length);
  const greatest = expected.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  const furthest = actual.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!)), 0);
  expect(furthest / greatest).toBeLessThan(1e-4);
}

let before = 0;
const leaked = () => tf.memory().numTensors - before;

describe.each(["cpu", "wasm", "onnx"] as const)("against PyTorch in float64, on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
    correctRepeatGradient();
  });

  test("every method at two layers of a classifier, for two classes, is within 1e-4 of the map's maximum, in one pass", async () => {
    const net = classifier();
    before = tf.memory().numTensors;
    const runs = countRuns(net, "first");
    const images = picturesOf(fixture.classifier);
    const options = { targets: [0, 2], layers: ["stem", "joined"] };
    const byGradient = methods.filter((method) => method !== "scoreCam");
    const inOnePass = await activationMaps(net, images, { ...options, methods: byGradient });
    expect(runs()).toBe(1);
    const scored = await activationMaps(net, images, { ...options, methods: ["scoreCam"], batchSize: 3 });
    const maps = [...inOnePass, ...scored];
    // One pass, and for each of 2 layers and 2 images 4 channels in batches of 3, whatever the number of classes.
    expect(runs()).toBe(1 + 1 + 2 * 2 * 2);
    expect(maps.length).toBe(fixture.classifier.cases.length);
    for (const { target, layer, method, shape, weightedSum } of fixture.classifier.cases) {
      const map = maps.find((m) => m.target === target && m.layer === layer && m.method === method)!;
      expect(map.weightedSum.shape).toEqual(shape);
      expectClose(values(map.weightedSum), weightedSum);
      expect(values(map.raw)).toEqual(values(map.weightedSum).map((value) => Math.max(value, 0)));
    }
    expect(leaked()).toBe(0);
  });

  test("every method at two layers of a segmentation network, summed over the predicted region or over all pixels", async () => {
    const net = segmenter();
    before = tf.memory().numTensors;
    const images = picturesOf(fixture.segmenter);
    for (const { target, region, layer, method, shape, weightedSum } of fixture.segmenter.cases) {
      const map = await functions[method](net, images, { target, layer, ...(region && { region }) });
      expect(map.weightedSum.shape).toEqual(shape);
      expectClose(values(map.weightedSum), weightedSum);
      expect([map.method, map.layer, map.target, map.head]).toEqual([method, layer, target, "masks"]);
    }
    expect(leaked()).toBe(0);
  });
});

describe("activationMaps", () => {
  beforeAll(() => useBackend("cpu"));
  afterEach(() => {
    expect(leaked()).toBe(0);
  });

  /** Two heads on a nested backbone. */
  function twoHeads(): LayersModel {
    const inside = input({ shape: [12, 10, 1] });
    const deep = layers.conv2d({ name: "deep", filters: 4, kernelSize: 3, activation: "tanh" }).apply(inside);
    const backbone = model({ name: "backbone", inputs: inside, outputs: deep as Maps });
    const image = input({ shape: [12, 10, 1] });
    const shared = backbone.apply(image) as Maps;
    const own = layers.conv2d({ name: "own", filters: 3, kernelSize: 3, activation: "tanh" }).apply(shared);
    const head = (name: string, x: Maps) =>
      layers.dense({ name, units: 2 }).apply(layers.flatten().apply(x)) as Maps;
    const net = model({ inputs: image, outputs: [head("tubes", shared), head("findings", own as Maps)] });
    const input_ = { height: 12, width: 10, channels: 1 } as const;
    const classes = { tubes: ["Drain", "NSG"], findings: ["Edema", "Mass"] };
    const heads = Object.entries(classes).map(([name, columns]) => ({
      name,
      classes: columns,
      output: "logits" as const,
    }));
    setContract(net, { version: 1, architecture: "test", heads, input: input_ });
    return net;
  }

  test("one result a target, layer and method in that order, each with its names, from one pass over all heads", async () => {
    const net = twoHeads();
    const runs = countRuns(net, "own");
    before = tf.memory().numTensors;
    const mass = { target: "Mass", head: "findings" };
    const options = { targets: ["NSG", mass], layers: ["deep"], methods: ["hiResCam", "gradCam"] } as const;
    const images = picturesOf(fixture.classifier);
    const maps = await activationMaps(net, images, options);
    expect(runs()).toBe(1);
    expect(maps.map(({ target, head, layer, method }) => [target, head, layer, method])).toEqual([
      ["NSG", "tubes", "deep", "hiResCam"],
      ["NSG", "tubes", "deep", "gradCam"],
      ["Mass", "findings", "deep", "hiResCam"],
      ["Mass", "findings", "deep", "gradCam"],
    ]);
    expect(maps[0]).toEqual(await hiResCam(net, images, { target: "NSG", layer: "deep" }));
    expect(maps[3]).toEqual(await gradCam(net, images, { ...mass, layer: "deep" }));
  });

  test("each target has the last layer before its own head where no layer is named", async () => {
    const net = twoHeads();
    before = tf.memory().numTensors;
    const targets = [{ target: 1, head: "findings" }, 0];
    const maps = await activationMaps(net, picturesOf(fixture.classifier), {
      targets,
      methods: ["scoreCam", "gradCam", "eigenCam"],
    });
    expect(maps.map(({ layer, method }) => `${layer} ${method}`)).toEqual([
      "own scoreCam",
      "own gradCam",
      "own eigenCam",
      "deep scoreCam",
      "deep gradCam",
      "deep eigenCam",
    ]);
    const alone = await scoreCam(net, picturesOf(fixture.classifier), { target: 0 });
    expect(values(maps[3]!.raw)).toEqual(values(alone.raw));
  });

  test("the default layer of a segmentation is the one before its head", async () => {
    const net = segmenter();
    before = tf.memory().numTensors;
    expect((await gradCam(net, picturesOf(fixture.segmenter), { target: 0 })).layer).toBe("decoder");
  });

  test("a segmentation's region may be a mask: one pixel is explained by what the head sees there, all by all", async () => {
    const net = segmenter();
    before = tf.memory().numTensors;
    const images = picturesOf(fixture.segmenter);
    const pixel = ndarray(new Uint8Array(48), [8, 6]);
    pixel.set(3, 4, 1);
    const one = await hiResCam(net, images, { target: 1, region: pixel });
    const all = await hiResCam(net, images, { target: 1, region: "all" });
    values(one.weightedSum).forEach((value, i) => {
      expect(value).toBeCloseTo(i % 48 === 3 * 6 + 4 ? all.weightedSum.data[i]! : 0, 6);
    });
    const full = ndarray(new Uint8Array(48).fill(1), [8, 6]);
    for (const method of methods) {
      const [a, b] = await activationMaps(net, images, {
        targets: [
          { target: 0, region: full },
          { target: 0, region: "all" },
        ],
        layers: ["deepRelu"],
        methods: [method],
      });
      expect(values(a!.weightedSum)).toEqual(values(b!.weightedSum));
    }
    const small = ndarray(new Uint8Array(4), [2, 2]);
    expect(await message(() => gradCam(net, images, { target: 0, region: small }))).toContain(
      'has shape [2,2]; head "masks" gives [8, 6]',
    );
  });

  test("maps of two classes differ, but for Eigen-CAM, which is the same map whatever the class and needs none", async () => {
    const net = classifier();
    before = tf.memory().numTensors;
    const images = picturesOf(fixture.classifier);
    for (const method of methods) {
      const [a, b] = await activationMaps(net, images, {
        targets: [0, 2],
        layers: ["joined"],
        methods: [method],
      });
      if (method === "eigenCam") expect(values(a!.weightedSum)).toEqual(values(b!.weightedSum));
      else expect(values(a!.normalized)).not.toEqual(values(b!.normalized));
    }
    const untold = await eigenCam(net, images, { layer: "joined" });
    const told = await eigenCam(net, images, { layer: "joined", target: 2 });
    expect(values(untold.raw)).toEqual(values(told.raw));
    expect([untold.target, told.target]).toEqual([undefined, 2]);
  });

  test.each(methods)("%s explains each image of a batch as it does alone", async (method) => {
    const net = classifier();
    before = tf.memory().numTensors;
    const both = picturesOf(fixture.classifier);
    const together = await functions[method](net, both, { target: 2, layer: "stem" });
    for (const i of [0, 1]) {
      const one = ndarray(both.data.slice(i * 120, (i + 1) * 120), [1, 12, 10, 1]);
      const alone = await functions[method](net, one, { target: 2, layer: "stem" });
      const mine = values(together.weightedSum).slice(i * 120, (i + 1) * 120);
      mine.forEach((value, cell) => {
        expect(value).toBeCloseTo(values(alone.weightedSum)[cell]!, 6);
      });
      expect(Math.max(...values(alone.normalized))).toBe(1);
      expect(together.peaks[i]).toEqual(alone.peaks[0]);
    }
  });

  test("a shared scale divides by the greatest value of all images and targets of one layer and method", async () => {
    const net = classifier();
    before = tf.memory().numTensors;
    const images = picturesOf(fixture.classifier);
    const options = {
      targets: [0, 2],
      layers: ["stem", "joined"],
      methods: ["gradCam", "layerCam"],
    } as const;
    const shared = await activationMaps(net, images, { ...options, scale: "shared" });
    for (const layer of options.layers)
      for (const method of options.methods) {
        const alike = shared.filter((map) => map.layer === layer && map.method === method);
        const greatest = Math.max(...alike.flatMap(({ raw }) => values(raw)));
        for (const { raw, normalized } of alike)
          expect(values(normalized)).toEqual(values(raw).map((value) => Math.fround(value / greatest)));
      }
    const each = await activationMaps(net, images, options);
    expect(each.map(({ raw }) => values(raw))).toEqual(shared.map(({ raw }) => values(raw)));
    for (const { raw, normalized } of each)
      for (const i of [0, 1]) {
        const size = raw.data.length / 2;
        expect(Math.max(...normalized.data.subarray(i * size, (i + 1) * size))).toBe(1);
      }
  });

  test("Score-CAM reports each batch, waits for the report, and stops with the signal's reason", async () => {
    const net = classifier();
    const runs = countRuns(net, "first");
    before = tf.memory().numTensors;
    const images = picturesOf(fixture.classifier);
    const stop = new AbortController();
    const seen: unknown[] = [];
    const options = { target: 0, layer: "stem", batchSize: 3 };
    const full = await scoreCam(net, images, {
      ...options,
      onBatch: (progress) => void seen.push(progress),
    });
    expect(seen).toEqual([1, 2, 3, 4].map((batch) => ({ batch, batches: 4 })));
    const atOnce = await scoreCam(net, images, { ...options, batchSize: 100 });
    expectClose(values(atOnce.weightedSum), values(full.weightedSum));
    const ran = runs();
    const onBatch = async ({ batch }: { batch: number }) => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      if (batch === 2) stop.abort(new RangeError("enough"));
    };
    await expect(scoreCam(net, images, { ...options, onBatch, signal: stop.signal })).rejects.toThrow(
      "enough",
    );
    expect(runs() - ran).toBe(3);
    await expect(gradCam(net, images, { target: 0, ...{ signal: stop.signal } })).rejects.toThrow("enough");
    const failing = () => Promise.reject(new RangeError("mine"));
    await expect(scoreCam(net, images, { ...options, onBatch: failing })).rejects.toThrow("mine");
  });

  test("a failing way back, after one that went well, leaves no tensor and no changed layer", async () => {
    const net = classifier();
    before = tf.memory().numTensors;
    const broken = (logits: tf.Tensor) =>
      tf.customGrad((x) => ({
        value: tf.sum(x as tf.Tensor),
        gradFunc: () => {
          throw new RangeError("no way back");
        },
      }))(logits) as tf.Scalar;
    const images = picturesOf(fixture.classifier);
    await expect(activationMaps(net, images, { targets: [0, broken] })).rejects.toThrow("no way back");
    expect(leaked()).toBe(0);
    const constant = () => tf.scalar(1);
    expect(await message(() => activationMaps(net, images, { targets: [0, constant] }))).toContain(
      'layer "mix" does not lead to the target',
    );
    expect(leaked()).toBe(0);
    const broken2 = () => {
      throw new RangeError("mine");
    };
    await expect(scoreCam(net, images, { target: broken2 })).rejects.toThrow("mine");
    for (const layer of net.layers) expect(Object.hasOwn(layer, "call")).toBe(false);
    // What follows is not disturbed by what failed.
    const { method, layer, weightedSum } = fixture.classifier.cases[0]!;
    expectClose(
      values((await functions[method](net, images, { target: 0, layer })).weightedSum),
      weightedSum,
    );
  });

  test("a layer off the way to a target is refused by the methods that need a gradient, and named", async () => {
    const net = twoHeads();
    before = tf.memory().numTensors;
    const images = picturesOf(fixture.classifier);
    const options = { targets: [{ target: 0, head: "findings" }, "Drain"], layers: ["own"] };
    expect(await message(() => activationMaps(net, images, options))).toBe(
      'model: layer "own" does not lead to the target; choose a layer between the input and the explained output',
    );
    expect(await activationMaps(net, images, { ...options, methods: ["eigenCam"] })).toHaveLength(2);
  });

  test("empty lists, unknown methods, odd batch sizes and targets that give no number are refused", async () => {
    const net = classifier();
    before = tf.memory().numTensors;
    const images = picturesOf(fixture.classifier);
    const all = (options: object) => message(() => activationMaps(net, images, { targets: [0], ...options }));
    expect(await all({ targets: [] })).toBe("argument: options.targets: is empty; expected at least one");
    expect(await all({ layers: [] })).toContain("options.layers: is empty");
    expect(await all({ methods: [] })).toContain("options.methods: is empty");
    expect(await all({ methods: ["cam"] })).toBe(
      'argument: options.methods: holds "cam"; expected some of gradCam, gradCamPlusPlus, hiResCam, layerCam, xGradCam, scoreCam, eigenCam',
    );
    expect(await all({ batchSize: 0 })).toContain("options.batchSize: holds 0");
    expect(await all({ targets: [3] })).toContain("columns 0 to 2; the target is 3");
    expect(await all({ targets: [{ target: 0, region: "all" }] })).toContain("only masks have regions");
    expect(await all({ targets: [(logits: tf.Tensor) => tf.mul(logits, 2)] })).toBe(
      "argument: target: gave a tensor of shape [1,3] for an image; expected a tensor of one number",
    );
    expect(await all({ targets: [() => 3], methods: ["scoreCam"] })).toContain("target: gave 3 for an image");
  });
});
