import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import * as losses from "../../src/losses/index.js";
import type { OverlapLossOptions } from "../../src/losses/overlap.js";
import { evaluate } from "./support.js";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

const kinds = {
  diceLoss: losses.diceLoss,
  tverskyLoss: losses.tverskyLoss,
  focalTverskyLoss: losses.focalTverskyLoss,
};
const names = Object.keys(kinds) as (keyof typeof kinds)[];

/** One image of one mask: `covered` pixels at a logit of 1000, the rest at -1000. */
const image = (mask: readonly (number | null)[], predicted: readonly number[]) => ({
  shape: [1, mask.length, 1, 1],
  labels: mask,
  predictions: predicted.map((on) => (on ? 1000 : -1000)),
});

describe.each(names)("%s", (name) => {
  const kind: (options?: OverlapLossOptions) => losses.Loss = kinds[name];

  it.each([1e-7, 1e-5, 1])("is 0 for an empty mask with an empty prediction (smooth %f)", async (smooth) => {
    for (const aggregation of ["image", "batch"] as const) {
      const result = await evaluate(kind({ smooth, aggregation }), image([0, 0, 0, 0], [0, 0, 0, 0]));
      expect(result.value).toBe(0);
      expect(result.gradient.every(Number.isFinite)).toBe(true);
    }
  });

  it("is near 0 with smooth 1 for an empty mask of 64 x 64 pixels at logits of -15", async () => {
    const result = await evaluate(kind(), {
      shape: [1, 64, 64, 1],
      labels: new Array(4096).fill(0),
      predictions: new Array(4096).fill(-15),
    });
    expect(result.value).toBeLessThan(name === "focalTverskyLoss" ? 0.01 : 0.002);
  });

  it.each([1, 3])(
    "is near 1 for an empty mask with %d pixels predicted and a small smooth",
    async (covered) => {
      const predicted = [0, 1, 2, 3].map((i) => Number(i < covered));
      const result = await evaluate(kind({ smooth: 1e-5 }), image([0, 0, 0, 0], predicted));
      expect(result.value).toBeCloseTo(1, 4);
    },
  );

  it("is 0 for a perfect prediction, with finite gradients, and near 1 for a disjoint one", async () => {
    const perfect = await evaluate(kind(), image([1, 0, 1, 0], [1, 0, 1, 0]));
    expect(perfect.value).toBe(0);
    expect(perfect.gradient.every(Number.isFinite)).toBe(true);
    const disjoint = await evaluate(kind({ smooth: 1e-5 }), image([1, 0, 1, 0], [0, 1, 0, 1]));
    expect(disjoint.value).toBeCloseTo(1, 4);
  });

  it("lies between 0 and 1 by default", async () => {
    const number = fc.float({ min: -30, max: 30, noNaN: true });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(number, fc.constantFrom(0, 1, 0.5, null)), { minLength: 12, maxLength: 12 }),
        fc.constantFrom("image" as const, "batch" as const),
        async (cells, aggregation) => {
          const loss = kind({ aggregation, classWeights: [0.5, 3] });
          const { value, gradient } = await evaluate(loss, {
            shape: [2, 3, 1, 2],
            labels: cells.map(([, y]) => y),
            predictions: cells.map(([x]) => x),
          });
          expect(value).toBeGreaterThanOrEqual(0);
          expect(value).toBeLessThanOrEqual(1);
          expect(gradient.every(Number.isFinite)).toBe(true);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('"image" takes the mean over images that have a known pixel, "batch" takes them for one', async () => {
    // Three images of two pixels; the last has no known pixel.
    const masks = [1, 0, 0, 0, null, null];
    const predictions = [2, -1, 0.5, -2, 9, 9];
    const shape = [3, 2, 1, 1];
    const value = async (options: OverlapLossOptions, from: number, to: number) =>
      (
        await evaluate(kind(options), {
          shape: [(to - from) / 2, 2, 1, 1],
          labels: masks.slice(from, to),
          predictions: predictions.slice(from, to),
        })
      ).value;
    const { value: byImage } = await evaluate(kind(), { shape, labels: masks, predictions });
    expect(byImage).toBeCloseTo(((await value({}, 0, 2)) + (await value({}, 2, 4))) / 2, 6);
    const options = { aggregation: "batch" } as const;
    const { value: byBatch } = await evaluate(kind(options), { shape, labels: masks, predictions });
    const joined = { shape: [1, 4, 1, 1], labels: masks.slice(0, 4), predictions: predictions.slice(0, 4) };
    expect(byBatch).toBeCloseTo((await evaluate(kind(), joined)).value, 6);
    expect(Math.abs(byBatch - byImage)).toBeGreaterThan(1e-3);
  });

  it("weighs classes: a weighted mean over those with a known pixel, or a weighted sum", async () => {
    // Classes 0 and 1 are wrong in different measure, class 2 has no known pixel.
    const cells = {
      shape: [1, 2, 1, 3],
      labels: [1, 0, null, 0, 1, null],
      predictions: [1, 2, 3, -1, -2, -3],
    };
    const only = async (weights: number[]) => (await evaluate(kind({ classWeights: weights }), cells)).value;
    const [first, second] = [await only([1, 0, 0]), await only([0, 1, 0])];
    expect(Math.abs(first - second)).toBeGreaterThan(0.1);
    expect(await only([1, 3, 7])).toBeCloseTo((first + 3 * second) / 4, 6);
    expect((await evaluate(kind(), cells)).value).toBeCloseTo((first + second) / 2, 6);
    const summed = kind({ classWeights: [1, 3, 7], reduction: "sum-over-classes" });
    expect((await evaluate(summed, cells)).value).toBeCloseTo(first + 3 * second, 6);
    expect(await only([0, 0, 1])).toBe(0);
  });

  it("is the same for probabilities as for their logits", async () => {
    const logits = [1, -1, 0.5, -3];
    const cells = { shape: [1, 4, 1, 1], labels: [1, 0, 0, 1] };
    const expected = await evaluate(kind(), { ...cells, predictions: logits });
    const predictions = logits.map((x) => 1 / (1 + Math.exp(-x)));
    const { value } = await evaluate(kind({ fromLogits: false }), { ...cells, predictions });
    expect(value).toBeCloseTo(expected.value, 6);
  });

  it.each([
    [{ smooth: 0 }, /options\.smooth: is 0; expected a number of at least 1e-7/],
    [{ classWeights: [1, -1] }, /options\.classWeights: weight 1 is -1/],
    [{ aggregation: "pixel" as "image" }, /options\.aggregation: is pixel/],
    [{ reduction: "none" as "mean" }, /options\.reduction: is none/],
  ])("rejects %j", (options, message) => {
    expect(() => kind(options)).toThrow(message);
  });

  it("names another number of classes than of weights", () => {
    expect(() => kind({ classWeights: [1] })(tf.zeros([1, 2]), tf.zeros([1, 2]))).toThrow(/2 classes/);
  });
});

describe("the overlap losses among each other", () => {
  const cells = {
    shape: [2, 3, 1, 1],
    labels: [1, 0, null, 1, 1, 0],
    predictions: [0.5, 1, -2, 3, -0.5, 0.25],
  };

  it("Tversky with alpha = beta = 0.5 is Dice with twice the smooth", async () => {
    const dice = await evaluate(losses.diceLoss({ smooth: 2 }), cells);
    const tversky = await evaluate(losses.tverskyLoss({ alpha: 0.5, beta: 0.5, smooth: 1 }), cells);
    expect(tversky.value).toBeCloseTo(dice.value, 6);
  });

  it("alpha weighs what is marked outside the mask, beta what is missed", async () => {
    const loss = losses.tverskyLoss({ alpha: 0, beta: 1, smooth: 1e-7 });
    expect((await evaluate(loss, image([1, 0, 0], [1, 1, 1]))).value).toBe(0);
    expect((await evaluate(loss, image([1, 1, 0], [1, 0, 0]))).value).toBeCloseTo(0.5, 5);
  });

  it("focal Tversky is Tversky to the power of 1 / gamma, and gamma 4/3 by default", async () => {
    const one = { ...cells, shape: [1, 6, 1, 1] };
    const { value } = await evaluate(losses.tverskyLoss(), one);
    expect((await evaluate(losses.focalTverskyLoss({ gamma: 1 }), one)).value).toBeCloseTo(value, 6);
    expect((await evaluate(losses.focalTverskyLoss(), one)).value).toBeCloseTo(value ** 0.75, 6);
  });

  it("cross-entropy and Dice together are their weighted sum, with one reduction", async () => {
    for (const reduction of ["mean", "sum-over-classes"] as const) {
      const two = { ...cells, shape: [1, 3, 1, 2] };
      const options = { reduction, positive: [2, 3], negative: [1, 0.5] };
      const [bce, dice] = [losses.weightedBinaryCrossentropy(options), losses.diceLoss({ reduction })];
      const expected = 0.3 * (await evaluate(bce, two)).value + 0.7 * (await evaluate(dice, two)).value;
      const loss = losses.binaryCrossentropyDiceLoss({
        ...options,
        binaryCrossentropyWeight: 0.3,
        diceWeight: 0.7,
      });
      expect((await evaluate(loss, two)).value).toBeCloseTo(expected, 5);
    }
    const empty = await evaluate(losses.binaryCrossentropyDiceLoss(), image([0, 0, 0], [0, 0, 0]));
    expect(empty.value).toBe(0);
    expect(() => losses.binaryCrossentropyDiceLoss({ diceWeight: -1 })).toThrow(/options\.diceWeight: is -1/);
  });
});
