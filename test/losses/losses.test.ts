import { readFileSync } from "node:fs";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { useBackend } from "radiolucent";
import "radiolucent/backends/onnx";
import "radiolucent/backends/wasm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ArgumentError } from "../../src/errors.js";
import * as losses from "../../src/losses/index.js";
import type { Loss } from "../../src/losses/loss.js";
import { type Cells, column, evaluate } from "./support.js";

const fixture = JSON.parse(readFileSync(new URL("../fixtures/losses.json", import.meta.url), "utf8")) as {
  cases: (Cells & {
    title: string;
    loss: string;
    options: object;
    value: number;
    gradient: number[];
    variables?: number[][];
    variableGradients?: number[][];
  })[];
};

const factories = { ...losses } as Readonly<Record<string, (options: object) => Loss>>;

/** All losses with their defaults, each for two classes. */
const all: Readonly<Record<string, () => Loss>> = {
  weightedBinaryCrossentropy: () => losses.weightedBinaryCrossentropy(),
  "weightedBinaryCrossentropy, smoothed": () => losses.weightedBinaryCrossentropy({ labelSmoothing: 0.1 }),
  focalLoss: () => losses.focalLoss(),
  "focalLoss, gamma 0.5": () => losses.focalLoss({ gamma: 0.5, alpha: [0.25, 0.6] }),
  "asymmetricLoss, focusing gradient": () => losses.asymmetricLoss({ focusingGradient: true }),
  "asymmetricLoss, gammas 0.5": () =>
    losses.asymmetricLoss({ gammaPositive: 0.5, gammaNegative: 0.5, focusingGradient: true }),
  "asymmetricLoss, clip 0": () =>
    losses.asymmetricLoss({ gammaPositive: 1, clip: 0, focusingGradient: true }),
  diceLoss: () => losses.diceLoss(),
  "diceLoss, squared, by batch": () =>
    losses.diceLoss({ squared: true, aggregation: "batch", smooth: 1e-3, classWeights: [1, 2] }),
  binaryCrossentropyDiceLoss: () => losses.binaryCrossentropyDiceLoss(),
  tverskyLoss: () => losses.tverskyLoss(),
  focalTverskyLoss: () => losses.focalTverskyLoss(),
  "aucMarginLoss, v1": () => losses.aucMarginLoss({ classCount: 2 }),
  "aucMarginLoss, v2": () => losses.aucMarginLoss({ classCount: 2, version: "v2" }),
};

describe.each(["cpu", "wasm", "onnx"] as const)("losses on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
  });
  afterAll(() => tf.setBackend("cpu"));

  it.each(fixture.cases)(
    "$loss equals PyTorch in value and gradient: $title",
    async ({ loss: name, options, variables, ...expected }) => {
      const loss = factories[name]!(options);
      variables?.forEach((values, i) => {
        tf.tidy(() => loss.variables![i]!.assign(tf.tensor1d(values)));
      });
      const result = await evaluate(loss, expected);
      expect(Math.abs(result.value - expected.value)).toBeLessThan(1e-5 * Math.max(1, expected.value));
      const near = (got: number[], wanted: number[]) => {
        expect(got.length).toBe(wanted.length);
        const scale = Math.max(1, ...wanted.map(Math.abs));
        expect(Math.max(...got.map((x, i) => Math.abs(x - wanted[i]!)))).toBeLessThan(1e-5 * scale);
      };
      near(result.gradient, expected.gradient);
      expected.variableGradients?.forEach((wanted, i) => {
        near(result.variableGradients[i]!, wanted);
      });
      loss.dispose?.();
    },
  );

  it.each(Object.keys(all))(
    "%s is finite, with finite gradients, at logits of 100 and 1000 either way",
    async (name) => {
      const loss = all[name]!();
      const logits = [-1000, -100, 0, 100, 1000];
      // Each logit with each label, in both classes.
      const cells = {
        shape: [10, 1, 1, 2],
        labels: logits.flatMap(() => [1, 0, 0, 1]),
        predictions: logits.flatMap((x) => [x, x, x, x]),
      };
      const result = await evaluate(loss, cells);
      expect(Number.isFinite(result.value)).toBe(true);
      expect(result.gradient.every(Number.isFinite)).toBe(true);
      expect(result.variableGradients.flat().every(Number.isFinite)).toBe(true);
      loss.dispose?.();
    },
  );

  it.each(Object.keys(all))(
    "%s skips unknown labels: as if they were not there, and a gradient of exactly 0 whatever the prediction",
    async (name) => {
      const loss = all[name]!();
      const known = { labels: [1, 0, 0, 1, 0, 1], predictions: [0.5, -1, 2, 0.25, -0.5, 1] };
      const wild = [Infinity, -Infinity, NaN, 1e30, 1000, 0.3];
      const expected = await evaluate(loss, { ...known, shape: [1, 3, 1, 2] });
      const result = await evaluate(loss, {
        shape: [1, 6, 1, 2],
        labels: [...known.labels, ...wild.map(() => null)],
        predictions: [...known.predictions, ...wild],
      });
      expect(result.value).toBeCloseTo(expected.value, 6);
      expected.gradient.forEach((slope, i) => {
        expect(result.gradient[i]).toBeCloseTo(slope, 6);
      });
      expect(result.gradient.slice(6).map(Math.abs)).toEqual(wild.map(() => 0));
      loss.dispose?.();
    },
  );
});

describe("all losses", () => {
  beforeAll(async () => {
    await tf.setBackend("cpu");
  });

  it.each(Object.keys(all))("%s has the gradient of its finite differences", async (name) => {
    const loss = all[name]!();
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.double({ min: -4, max: 4, noNaN: true }), { minLength: 8, maxLength: 8 }),
        fc.array(fc.constantFrom(0, 1, 0.3, null), { minLength: 8, maxLength: 8 }),
        async (predictions, labels) => {
          const at = (moved: readonly number[]) =>
            evaluate(loss, { shape: [2, 2, 1, 2], labels, predictions: moved });
          // Clipping bends the loss where p = 0.05.
          const bend = Math.log(0.05 / 0.95);
          fc.pre(predictions.every((x) => Math.abs(x - bend) > 0.05));
          const { gradient } = await at(predictions);
          const step = 0.02;
          for (let i = 0; i < 8; i++) {
            const up = await at(predictions.map((x, j) => (i === j ? x + step : x)));
            const down = await at(predictions.map((x, j) => (i === j ? x - step : x)));
            const slope = (up.value - down.value) / (2 * step);
            expect(Math.abs(gradient[i]! - slope)).toBeLessThan(0.01 * Math.max(0.05, Math.abs(slope)));
          }
        },
      ),
      { numRuns: 4 },
    );
    loss.dispose?.();
  });

  it.each(Object.keys(all))("%s gives 0 where nothing is known and for an empty batch", async (name) => {
    const loss = all[name]!();
    const unknown = await evaluate(loss, {
      shape: [2, 2],
      labels: [null, null, null, null],
      predictions: [3, -3, 1, 0],
    });
    expect(Math.abs(unknown.value)).toBe(0);
    expect(unknown.gradient.map(Math.abs)).toEqual([0, 0, 0, 0]);
    for (const shape of [
      [0, 2],
      [0, 4, 4, 2],
      [3, 0, 4, 2],
    ]) {
      const empty = loss(tf.zeros(shape), tf.zeros(shape));
      expect((await empty.data())[0]).toBe(0);
      empty.dispose();
    }
    loss.dispose?.();
  });

  it.each(Object.keys(all))("%s leaves no tensor but its result, a scalar", (name) => {
    const loss = all[name]!();
    const [labels, logits] = [tf.ones([2, 3, 3, 2]), tf.zeros([2, 3, 3, 2])];
    const before = tf.memory().numTensors;
    const value = loss(labels, logits);
    expect(value.shape).toEqual([]);
    expect(tf.memory().numTensors).toBe(before + 1);
    value.dispose();
    tf.dispose(tf.tidy(() => tf.grad((x) => loss(labels, x))(logits)));
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose([labels, logits]);
    loss.dispose?.();
  });

  it.each(Object.keys(all))("%s takes integer and boolean labels", async (name) => {
    const loss = all[name]!();
    const given = [1, 0, 0, 1];
    const logits = tf.tensor2d([1, 2, 3, 4], [2, 2]);
    const [float, ...others] = await Promise.all(
      (["float32", "int32", "bool"] as const).map(async (dtype) => {
        const labels = tf.tensor2d(given, [2, 2], dtype);
        return (await loss(labels, logits).data())[0];
      }),
    );
    expect(others).toEqual([float, float]);
    loss.dispose?.();
  });

  it.each(Object.keys(all))("%s names the shapes that do not fit", (name) => {
    const loss = all[name]!();
    expect(() => loss(tf.zeros([8, 2]), tf.zeros([2, 8]))).toThrow(/\[2,8\] where yTrue has \[8,2\]/);
    expect(() => loss(tf.scalar(1), tf.scalar(1))).toThrow(ArgumentError);
    loss.dispose?.();
  });

  it("a plain function is a loss", () => {
    const loss: Loss = (yTrue, yPred) => tf.mean(tf.squaredDifference(yTrue, yPred));
    expect(loss(tf.ones([2]), tf.zeros([2])).dataSync()[0]).toBe(1);
  });
});

describe("the cross-entropy losses", () => {
  const cells: Cells = {
    shape: [4, 2],
    labels: [1, 0.25, null, 0, 0, 1, 1, null],
    predictions: [2, -1, 30, 8, -20, -9, 0.1, 3],
  };
  const weights = { positive: [0.3, 2], negative: [1.5, 0.7] };

  it.each(["sum-over-classes", "mean"] as const)(
    "focal with gamma 0 and asymmetric without focusing and clipping equal weightedBinaryCrossentropy exactly (%s)",
    async (reduction) => {
      for (const fromLogits of [true, false]) {
        const options = { ...weights, reduction, fromLogits };
        const given = fromLogits
          ? cells
          : { ...cells, predictions: cells.predictions.map((x) => 1 / (1 + Math.exp(-x))) };
        const expected = await evaluate(losses.weightedBinaryCrossentropy(options), given);
        expect(await evaluate(losses.focalLoss({ ...options, gamma: 0 }), given)).toEqual(expected);
        const plain = { gammaPositive: 0, gammaNegative: 0, clip: 0 };
        expect(await evaluate(losses.asymmetricLoss({ ...options, ...plain }), given)).toEqual(expected);
      }
    },
  );

  it("asymmetric with equal gammas and no clipping equals focal", async () => {
    const options = { gammaPositive: 2, gammaNegative: 2, clip: 0, focusingGradient: true };
    const expected = await evaluate(losses.focalLoss(), cells);
    expect(await evaluate(losses.asymmetricLoss(options), cells)).toEqual(expected);
  });

  it("label smoothing moves labels towards 1/2 by their share, and leaves unknown ones unknown", async () => {
    const smoothed = { ...cells, labels: cells.labels.map((y) => (y === null ? null : y * 0.8 + 0.1)) };
    const expected = await evaluate(losses.weightedBinaryCrossentropy(weights), smoothed);
    const result = await evaluate(
      losses.weightedBinaryCrossentropy({ ...weights, labelSmoothing: 0.2 }),
      cells,
    );
    expect(result.value).toBeCloseTo(expected.value, 5);
    expect(result.gradient.map(Math.fround)).toEqual(expected.gradient.map((x) => expect.closeTo(x, 6)));
  });

  it("focusing plays down what is right: 100 times less at p = 0.9 with gamma 2", async () => {
    const logit = Math.log(9);
    const [plain, focal] = await Promise.all(
      [0, 2].map((gamma) => evaluate(losses.focalLoss({ gamma }), column([1], [logit]))),
    );
    expect(focal!.value / plain!.value).toBeCloseTo(0.01, 5);
  });

  it("a wrong logit of 100 costs 100, a right one nothing, without end of the gradient", async () => {
    for (const loss of [losses.focalLoss(), losses.asymmetricLoss({ clip: 0 })]) {
      const { value, gradient } = await evaluate(loss, column([1, 0, 1, 0], [-100, 100, 100, -100]));
      expect(value).toBeCloseTo(50, 4);
      expect(gradient).toEqual([-0.25, 0.25, 0, 0].map((slope) => expect.closeTo(slope, 6)));
    }
  });

  it("asymmetric: an absent sample up to the clip probability has no loss and no gradient", async () => {
    const logits = [0.01, 0.049].map((p) => Math.log(p / (1 - p)));
    const result = await evaluate(losses.asymmetricLoss(), column([0, 0], logits));
    expect(Math.abs(result.value)).toBe(0);
    expect(result.gradient.map(Math.abs)).toEqual([0, 0]);
  });

  it.each([
    [() => losses.focalLoss({ gamma: -1 }), /options\.gamma: is -1/],
    [() => losses.focalLoss({ alpha: 1.5 }), /options\.alpha: is 1\.5/],
    [() => losses.focalLoss({ alpha: [0.5, NaN] }), /options\.alpha\[1\]: is NaN/],
    [
      () => losses.focalLoss({ alpha: [0.5], positive: [1, 1] }),
      /alpha: has 1 weights where options\.positive has 2/,
    ],
    [() => losses.asymmetricLoss({ clip: 1 }), /options\.clip: is 1/],
    [() => losses.asymmetricLoss({ gammaNegative: NaN }), /options\.gammaNegative: is NaN/],
    [() => losses.weightedBinaryCrossentropy({ labelSmoothing: 1 }), /options\.labelSmoothing: is 1/],
    [() => losses.weightedBinaryCrossentropy({ reduction: "sum" as "mean" }), /options\.reduction: is sum/],
    [() => losses.focalLoss({ alpha: [0.5] })(tf.zeros([1, 2]), tf.zeros([1, 2])), /2 classes .* 1 weights/],
  ])("names what is wrong with an option (%#)", (act, message) => {
    expect(act).toThrow(message);
  });
});
