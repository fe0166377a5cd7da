import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { aucMarginLoss } from "../../src/losses/aucMarginLoss.js";
import { column, evaluate } from "./support.js";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

describe("aucMarginLoss", () => {
  it("has the variables a, b and alpha, one number a class, from 0, under free names, and frees them", () => {
    const before = tf.memory().numTensors;
    const [first, second] = [aucMarginLoss({ classCount: 3 }), aucMarginLoss({ classCount: 3 })];
    expect(first.variables).toEqual([first.a, first.b, first.alpha]);
    expect(first.variables.map(({ shape, trainable }) => [shape, trainable])).toEqual(
      new Array(3).fill([[3], true]),
    );
    expect([...first.alpha.dataSync()]).toEqual([0, 0, 0]);
    expect(new Set([...first.variables, ...second.variables].map(({ name }) => name)).size).toBe(6);
    first.dispose();
    second.dispose();
    expect(tf.memory().numTensors).toBe(before);
    const again = aucMarginLoss({ classCount: 1 });
    expect(again.a.name).toBe("aucMarginLoss/a");
    again.dispose();
  });

  it('"v1" is p (1 - p) times "v2" for each class, p the frequency of presence in the batch', async () => {
    const cells = column([1, 0, 0, 0, null], [0.3, -1, 2, 0.5, 7]);
    const values = await Promise.all(
      (["v1", "v2"] as const).map(async (version) => {
        const loss = aucMarginLoss({ classCount: 1, version, margin: 0.8 });
        loss.a.assign(tf.tensor1d([0.4]));
        loss.alpha.assign(tf.tensor1d([0.7]));
        const { value } = await evaluate(loss, cells);
        loss.dispose();
        return value;
      }),
    );
    expect(values[0]).toBeCloseTo((3 / 16) * values[1]!, 6);
  });

  it("at the best a, b and alpha it is the squared hinge of the mean scores, plus their variances", async () => {
    const loss = aucMarginLoss({ classCount: 1, version: "v2", fromLogits: false });
    loss.a.assign(tf.tensor1d([0.7]));
    loss.b.assign(tf.tensor1d([0.4]));
    loss.alpha.assign(tf.tensor1d([1 + 0.4 - 0.7]));
    const { value, variableGradients } = await evaluate(loss, column([1, 1, 0, 0], [0.6, 0.8, 0.3, 0.5]));
    expect(value).toBeCloseTo(0.01 + 0.01 + 0.7 ** 2, 6);
    expect(variableGradients.flat()).toEqual(new Array(3).fill(expect.closeTo(0, 6)));
    loss.dispose();
  });

  it.each(["v1", "v2"] as const)(
    "a class without a side in the batch gives 0 and no gradient (%s); the others stay as they are",
    async (version) => {
      const loss = aucMarginLoss({ classCount: 2, version, reduction: "sum-over-classes" });
      const alone = aucMarginLoss({ classCount: 1, version });
      for (const own of [loss, alone]) own.alpha.assign(tf.fill(own.alpha.shape, 0.5));
      const both = await evaluate(loss, { shape: [2, 2], labels: [1, 1, 0, 1], predictions: [1, 2, 3, 4] });
      const one = await evaluate(alone, column([1, 0], [1, 3]));
      expect(both.value).toBeCloseTo(one.value, 6);
      expect([both.gradient[1], both.gradient[3]].map((x) => Math.abs(x!))).toEqual([0, 0]);
      expect(both.variableGradients.map(([, second]) => Math.abs(second!))).toEqual([0, 0, 0]);
      loss.dispose();
      alone.dispose();
    },
  );

  it('the mean is over the classes with a known sample for "v1", with both sides for "v2"', async () => {
    const cells = { shape: [2, 3], labels: [1, 1, null, 0, 1, null], predictions: [1, 2, 3, 4, 5, 6] };
    for (const [version, divisor] of [
      ["v1", 2],
      ["v2", 1],
    ] as const) {
      const [sum, mean] = await Promise.all(
        (["sum-over-classes", "mean"] as const).map(async (reduction) => {
          const loss = aucMarginLoss({ classCount: 3, version, reduction });
          const { value } = await evaluate(loss, cells);
          loss.dispose();
          return value;
        }),
      );
      expect(mean).toBeCloseTo(sum! / divisor, 6);
      expect(sum).toBeGreaterThan(0);
    }
  });

  it.each([
    [{ classCount: 0 }, /options\.classCount: is 0/],
    [{ classCount: 1, margin: 0 }, /options\.margin: is 0/],
    [{ classCount: 1, version: "v3" as "v1" }, /options\.version: is v3/],
    [{ classCount: 2, positiveFraction: [0.1] }, /options\.positiveFraction: is of length 1/],
    [{ classCount: 1, positiveFraction: [2] }, /options\.positiveFraction\[0\]: is 2/],
    [{ classCount: 1, version: "v2" as const, positiveFraction: [0.1] }, /version "v1"/],
  ])("rejects %j, and leaves no variable", (options, message) => {
    const before = tf.memory().numTensors;
    expect(() => aucMarginLoss(options)).toThrow(message);
    expect(tf.memory().numTensors).toBe(before);
  });

  it("names another number of classes", () => {
    const loss = aucMarginLoss({ classCount: 3 });
    expect(() => loss(tf.zeros([4, 2]), tf.zeros([4, 2]))).toThrow(/2 classes .* options\.classCount = 3/);
    loss.dispose();
  });
});
