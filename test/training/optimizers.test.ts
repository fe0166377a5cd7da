import { readFileSync } from "node:fs";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
// Registers the gradients.
import "@tensorflow/tfjs-layers";
import { useBackend } from "radiolucent";
import "radiolucent/backends/onnx";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ArgumentError } from "../../src/errors.js";
import { aucMarginLoss } from "../../src/losses/aucMarginLoss.js";
import { rocAuc } from "../../src/metrics/rocCurve.js";
import { randomStream } from "../../src/random.js";
import { learningRateOf, setLearningRate } from "../../src/training/learningRate.js";
import { optimizerState, restoreOptimizer } from "../../src/training/optimizerState.js";
import { type AdamWOptions, adamW } from "../../src/training/optimizers/adamW.js";
import { type PesgOptions, pesg } from "../../src/training/optimizers/pesg.js";

const fixture = JSON.parse(readFileSync(new URL("../fixtures/losses.json", import.meta.url), "utf8")) as {
  adamW: {
    start: number[][];
    target: number[][];
    runs: { options: Omit<AdamWOptions, "decays"> & { decays?: string }; steps: number[][][] }[];
  };
  pesg: {
    features: number[];
    labels: number[];
    weights: number[];
    stageEndsAfter: number;
    runs: { options: Omit<PesgOptions, "loss">; steps: number[][][] }[];
  };
};

type List = Parameters<tf.Optimizer["applyGradients"]>[0];
type Entry = { name: string; tensor: tf.Tensor | undefined };

const apply = (optimizer: tf.Optimizer, entries: Entry[]) => optimizer.applyGradients(entries as List);
const read = (variables: readonly tf.Variable[]) =>
  Promise.all(variables.map(async (variable) => [...(await variable.data())]));
const variable = (values: number[], shape: number[] = [values.length]) =>
  tf.tidy(() => tf.variable(tf.tensor(values, shape)));

/** One step on a function of variables, as training takes it. */
function step(optimizer: tf.Optimizer, f: () => tf.Scalar, variables: tf.Variable[]): void {
  const { value, grads } = tf.tidy(() => tf.variableGrads(f, variables));
  apply(
    optimizer,
    variables.map(({ name }) => ({ name, tensor: grads[name] })),
  );
  tf.dispose([value, ...Object.values(grads)]);
}

function expectNear(got: number[][], wanted: number[][], tolerance = 1e-5): void {
  expect(got.map((values) => values.length)).toEqual(wanted.map((values) => values.length));
  const differences = got.flatMap((values, i) => values.map((x, j) => Math.abs(x - wanted[i]![j]!)));
  expect(Math.max(...differences)).toBeLessThan(tolerance);
}

let kept = 0;
beforeEach(() => {
  kept = tf.memory().numTensors;
});
afterEach(() => {
  expect(tf.memory().numTensors, "tensors left").toBe(kept);
});

/** The function of the reference: sum((w - t)^2 + sin(3 w)). */
function wavy() {
  const { start, target } = fixture.adamW;
  const shapes = [[3, 2], [2]];
  const variables = start.map((values, i) => variable(values, shapes[i]!));
  const f = () =>
    tf.addN(
      variables.map((w, i) => {
        const t = tf.tensor(target[i]!, shapes[i]!);
        return tf.sum(tf.add(tf.square(tf.sub(w, t)), tf.sin(tf.mul(w, 3))));
      }),
    ) as tf.Scalar;
  return { variables, f };
}

/** The problem of the reference: a linear model of two classes under the AUC margin loss. */
function linear(options: Omit<PesgOptions, "loss">) {
  const { features, labels, weights } = fixture.pesg;
  const loss = aucMarginLoss({ classCount: 2 });
  const w = variable(weights, [3, 2]);
  const f = () =>
    loss(tf.tensor2d(labels, [10, 2]), tf.matMul(tf.tensor2d(features, [10, 3]), w as tf.Tensor2D));
  return { loss, f, variables: [w, ...loss.variables], optimizer: pesg({ ...options, loss }) };
}

describe.each(["cpu", "onnx"] as const)("optimizers on %s", (backend) => {
  beforeAll(async () => {
    await useBackend(backend);
    kept = tf.memory().numTensors;
  });
  afterAll(() => tf.setBackend("cpu"));

  it.each(fixture.adamW.runs)("adamW walks as PyTorch's AdamW: $options", async ({ options, steps }) => {
    const { variables, f } = wavy();
    const { decays, ...rest } = options;
    const optimizer = adamW({
      ...rest,
      ...(decays && { decays: (_: string, shape: readonly number[]) => shape.length > 1 }),
    });
    for (const expected of steps) {
      step(optimizer, f, variables);
      expectNear(await read(variables), expected);
    }
    optimizer.dispose();
    tf.dispose(variables);
  });

  it.each(fixture.pesg.runs)(
    "pesg walks as its update equations, over a stage's end: $options",
    async (run) => {
      const { loss, f, variables, optimizer } = linear(run.options);
      for (const [i, expected] of run.steps.entries()) {
        step(optimizer, f, variables);
        if (i + 1 === fixture.pesg.stageEndsAfter) optimizer.endStage(10);
        expectNear(await read(variables), expected);
      }
      optimizer.dispose();
      loss.dispose();
      variables[0]!.dispose();
    },
  );

  it("both go on exactly where they stopped, from what their own properties hold", async () => {
    const problems = {
      adamW: () => {
        const { variables, f } = wavy();
        return { variables, f, make: () => adamW({ learningRate: 0.05 }), loss: undefined };
      },
      pesg: () => {
        const { loss, f, variables, optimizer } = linear({ epochDecay: 0.1 });
        optimizer.dispose();
        return { variables, f, make: () => pesg({ loss, epochDecay: 0.1 }), loss };
      },
    };
    for (const problem of Object.values(problems)) {
      const run = async (stopAfter: number | undefined) => {
        const { variables, f, make, loss } = problem();
        let optimizer: ReturnType<typeof make> = make();
        for (let i = 0; i < 6; i++) {
          if (i === 4 && "endStage" in optimizer) optimizer.endStage(2);
          step(optimizer, f, variables);
          if (i + 1 !== stopAfter) continue;
          const next = make();
          restoreOptimizer(next, optimizerState(optimizer));
          optimizer.dispose();
          optimizer = next;
        }
        const result = await read(variables);
        optimizer.dispose();
        if (loss) loss.dispose();
        tf.dispose(variables);
        return result;
      };
      const whole = await run(undefined);
      for (const stopAfter of [1, 3, 5]) expect(await run(stopAfter)).toEqual(whole);
    }
  });
});

describe("adamW", () => {
  it("without decay walks as TensorFlow.js's Adam", async () => {
    const ours = wavy();
    const theirs = wavy();
    const [optimizer, adam] = [
      adamW({ learningRate: 0.02, weightDecay: 0 }),
      tf.train.adam(0.02, 0.9, 0.999, 1e-8),
    ];
    for (let i = 0; i < 5; i++) {
      step(optimizer, ours.f, ours.variables);
      step(adam, theirs.f, theirs.variables);
    }
    expectNear(await read(ours.variables), await read(theirs.variables));
    tf.dispose([...ours.variables, ...theirs.variables]);
    optimizer.dispose();
    adam.dispose();
  });

  it("leaves a variable without a gradient as it is, and keeps its place and its moments", async () => {
    const [a, b] = [variable([1]), variable([2])];
    const optimizer = adamW({ learningRate: 0.1 });
    const gradient = tf.tensor1d([1]);
    apply(optimizer, [
      { name: a.name, tensor: undefined },
      { name: b.name, tensor: gradient },
    ]);
    expect(await read([a])).toEqual([[1]]);
    expect(optimizer.accumulatedFirstMoment.map((slot) => slot?.originalName)).toEqual([
      `${a.name}/m`,
      `${b.name}/m`,
    ]);
    apply(optimizer, [
      { name: a.name, tensor: gradient },
      { name: b.name, tensor: undefined },
    ]);
    expectNear(await read([b]), [[2 * (1 - 0.001) - 0.1]], 1e-6);
    optimizer.dispose();
    tf.dispose([a, b, gradient]);
  });

  it("decays what `decays` says, by name and shape, by learningRate * weightDecay a step", async () => {
    const [a, b] = [variable([1, 1], [2, 1]), variable([1, 1])];
    const asked: [string, readonly number[]][] = [];
    const optimizer = adamW({
      learningRate: 0.1,
      weightDecay: 0.5,
      decays: (name, shape) => asked.push([name, shape]) > 0 && shape.length > 1,
    });
    const zeros = [tf.zeros([2, 1]), tf.zeros([2])];
    apply(
      optimizer,
      [a, b].map(({ name }, i) => ({ name, tensor: zeros[i] })),
    );
    expectNear(
      await read([a, b]),
      [
        [0.95, 0.95],
        [1, 1],
      ],
      1e-6,
    ); // prettier-ignore
    expect(asked).toEqual([
      [a.name, [2, 1]],
      [b.name, [2]],
    ]);
    optimizer.dispose();
    tf.dispose([a, b, zeros]);
  });

  it("takes a map of gradients too, works with minimize, and counts its steps", () => {
    const { variables, f } = wavy();
    const optimizer = adamW();
    optimizer.minimize(f);
    expect(optimizer.minimize(f, true, variables)?.dispose()).toBeUndefined();
    expect(optimizer.iterations).toBe(2);
    expect(optimizer.getConfig()).toEqual({
      learningRate: 1e-3,
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-8,
      weightDecay: 0.01,
    });
    optimizer.dispose();
    tf.dispose(variables);
  });

  it("takes another learning rate between steps", () => {
    const optimizer = adamW();
    setLearningRate(optimizer, 0.5);
    expect(learningRateOf(optimizer)).toBe(0.5);
  });

  it.each([
    [{ learningRate: -1 }, /options\.learningRate: is -1/],
    [{ beta1: 1 }, /options\.beta1: is 1/],
    [{ beta2: NaN }, /options\.beta2: is NaN/],
    [{ epsilon: 0 }, /options\.epsilon: is 0/],
    [{ weightDecay: Infinity }, /options\.weightDecay: is Infinity/],
  ])("rejects %j", (options, message) => {
    expect(() => adamW(options)).toThrow(message);
  });

  it("names a gradient of no variable", () => {
    const tensor = tf.scalar(1);
    expect(() => apply(adamW(), [{ name: "gone", tensor }])).toThrow(/"gone", which no variable is named/);
    tensor.dispose();
  });
});

describe("pesg", () => {
  it("keeps alpha at 0 and above", async () => {
    const { loss, f, variables, optimizer } = linear({ learningRate: 0.5, weightDecay: 0, epochDecay: 0 });
    tf.tidy(() => loss.a.assign(tf.tensor1d([5, 0])));
    step(optimizer, f, variables);
    const [alpha] = await read([loss.alpha]);
    expect(alpha![0]).toBe(0);
    expect(alpha![1]).toBeGreaterThan(0);
    optimizer.dispose();
    loss.dispose();
    variables[0]!.dispose();
  });

  it("needs the gradients of the loss's own variables, and says so before it moves anything", async () => {
    const { loss, variables, optimizer } = linear({});
    const w = variables[0]!;
    const tensor = tf.ones([3, 2]);
    const act = () => apply(optimizer, [{ name: w.name, tensor }]);
    expect(act).toThrow(ArgumentError);
    expect(act).toThrow(/lacks "aucMarginLoss.*\/a" of the loss/);
    expectNear(await read([w]), [fixture.pesg.weights], 1e-6);
    optimizer.dispose();
    loss.dispose();
    tf.dispose([w, tensor]);
  });

  it("leaves a variable without a gradient as it is; its running mean starts with its first gradient", async () => {
    const { loss, variables, optimizer } = linear({ learningRate: 0.5, weightDecay: 0 });
    const own = variables.slice(1);
    const w = variable([1]);
    const [gradient, still] = [tf.tensor1d([0.2]), tf.zeros([2])];
    const at = (optimizer: tf.Optimizer, tensor: tf.Tensor | undefined) =>
      apply(optimizer, [{ name: w.name, tensor }, ...own.map(({ name }) => ({ name, tensor: still }))]);
    at(optimizer, undefined);
    expect(await read([w])).toEqual([[1]]);
    const next = pesg({ loss, learningRate: 0.5, weightDecay: 0 });
    restoreOptimizer(next, optimizerState(optimizer));
    at(next, gradient);
    expectNear(await read([w]), [[0.9]], 1e-6);
    next.endStage();
    // The mean of 1 and 0.9 is the reference from here on.
    at(next, gradient);
    expectNear(await read([w]), [[0.9 - 0.5 * (0.1 * 0.2 + 0.9 * (0.2 - 2e-3 * 0.05))]], 1e-6);
    for (const used of [optimizer, next]) used.dispose();
    loss.dispose();
    tf.dispose([w, gradient, still, variables[0]!]);
  });

  it("ending a stage divides the learning rate; before the first step nothing else happens", () => {
    const { loss, variables, optimizer } = linear({});
    optimizer.endStage(10);
    expect(optimizer.learningRate).toBeCloseTo(0.01, 9);
    optimizer.endStage();
    expect(optimizer.learningRate).toBeCloseTo(0.01, 9);
    expect(() => optimizer.endStage(0)).toThrow(/divisor: is 0/);
    expect(() => pesg({ loss, momentum: 2 })).toThrow(/options\.momentum: is 2/);
    expect(() => pesg({ loss, clipValue: 0 })).toThrow(/options\.clipValue: is 0/);
    expect(() => pesg({ loss, ascent: "up" as "gradient" })).toThrow(/options\.ascent: is up/);
    optimizer.dispose();
    loss.dispose();
    variables[0]!.dispose();
  });

  it.each(["v1", "v2"] as const)(
    "with aucMarginLoss (%s) raises the AUC of a linear problem with 10%% present, from about 0.5 to above 0.9",
    async (version) => {
      const random = randomStream(7);
      const [samples, width] = [300, 5];
      const truth = [1, -1, 0.5, 0, 2];
      const x = Float32Array.from({ length: samples * width }, () => random.normal());
      const projected = Array.from({ length: samples }, (_, i) =>
        truth.reduce((sum, t, j) => sum + t * x[i * width + j]!, 0.5 * random.normal()),
      );
      const threshold = projected.toSorted((a, b) => b - a)[30]!;
      const labels = projected.map((value) => Number(value > threshold));
      const loss = aucMarginLoss({ classCount: 1, version });
      const optimizer = pesg({ loss, learningRate: 1 });
      const w = variable([0, 0.01, 0, 0.01, 0], [width, 1]);
      const inputs = tf.tensor2d(x, [samples, width]);
      const targets = tf.tensor2d(labels, [samples, 1]);
      const auc = () =>
        rocAuc(
          labels,
          tf.tidy(() => tf.matMul(inputs, w as tf.Tensor2D).dataSync()),
        );
      expect(auc()).toBeLessThan(0.6);
      for (let i = 0; i < 100; i++) {
        step(optimizer, () => loss(targets, tf.matMul(inputs, w as tf.Tensor2D)), [w, ...loss.variables]);
      }
      expect(auc()).toBeGreaterThan(0.9);
      optimizer.dispose();
      loss.dispose();
      tf.dispose([w, inputs, targets]);
    },
  );
});
