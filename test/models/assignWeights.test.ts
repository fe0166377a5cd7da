import { concat, memory, randomNormal, type Tensor } from "@tensorflow/tfjs-core";
import {
  input,
  type LayersModel,
  layers,
  type SymbolicTensor,
  sequential,
  model as tfModel,
} from "@tensorflow/tfjs-layers";
import {
  type AssignWeightsOptions,
  assignWeights,
  FrozenBatchNormalization,
  formatWeightReport,
  isRadiolucentError,
  type StoredTensor,
  useBackend,
} from "radiolucent";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";

beforeAll(() => useBackend("cpu"));

let before = 0;
let models: LayersModel[] = [];
beforeEach(() => {
  before = memory().numTensors;
});
afterEach(() => {
  for (const model of models) model.dispose();
  models = [];
  expect(memory().numTensors).toBe(before);
});

function net(channels = 1, units = 2) {
  const model = sequential({
    layers: [
      layers.zeroPadding2d({ name: "pad", inputShape: [4, 4, channels], padding: 1 }),
      layers.conv2d({ name: "stem", filters: 2, kernelSize: 2, useBias: false }),
      layers.batchNormalization({ name: "norm" }),
      layers.flatten({ name: "flat" }),
      layers.dense({ name: "head", units }),
    ],
  });
  models.push(model);
  return model;
}

const stored = (name: string, shape: readonly number[], value = (i: number) => i + 1): StoredTensor => ({
  shape,
  values: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => value(i)),
  name,
});

type Groups = Record<string, Record<string, StoredTensor>>;
const given = (groups: Groups) =>
  new Map(Object.entries(groups).map(([layer, weights]) => [layer, new Map(Object.entries(weights))]));

const full = (channels = 1): Groups => ({
  stem: { kernel: stored("stem/kernel:0", [2, 2, channels, 2]) },
  norm: {
    gamma: stored("g", [2]),
    beta: stored("b", [2]),
    moving_mean: stored("m", [2]),
    moving_variance: stored("v", [2]),
  },
  head: { kernel: stored("head/kernel:0", [50, 2]), bias: stored("head/bias:0", [2]) },
});

const numbersOf = (model: LayersModel) => model.getWeights().map((weight) => [...weight.dataSync()]);

function errorOf(model: LayersModel, groups: Groups, options?: AssignWeightsOptions) {
  const numbers = numbersOf(model);
  const tensors = memory().numTensors;
  try {
    assignWeights(model, given(groups), options);
  } catch (error) {
    expect(numbersOf(model)).toEqual(numbers);
    expect(memory().numTensors).toBe(tensors);
    if (isRadiolucentError(error)) return error;
    throw error;
  }
  throw new Error("expected an error");
}

describe("assignWeights", () => {
  test("gives each layer the numbers stored under its name", () => {
    const model = net();
    const report = assignWeights(model, given(full()));
    expect(report).toEqual({
      loaded: [
        { layer: "stem", weights: ["kernel"] },
        { layer: "norm", weights: ["gamma", "beta", "moving_mean", "moving_variance"] },
        { layer: "head", weights: ["kernel", "bias"] },
      ],
      skipped: [],
      missing: [],
    });
    expect([...model.getLayer("stem").getWeights()[0]!.dataSync()]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(formatWeightReport(report)).toBe(
      "7 weights of 3 layers loaded, 0 layers skipped, 0 weights missing",
    );
  });

  test("of several wrong shapes the first is shown with both shapes, the others by name, and nothing is assigned", () => {
    const groups = full();
    groups.stem = { kernel: stored("stem/kernel:0", [3, 3, 1, 2]) };
    groups.head!.bias = stored("head/bias:0", [3]);
    const error = errorOf(net(), groups);
    expect(error).toMatchObject({ code: "model", subject: "stem" });
    expect(error.message).toContain(
      "[2, 2, 1, 2] in the model, but stem/kernel:0 is stored with [3, 3, 1, 2]",
    );
    expect(error.message).toContain('skip: ["stem"]');
    expect(error.message).toContain("1 more layers don't fit: head");
  });

  test("a head of another size is left as it is when it is skipped", () => {
    const model = net(1, 3);
    const head = [...model.getLayer("head").getWeights()[0]!.dataSync()];
    const report = assignWeights(model, given(full()), { skip: ["head"] });
    expect(report.skipped).toEqual([{ name: "head", reason: "named in skip" }]);
    expect([...model.getLayer("head").getWeights()[0]!.dataSync()]).toEqual(head);
  });

  test("stored layers that the model lacks are reported; layers without numbers are errors or reported", () => {
    const { head, ...rest } = full();
    const groups = { ...rest, fc1000: head! };
    expect(errorOf(net(), groups)).toMatchObject({ code: "model", subject: "head" });
    const report = assignWeights(net(), given(groups), { require: "some" });
    expect(report.skipped).toEqual([
      { name: "fc1000", reason: "the model has no layer of this name with weights" },
    ]);
    expect(report.missing).toEqual([
      { layer: "head", weight: "kernel" },
      { layer: "head", weight: "bias" },
    ]);
    expect(formatWeightReport(report).split("\n").slice(1)).toEqual([
      "skipped    fc1000  the model has no layer of this name with weights",
      "missing    head    kernel",
      "missing    head    bias",
    ]);
    expect(errorOf(net(), { other: head! }, { require: "some" }).message).toMatch(
      /no weight was found for any layer/,
    );
  });

  test("a stored weight that the layer lacks, numbers that are not finite and too few numbers are errors", () => {
    const groups = full();
    groups.stem!.bias = stored("stem/bias:0", [2]);
    expect(errorOf(net(), groups).message).toMatch(/stem\/bias:0 is stored.*has no bias/);
    const bad = { ...full(), stem: { kernel: stored("k", [2, 2, 1, 2], (i) => (i === 3 ? Number.NaN : 1)) } };
    expect(errorOf(net(), bad).message).toMatch(/k holds NaN at place 3/);
    const few = { ...full(), stem: { kernel: { ...stored("k", [2, 2, 1, 1]), shape: [2, 2, 1, 2] } } };
    expect(errorOf(net(), few).message).toMatch(/4 numbers where its shape \[2, 2, 1, 2\] needs 8/);
  });

  test("a name in skip that is nowhere is an ArgumentError", () => {
    expect(errorOf(net(), full(), { skip: ["predictions"] })).toMatchObject({
      code: "argument",
      argument: "options.skip",
    });
  });

  test("the library's frozen batch normalisation gets them too", () => {
    const model = sequential({
      layers: [layers.inputLayer({ inputShape: [3] }), new FrozenBatchNormalization({ name: "norm" })],
    });
    models.push(model);
    const statistics = ["moving_mean", "moving_variance"].map((name) => [name, stored(name, [3])] as const);
    const report = assignWeights(model, new Map([["norm", new Map(statistics)]]));
    expect(report.missing).toEqual([]);
    expect(report.loaded[0]?.converted).toBe(
      "gamma filled with 1, as none is stored; beta filled with 0, as none is stored",
    );
  });

  test("batch normalisation stored without scale or shift gets gamma 1 and beta 0", () => {
    const model = net();
    const groups = full();
    groups.norm = { moving_mean: stored("m", [2]), moving_variance: stored("v", [2]) };
    const report = assignWeights(model, given(groups));
    expect(report.loaded[1]?.converted).toBe(
      "gamma filled with 1, as none is stored; beta filled with 0, as none is stored",
    );
    expect(
      model
        .getLayer("norm")
        .getWeights()
        .map((weight) => [...weight.dataSync()]),
    ).toEqual([
      [1, 1],
      [0, 0],
      [1, 2],
      [1, 2],
    ]);
  });

  test("a stem of three channels summed for one gives what it gave for grey repeated three times, and back", async () => {
    const groups = full(3);
    groups.stem = { kernel: stored("k", [2, 2, 3, 2], (i) => Math.sin(i)) };
    const [colour, grey] = [net(3), net(1)];
    assignWeights(colour, given(groups));
    const report = assignWeights(grey, given(groups));
    expect(report.loaded[0]?.converted).toBe("kernel summed over its 3 input channels");
    const images = randomNormal([2, 4, 4, 1], 0, 1, "float32", 3);
    const repeated = concat([images, images, images], 3);
    const outputs = [grey.predict(images), colour.predict(repeated)] as Tensor[];
    const [a, b] = outputs.map((output) => [...output.dataSync()]);
    expect(Math.max(...a!.map((value, i) => Math.abs(value - b![i]!)))).toBeLessThan(1e-3);

    const one = { ...full(), stem: { kernel: stored("k", [2, 2, 1, 2], (i) => Math.cos(i)) } };
    assignWeights(grey, given(one));
    expect(assignWeights(colour, given(one)).loaded[0]?.converted).toMatch(/divided by 3/);
    const again = [grey.predict(images), colour.predict(repeated)] as Tensor[];
    const [c, d] = again.map((output) => [...output.dataSync()]);
    expect(Math.max(...c!.map((value, i) => Math.abs(value - d![i]!)))).toBeLessThan(1e-3);
    for (const tensor of [images, repeated, ...outputs, ...again]) tensor.dispose();

    expect(errorOf(net(1), groups, { convertStem: false })).toMatchObject({ code: "model", subject: "stem" });
  });

  test("layers of nested models count, by their path or their own name, and skip takes the model's name", () => {
    const inner = (name: string) =>
      sequential({
        name,
        layers: [layers.dense({ name: "dense", units: 1, inputShape: [2], useBias: false })],
      });
    const image = input({ shape: [2] });
    const [a, b] = [inner("a"), inner("b")];
    const middle = layers.dense({ name: "middle", units: 2, useBias: false });
    const x = middle.apply(image) as SymbolicTensor;
    const model = tfModel({ inputs: image, outputs: [a.apply(x), b.apply(x)] as SymbolicTensor[] });
    models.push(model);
    const kernel = (value: number) => ({ kernel: stored("k", [2, 1], () => value) });
    const both = { middle: { kernel: stored("k", [2, 2]) }, "a/dense": kernel(5), "b/dense": kernel(6) };
    const report = assignWeights(model, given(both));
    expect(report.loaded.map(({ layer }) => layer).sort()).toEqual(["a/dense", "b/dense", "middle"]);
    expect([...b.getWeights()[0]!.dataSync()]).toEqual([6, 6]);
    const unclear = { middle: both.middle, dense: kernel(7) };
    expect(errorOf(model, unclear).message).toMatch(/2 layers of the model are called "dense"/);
    const skipped = assignWeights(model, given({ middle: both.middle }), { skip: ["a", "b"] });
    expect(skipped.skipped.map(({ name }) => name).sort()).toEqual(["a/dense", "b/dense"]);
  });
});
