import { readFileSync } from "node:fs";
import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ArgumentError } from "../../src/errors.js";
import {
  type WeightedBinaryCrossentropyOptions,
  weightedBinaryCrossentropy,
} from "../../src/losses/weightedBinaryCrossentropy.js";

type Rows = readonly (readonly (number | null)[])[];

const fixture = JSON.parse(
  readFileSync(new URL("../fixtures/weightedBinaryCrossentropy.json", import.meta.url), "utf8"),
) as {
  cases: {
    title: string;
    options: WeightedBinaryCrossentropyOptions;
    labels: Rows;
    predictions: Rows;
    loss: number;
    gradient: Rows;
  }[];
};

const matrix = (rows: Rows): tf.Tensor2D => {
  const values = rows.flatMap((row) => row.map((value) => value ?? NaN));
  return tf.tensor2d(values, [rows.length, values.length / Math.max(1, rows.length)]);
};

/** The loss and its gradient in the predictions. */
async function evaluate(options: WeightedBinaryCrossentropyOptions, labels: Rows, predictions: Rows) {
  const loss = weightedBinaryCrossentropy(options);
  const { value, grad } = tf.tidy(() => {
    const yTrue = matrix(labels);
    return tf.valueAndGrad((yPred) => loss(yTrue, yPred))(matrix(predictions));
  });
  const result = { loss: (await value.data())[0]!, gradient: [...(await grad.data())] };
  tf.dispose([value, grad]);
  return result;
}

const course = {
  labels: [
    [1, 1, 1],
    [1, 1, 0],
    [0, 1, 0],
    [1, 0, 1],
  ],
  weights: { positive: [0.25, 0.25, 0.5], negative: [0.75, 0.75, 0.5] },
};
const filled = (value: number): Rows => course.labels.map((row) => row.map(() => value));

describe.each(["cpu", "wasm"])("weightedBinaryCrossentropy on %s", (backend) => {
  beforeAll(async () => {
    await tf.setBackend(backend);
  });
  afterAll(() => tf.setBackend("cpu"));

  it.each(fixture.cases)("equals PyTorch: $title", async ({ options, labels, predictions, ...expected }) => {
    const { loss, gradient } = await evaluate(options, labels, predictions);
    expect(loss).toBeCloseTo(expected.loss, 4);
    expect(Math.abs(loss / expected.loss - 1)).toBeLessThan(2e-6);
    expected.gradient.flat().forEach((slope, i) => {
      expect(Math.abs(gradient[i]! - slope!)).toBeLessThan(2e-6 * Math.max(1, Math.abs(slope!)));
    });
  });

  it("gives the course's -0.4956203 for all .7 and all .3 (sum over classes of batch means, epsilon 1)", async () => {
    const options = { ...course.weights, epsilon: 1, fromLogits: false };
    for (const value of [0.7, 0.3]) {
      const { loss } = await evaluate(options, course.labels, filled(value));
      expect(loss).toBeCloseTo(-0.4956203, 6);
    }
  });

  it("skips unknown labels: the loss is that of the known ones and their gradient is exactly 0", async () => {
    // One class: labels 1, unknown, 0 at logits 0, 5, 0. Mean of two times log 2.
    const { loss, gradient } = await evaluate({}, [[1], [NaN], [0]], [[0], [5], [0]]);
    expect(loss).toBeCloseTo(Math.LN2, 6);
    expect(gradient[0]).toBeCloseTo(-0.25, 6);
    expect(Math.abs(gradient[1]!)).toBe(0);
    expect(gradient[2]).toBeCloseTo(0.25, 6);
  });

  it.each([
    [true, [Infinity, -Infinity, NaN, 1e30]],
    [false, [-5, 2, NaN, Infinity]],
  ])("lets nothing through from predictions without a label (fromLogits %s)", async (fromLogits, wild) => {
    const labels = [...wild.map(() => [NaN]), [1]];
    const { loss, gradient } = await evaluate({ fromLogits }, labels, [...wild.map((x) => [x]), [0.5]]);
    expect(Number.isFinite(loss)).toBe(true);
    expect(gradient.slice(0, -1).map(Math.abs)).toEqual([0, 0, 0, 0]);
    expect(gradient.at(-1)).toBeLessThan(0);
  });

  it("keeps value and gradient at logits of 100 either way", async () => {
    const { loss, gradient } = await evaluate({}, [[1, 0, 1, 0]], [[-100, 100, 100, -100]]);
    expect(loss).toBeCloseTo(200, 3);
    expect(gradient).toEqual([-1, 1, expect.closeTo(0, 12), expect.closeTo(0, 12)]);
  });

  it("gives 0 and a gradient of 0 where no label is known, and for an empty batch", async () => {
    for (const reduction of ["sum-over-classes", "mean"] as const) {
      const unknown = await evaluate({ reduction }, [[NaN, NaN]], [[3, -3]]);
      expect(unknown.loss).toBe(0);
      expect(unknown.gradient.map(Math.abs)).toEqual([0, 0]);
      const empty = weightedBinaryCrossentropy({ reduction })(tf.zeros([0, 2]), tf.zeros([0, 2]));
      expect((await empty.data())[0]).toBe(0);
    }
  });

  it("takes all axes but the last for samples", async () => {
    const loss = weightedBinaryCrossentropy({ positive: [1, 2], negative: [3, 4] });
    const labels = tf.tensor4d([1, 0, 0, NaN, 1, 1, 0, 0], [1, 2, 2, 2]);
    const logits = tf.tensor4d([1, 2, 3, 4, 5, 6, 7, 8], [1, 2, 2, 2]);
    const wide = await loss(labels, logits).data();
    const flat = await loss(tf.reshape(labels, [4, 2]), tf.reshape(logits, [4, 2])).data();
    expect(wide[0]).toBe(flat[0]);
  });
});

describe("weightedBinaryCrossentropy", () => {
  beforeAll(async () => {
    await tf.setBackend("cpu");
  });

  it("has the gradient of its finite differences", async () => {
    const value = fc.double({ min: -6, max: 6, noNaN: true });
    const label = fc.constantFrom(0, 1, NaN);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(value, label), { minLength: 4, maxLength: 4 }),
        fc.boolean(),
        fc.constantFrom("sum-over-classes" as const, "mean" as const),
        async (cells, fromLogits, reduction) => {
          const options = { positive: [0.3, 2], negative: [1.5, 0.7], fromLogits, reduction };
          const labels = [
            [cells[0]![1], cells[1]![1]],
            [cells[2]![1], cells[3]![1]],
          ];
          const scores = cells.map(([x]) => (fromLogits ? x : 0.5 + x / 13));
          const at = (moved: readonly number[]) =>
            evaluate(options, labels, [moved.slice(0, 2), moved.slice(2)]);
          const { gradient } = await at(scores);
          const step = fromLogits ? 0.02 : 0.004;
          for (let i = 0; i < 4; i++) {
            const up = await at(scores.map((x, j) => (i === j ? x + step : x)));
            const down = await at(scores.map((x, j) => (i === j ? x - step : x)));
            const slope = (up.loss - down.loss) / (2 * step);
            expect(Math.abs(gradient[i]! - slope)).toBeLessThan(0.02 * Math.max(0.1, Math.abs(slope)));
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it("from logits equals from probabilities where those are not near 0 or 1", async () => {
    const logits = [
      [0.5, -1, 2],
      [1.5, 0, -2],
      [-0.5, 1, 0.25],
      [3, -3, 1],
    ];
    const probabilities = logits.map((row) => row.map((x) => 1 / (1 + Math.exp(-x))));
    const a = await evaluate(course.weights, course.labels, logits);
    const b = await evaluate({ ...course.weights, fromLogits: false }, course.labels, probabilities);
    expect(a.loss).toBeCloseTo(b.loss, 5);
  });

  it("adds class means by default and divides by the number of known classes for `mean`", async () => {
    // Classes 0 and 1 give log 2 each, class 2 has no known label.
    const labels = [[1, 0, NaN]];
    expect((await evaluate({}, labels, [[0, 0, 9]])).loss).toBeCloseTo(2 * Math.LN2, 6);
    expect((await evaluate({ reduction: "mean" }, labels, [[0, 0, 9]])).loss).toBeCloseTo(Math.LN2, 6);
  });

  it("takes integer labels and Float64Array weights", async () => {
    const loss = weightedBinaryCrossentropy({ positive: Float64Array.of(2), negative: Float64Array.of(1) });
    const value = await loss(tf.tensor2d([[1], [0]], [2, 1], "int32"), tf.zeros([2, 1])).data();
    expect(value[0]).toBeCloseTo(1.5 * Math.LN2, 6);
  });

  it("leaves no tensor but its result", () => {
    const loss = weightedBinaryCrossentropy(course.weights);
    const [labels, logits] = [matrix(course.labels), matrix(filled(1))];
    const before = tf.memory().numTensors;
    const value = loss(labels, logits);
    expect(tf.memory().numTensors).toBe(before + 1);
    expect(value.shape).toEqual([]);
    tf.dispose([value, labels, logits]);
  });

  it("fits model.compile({ loss })", async () => {
    const input = tfl.input({ shape: [2] });
    const model = tfl.model({
      inputs: input,
      outputs: tfl.layers.dense({ units: 2, kernelInitializer: "zeros" }).apply(input) as tfl.SymbolicTensor,
    });
    model.compile({ loss: weightedBinaryCrossentropy({ reduction: "mean" }), optimizer: "sgd" });
    const xs = tf.tensor2d([
      [1, 0],
      [0, 1],
    ]);
    const ys = tf.tensor2d([
      [1, NaN],
      [0, 1],
    ]);
    const { history } = await model.fit(xs, ys, { epochs: 20, verbose: 0 });
    const losses = history.loss as number[];
    expect(losses[0]).toBeCloseTo(Math.LN2, 5);
    expect(losses.at(-1)).toBeLessThan(losses[0]!);
    tf.dispose([xs, ys]);
    model.dispose();
  });

  it("names the shapes that do not fit", () => {
    const loss = weightedBinaryCrossentropy({ positive: [1, 1, 1], negative: [1, 1, 1] });
    expect(() => loss(tf.zeros([8, 4]), tf.zeros([8, 4]))).toThrow(
      /4 classes \(shape \[8,4\]\) for 3 weights/,
    );
    expect(() => loss(tf.zeros([8, 3]), tf.zeros([3, 8]))).toThrow(/\[3,8\] where yTrue has \[8,3\]/);
    expect(() => loss(tf.scalar(1), tf.scalar(1))).toThrow(ArgumentError);
  });

  it.each([
    [{ positive: [1, NaN] }, /options\.positive: weight 1 is NaN/],
    [{ negative: [Infinity] }, /options\.negative: weight 0 is Infinity/],
    [{ positive: [-1] }, /weight 0 is -1/],
    [{ positive: [1], negative: [1, 1] }, /2 weights where options\.positive has 1/],
    [{ epsilon: 0 }, /epsilon: is 0/],
  ])("rejects %j", (options, message) => {
    expect(() => weightedBinaryCrossentropy(options)).toThrow(message);
  });
});
