import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { useBackend } from "../../src/backends/index.js";
import { inputGradient, integratedGradients } from "../../src/explain/index.js";
import { gaussLegendreRule, midpointRule } from "../../src/explain/quadrature.js";
import {
  array,
  code,
  fixture,
  fixtureImages,
  fixtureNet,
  linearNet,
  relativeError,
  segmenter,
  twoHeads,
} from "./inputExplanationNets.js";

const column = fixture.column as number;
const weights = [
  [1, 2, -3, 4, 5, -6, 7, 8, 9, 1, 2, 3],
  [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
] as const;
const pixels = [1, 2, 3, 4, 5, 6, 6, 5, 4, 3, 2, 1];

beforeAll(async () => void (await useBackend("cpu")));

let before = 0;
afterEach(() => {
  expect(tf.memory().numTensors - before).toBe(0);
});

describe("integratedGradients", () => {
  test.each(["gaussLegendre", "midpoint"] as const)(
    "of a linear net is w (x - x'), channels summed, and complete, by hand (%s)",
    async (method) => {
      const net = linearNet(weights);
      before = tf.memory().numTensors;
      const found = await integratedGradients(net, array(pixels, [1, 2, 3, 2]), {
        target: 0,
        baseline: 2,
        steps: 3,
        method,
      });
      const expected = [0, 1, 2, 3, 4, 5].map(
        (p) => weights[0][2 * p]! * (pixels[2 * p]! - 2) + weights[0][2 * p + 1]! * (pixels[2 * p + 1]! - 2),
      );
      expect(found.attribution.shape).toEqual([1, 2, 3]);
      expect(relativeError(found.attribution.data, expected)).toBeLessThan(1e-6);
      expect([...found.raw.data].every((value, i) => value === Math.max(found.attribution.data[i]!, 0))).toBe(
        true,
      );
      expect(found.completenessGap[0]).toBeCloseTo(0, 4);
      expect(found.scores[0]! - found.baselineScores[0]!).toBeCloseTo(
        expected.reduce((a, b) => a + b),
        4,
      );
    },
  );

  test.each(["cpu", "wasm", "onnx"] as const)(
    "equals PyTorch's on %s within 1e-4 of the maximum",
    async (backend) => {
      await useBackend(backend);
      const net = fixtureNet();
      before = tf.memory().numTensors;
      const images = fixtureImages();
      const midpoint = await integratedGradients(net, images, {
        target: column,
        steps: 5,
        method: "midpoint",
        baseline: "mean",
      });
      expect(relativeError(midpoint.attribution.data, fixture.midpoint)).toBeLessThan(1e-4);
      expect(relativeError(midpoint.scores, fixture.scores)).toBeLessThan(1e-5);
      const legendre = await integratedGradients(net, images, { target: column, steps: 7, batchSize: 3 });
      expect(relativeError(legendre.attribution.data, fixture.gaussLegendre)).toBeLessThan(1e-4);
      const gradient = await inputGradient(net, images, { target: column });
      expect(relativeError(gradient.attribution.data, fixture.gradient)).toBeLessThan(1e-4);
      expect(tf.memory().numTensors - before).toBe(0);
      net.dispose();
      await useBackend("cpu");
      before = tf.memory().numTensors;
    },
  );

  test("the gap to completeness is the sum less f(x) - f(x'), and closes with more steps", async () => {
    const net = fixtureNet();
    before = tf.memory().numTensors;
    const gaps: number[] = [];
    for (const steps of [2, 24]) {
      const found = await integratedGradients(net, fixtureImages(), { target: 0, steps, method: "midpoint" });
      const sum = found.attribution.data.slice(0, 120).reduce((a, b) => a + b, 0);
      expect(found.completenessGap[0]).toBeCloseTo(sum - (found.scores[0]! - found.baselineScores[0]!), 4);
      gaps.push(Math.max(...found.completenessGap.map(Math.abs)));
    }
    expect(gaps[1]!).toBeLessThan(gaps[0]! / 3);
  });

  test("a segmentation's region stays that of the image itself all along the path", async () => {
    const net = segmenter();
    before = tf.memory().numTensors;
    const image = Array.from({ length: 16 }, (_, i) => (i === 3 ? 2 : i === 7 ? 0.25 : 0));
    const found = await integratedGradients(net, array(image, [1, 4, 4, 1]), {
      target: 0,
      steps: 4,
      method: "midpoint",
    });
    // Only pixel 3 is inside (2 x 2 - 1 >= 0): its logit falls from 3 to -1. Pixel 7 (logit -0.5) is outside.
    expect([...found.attribution.data]).toEqual(image.map((_, i) => (i === 3 ? 4 : 0)));
    expect([found.scores[0], found.baselineScores[0], found.completenessGap[0]]).toEqual([3, -1, 0]);
    const all = await inputGradient(net, array(image, [1, 4, 4, 1]), { target: 0, region: "all" });
    expect([...all.attribution.data]).toEqual(new Array(16).fill(2));
  });

  test("the gradient of images does not depend on how many run at a time; an abort ends it", async () => {
    const net = fixtureNet();
    before = tf.memory().numTensors;
    const together = await inputGradient(net, fixtureImages(), { target: 2 });
    const seen: unknown[] = [];
    const single = await inputGradient(net, fixtureImages(), {
      target: 2,
      batchSize: 1,
      onBatch: (progress) => void seen.push(progress),
    });
    expect(seen).toEqual([
      { batch: 1, batches: 2 },
      { batch: 2, batches: 2 },
    ]);
    expect(relativeError(single.attribution.data, [...together.attribution.data])).toBeLessThan(1e-6);
    expect(relativeError(single.scores, [...together.scores])).toBeLessThan(1e-6);
    const signal = AbortSignal.abort(new Error("stopped"));
    await expect(inputGradient(net, fixtureImages(), { target: 2, signal })).rejects.toThrow("stopped");
  });

  test("explains the head that is asked for", async () => {
    const net = twoHeads();
    before = tf.memory().numTensors;
    const image = array(
      Array.from({ length: 36 }, (_, i) => Math.sin(i)),
      [1, 6, 6, 1],
    );
    const first = await inputGradient(net, image, { target: 0 });
    const second = await inputGradient(net, image, { target: 0, head: "findings" });
    expect([...first.attribution.data]).not.toEqual([...second.attribution.data]);
  });

  test("errors name the option, and leave no tensor", async () => {
    const net = linearNet(weights);
    before = tf.memory().numTensors;
    const image = array(pixels, [1, 2, 3, 2]);
    const run = (options: object) =>
      code(() => integratedGradients(net, image, { target: 0, ...options } as never));
    expect(await run({ steps: 0 })).toContain("options.steps: holds 0");
    expect(await run({ method: "simpson" })).toContain('options.method: is "simpson"');
    expect(await run({ baseline: Number.NaN })).toContain("options.baseline: is NaN");
    expect(await run({ batchSize: 1.5 })).toContain("options.batchSize");
    expect(await run({ target: 2 })).toContain("columns 0 to 1");
    expect(await code(() => inputGradient(net, array(pixels, [1, 3, 2, 2]), { target: 0 }))).toContain(
      "takes [any, 2, 3, 2]",
    );
    const broken = (logits: tf.Tensor2D) =>
      tf.customGrad((x) => ({
        value: tf.sum(x as tf.Tensor),
        gradFunc: () => {
          throw new RangeError("no way back");
        },
      }))(logits) as tf.Scalar;
    await expect(integratedGradients(net, image, { target: broken })).rejects.toThrow("no way back");
    await expect(inputGradient(net, image, { target: broken })).rejects.toThrow("no way back");
    const constant = () => tf.scalar(1);
    for (const explain of [integratedGradients, inputGradient])
      expect(await code(() => explain(net, image, { target: constant }))).toBe(
        "model: the target does not depend on the image; nothing to differentiate",
      );
  });

  test("tells how far it is after each batch and stops with the signal's reason, leaving no tensor", async () => {
    const net = fixtureNet();
    before = tf.memory().numTensors;
    const seen: unknown[] = [];
    const onBatch = (progress: unknown) => void seen.push(progress);
    await integratedGradients(net, fixtureImages(), { target: 0, steps: 5, batchSize: 4, onBatch });
    expect(seen).toEqual([1, 2, 3, 4].map((batch) => ({ batch, batches: 4 })));
    const controller = new AbortController();
    const stopped = integratedGradients(net, fixtureImages(), {
      target: 0,
      steps: 50,
      batchSize: 1,
      signal: controller.signal,
      onBatch: ({ batch }) => {
        if (batch === 3) controller.abort(new Error("enough"));
        if (batch > 3) throw new Error("went on");
      },
    });
    await expect(stopped).rejects.toThrow("enough");
  });
});

describe("rules of integration", () => {
  test("Gauss-Legendre's nodes and weights equal numpy's leggauss on [0, 1]", () => {
    const { nodes, weights: found } = gaussLegendreRule(7);
    for (let i = 0; i < 7; i++) {
      expect(nodes[i]).toBeCloseTo(fixture.legendre.nodes[i], 14);
      expect(found[i]).toBeCloseTo(fixture.legendre.weights[i], 14);
    }
  });

  test("n nodes integrate powers up to 2 n - 1 exactly, and weights add up to 1 for many nodes", () => {
    for (const steps of [1, 2, 5, 12]) {
      const { nodes, weights: found } = gaussLegendreRule(steps);
      for (let power = 0; power < 2 * steps; power++) {
        const sum = nodes.reduce((total, node, i) => total + found[i]! * node ** power, 0);
        expect(sum).toBeCloseTo(1 / (power + 1), 13);
      }
    }
    expect(gaussLegendreRule(300).weights.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
    expect([...midpointRule(2).nodes]).toEqual([0.25, 0.75]);
  });
});
