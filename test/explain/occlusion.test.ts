import * as tf from "@tensorflow/tfjs-core";
import ndarray from "ndarray";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { useBackend } from "../../src/backends/index.js";
import { baselineImage } from "../../src/explain/baseline.js";
import { integratedGradients, occlusion, occlusions, scoreCam } from "../../src/explain/index.js";
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

beforeAll(async () => void (await useBackend("cpu")));

let before = 0;
afterEach(() => {
  expect(tf.memory().numTensors - before).toBe(0);
});

describe("occlusion", () => {
  test("of a linear net the fall is the sum of w (x - baseline) under the window; overlapping windows are averaged, by hand", async () => {
    const net = linearNet([
      [1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0],
      [0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1],
    ]);
    before = tf.memory().numTensors;
    const picture = array([1, 9, 1, 9, 1, 9, 2, 9, 2, 9, 2, 9], [1, 2, 3, 2]);
    const found = await occlusion(net, picture, { target: 0, windowSize: [1, 2], stride: 1, baseline: 0 });
    expect(found.drops.shape).toEqual([1, 2, 2]);
    expect([...found.drops.data]).toEqual([1 + 2, 2 + 3, 8 + 10, 10 + 12]);
    expect([...found.attribution.data]).toEqual([3, 4, 5, 18, 20, 22]);
    expect(found.scores[0]).toBe(1 + 2 + 3 + 8 + 10 + 12 + 0.5);
  });

  test("windows at the right and bottom edge are cut, and every pixel is covered", async () => {
    const net = linearNet([
      [1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0],
      [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    ]);
    before = tf.memory().numTensors;
    const ones = array(new Array(12).fill(1), [1, 2, 3, 2]);
    const found = await occlusion(net, ones, { target: 0, windowSize: 2, stride: 2, baseline: 0 });
    expect([...found.drops.data]).toEqual([1 + 2 + 4 + 5, 3 + 6]);
    expect([...found.attribution.data]).toEqual([12, 12, 9, 12, 12, 9]);
  });

  test.each(["cpu", "wasm", "onnx"] as const)(
    "equals PyTorch's on %s within 1e-4 of the maximum",
    async (backend) => {
      await useBackend(backend);
      const net = fixtureNet();
      before = tf.memory().numTensors;
      const found = await occlusion(net, fixtureImages(), {
        target: fixture.column,
        windowSize: [5, 4],
        stride: 3,
      });
      expect(relativeError(found.attribution.data, fixture.occlusion)).toBeLessThan(1e-4);
      expect(relativeError(found.drops.data, fixture.drops)).toBeLessThan(1e-4);
      expect(tf.memory().numTensors - before).toBe(0);
      net.dispose();
      await useBackend("cpu");
      before = tf.memory().numTensors;
    },
  );

  test("several targets share the passes, also of several heads, and equal those asked for one by one", async () => {
    const net = twoHeads();
    before = tf.memory().numTensors;
    const image = array(
      Array.from({ length: 72 }, (_, i) => Math.sin(i)),
      [2, 6, 6, 1],
    );
    let batches = 0;
    const together = await occlusions(net, image, {
      targets: [1, { target: 0, head: "findings" }],
      windowSize: 2,
      onBatch: () => void batches++,
    });
    expect(batches).toBe(2 * Math.ceil(25 / 16));
    const first = await occlusion(net, image, { target: 1, windowSize: 2 });
    const second = await occlusion(net, image, { target: 0, head: "findings", windowSize: 2, batchSize: 7 });
    expect([...together[0]!.attribution.data]).toEqual([...first.attribution.data]);
    expect(relativeError(together[1]!.attribution.data, [...second.attribution.data])).toBeLessThan(1e-5);
  });

  test("a segmentation's region stays that of the uncovered image", async () => {
    const net = segmenter();
    before = tf.memory().numTensors;
    const image = Array.from({ length: 16 }, (_, i) => (i === 3 ? 2 : 0));
    const found = await occlusion(net, array(image, [1, 4, 4, 1]), {
      target: 0,
      windowSize: 1,
      baseline: 0,
    });
    // Covered, the pixel's logit falls from 3 to -1, not to 0.
    expect([...found.attribution.data]).toEqual(image.map((value) => 2 * value));
    expect(found.peaks).toEqual([{ row: 0, column: 3 }]);
  });

  test("the blurred baseline is a Gaussian of 5/224 of the longer side, weighed anew at the rim (numpy)", () => {
    const images = fixtureImages();
    const both = [0, 1].map((i) =>
      baselineImage(images.data.subarray(i * 240, (i + 1) * 240), [12, 10, 2], "blur"),
    );
    expect(relativeError([...both[0]!, ...both[1]!], fixture.blurred)).toBeLessThan(1e-6);
    expect([...baselineImage(Float32Array.of(1, 10, 3, 30), [1, 2, 2], "mean")]).toEqual([2, 20, 2, 20]);
  });

  test("images of whole numbers or float64, and tensors, which stay the caller's, give what float32 gives", async () => {
    const net = fixtureNet();
    const whole = Array.from({ length: 240 }, (_, i) => (37 * i) % 11);
    const shape = [1, 12, 10, 2] as [number, number, number, number];
    const tensor = tf.tensor4d(Int32Array.from(whole), shape, "int32");
    before = tf.memory().numTensors;
    const explain = async (images: object) => [
      await occlusion(net, images as tf.Tensor4D, { target: 0 }),
      await integratedGradients(net, images as tf.Tensor4D, { target: 0, steps: 2, baseline: "mean" }),
      await scoreCam(net, images as tf.Tensor4D, { target: 0 }),
    ];
    const wanted = await explain(array(whole, shape));
    expect(await explain(tensor)).toEqual(wanted);
    expect(await explain(ndarray(Uint8Array.from(whole), shape))).toEqual(wanted);
    expect(await explain(ndarray(Float64Array.from(whole), shape))).toEqual(wanted);
    expect([tensor.isDisposed, tensor.dtype]).toEqual([false, "int32"]);
  });

  test("errors name the option, and leave no tensor", async () => {
    const net = linearNet([new Array(12).fill(1), new Array(12).fill(1)] as never);
    before = tf.memory().numTensors;
    const image = array(new Array(12).fill(1), [1, 2, 3, 2]);
    const run = (options: object) => code(() => occlusion(net, image, { target: 0, ...options }));
    expect(await run({ windowSize: 3 })).toContain("options.windowSize: is [3,3]; the images are [2,3]");
    expect(await run({ windowSize: 0 })).toContain("options.windowSize: holds 0");
    expect(await run({ windowSize: 1, stride: 2 })).toContain(
      "pixels between windows would never be covered",
    );
    expect(await code(() => occlusions(net, image, { targets: [] }))).toContain("options.targets: is empty");
    const fails = () => {
      throw new RangeError("mine");
    };
    await expect(occlusion(net, image, { target: fails })).rejects.toThrow("mine");
    await expect(
      occlusion(net, image, { target: 0, signal: AbortSignal.abort(new Error("stopped")) }),
    ).rejects.toThrow("stopped");
  });
});
