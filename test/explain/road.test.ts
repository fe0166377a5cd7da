import * as tf from "@tensorflow/tfjs-core";
import ndarray from "ndarray";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { useBackend } from "../../src/backends/index.js";
import { type RoadOptions, road } from "../../src/explain/index.js";
import { noisyLinearImputation } from "../../src/explain/noisyLinearImputation.js";
import { relevanceOrder, stretchedMaps } from "../../src/explain/pixelRemoval.js";
import { randomStream } from "../../src/random.js";
import {
  array,
  code,
  fixture,
  fixtureImages,
  fixtureMaps,
  fixtureNet,
  quadrantNet,
  relativeError,
} from "./inputExplanationNets.js";

beforeAll(async () => void (await useBackend("cpu")));

let before = 0;
afterEach(() => {
  expect(tf.memory().numTensors - before).toBe(0);
});

const percentiles = [20, 50, 90];
/** How many of 120 pixels reach a percentile. */
const reached = (percentile: number) => 120 - Math.ceil((119 * percentile) / 100);

describe("noisyLinearImputation", () => {
  test("without noise equals scipy.sparse.linalg.spsolve within 1e-6, most and least relevant removed", () => {
    const images = fixtureImages();
    const maps = stretchedMaps(fixtureMaps(), 2, [12, 10]);
    for (const [name, percentile, sign] of [
      ["most", 50, 1],
      ["least", 90, -1],
    ] as const) {
      const filled = maps.flatMap((map, i) => {
        const order = relevanceOrder(map.map((value) => sign * value));
        const pixels = images.data.subarray(i * 240, (i + 1) * 240);
        const removed = order.subarray(0, reached(percentile));
        return [...noisyLinearImputation(pixels, [12, 10, 2], removed, 0, randomStream(0))];
      });
      expect(relativeError(filled, fixture.imputed[name])).toBeLessThan(1e-6);
    }
  });

  test("a pixel in the middle becomes 1/6 of those beside it and 1/12 of those across; at a corner they weigh anew, by hand", () => {
    const pixels = Float32Array.of(1, 2, 3, 4, 0, 6, 7, 8, 9);
    const alone = (removed: number) =>
      noisyLinearImputation(pixels, [3, 3, 1], Uint32Array.of(removed), 0, randomStream(0));
    expect([...alone(4)]).toEqual([
      1,
      2,
      3,
      4,
      Math.fround((2 + 4 + 6 + 8) / 6 + (1 + 3 + 7 + 9) / 12),
      6,
      7,
      8,
      9,
    ]);
    expect(alone(0)[0]).toBeCloseTo((2 / 6 + 4 / 6 + 0 / 12) / (5 / 12), 6);
  });

  test("one pixel fills all others with its value, whatever the channels", () => {
    const pixels = Float32Array.from({ length: 600 }, (_, i) => (i === 202 ? 7 : i === 203 ? -3 : 0.1 * i));
    const removed = Uint32Array.from({ length: 299 }, (_, i) => (i < 101 ? i : i + 1));
    const filled = noisyLinearImputation(pixels, [20, 15, 2], removed, 0, randomStream(0));
    filled.forEach((value, i) => {
      expect(value).toBeCloseTo(i % 2 === 0 ? 7 : -3, 5);
    });
  });

  test("beside a pixel that is not a number the filled ones are none either; a removed one does no harm", () => {
    const pixels = Float32Array.of(1, Number.NaN, 3, 4);
    const filled = (removed: number[]) => [
      ...noisyLinearImputation(pixels, [1, 4, 1], Uint32Array.from(removed), 0, randomStream(0)),
    ];
    expect(filled([0])).toEqual([Number.NaN, Number.NaN, 3, 4]);
    expect(filled([1])).toEqual([1, 2, 3, 4]);
  });

  test("noise is added to filled pixels only, with its deviation", () => {
    const pixels = new Float32Array(3000).fill(5);
    const removed = Uint32Array.from({ length: 2999 }, (_, i) => i);
    const filled = noisyLinearImputation(pixels, [60, 50, 1], removed, 0.5, randomStream(3));
    expect(filled[2999]).toBe(5);
    const squares = removed.reduce((total, pixel) => total + (filled[pixel]! - 5) ** 2, 0);
    expect(Math.sqrt(squares / 2999)).toBeCloseTo(0.5, 1);
  });
});

describe("road", () => {
  test.each(["cpu", "wasm", "onnx"] as const)(
    "without noise equals PyTorch's scores of scipy's images on %s; combined is (LeRF - MoRF) / 2",
    async (backend) => {
      await useBackend(backend);
      const net = fixtureNet();
      before = tf.memory().numTensors;
      const target = fixture.column as number;
      const found = await road(net, fixtureImages(), fixtureMaps(), { target, percentiles, noise: 0 });
      expect(relativeError(found.mostRelevantFirst.data, fixture.mostRelevantFirst)).toBeLessThan(1e-4);
      expect(relativeError(found.leastRelevantFirst.data, fixture.leastRelevantFirst)).toBeLessThan(1e-4);
      expect(found.combined.shape).toEqual([2, 3]);
      const combined = (fixture.leastRelevantFirst as number[]).map(
        (least, i) => (least - fixture.mostRelevantFirst[i]) / 2,
      );
      expect(relativeError(found.combined.data, combined)).toBeLessThan(1e-4);
      for (const i of [0, 1]) {
        const row = combined.slice(3 * i, 3 * i + 3);
        expect(found.mean[i]).toBeCloseTo(row.reduce((a, b) => a + b) / 3, 4);
      }
      expect(tf.memory().numTensors - before).toBe(0);
      net.dispose();
      await useBackend("cpu");
      before = tf.memory().numTensors;
    },
  );

  test("a true map scores above 0, its negative the opposite, and a constant map 0, on a net that sees one quarter", async () => {
    const net = quadrantNet();
    before = tf.memory().numTensors;
    const bright = Array.from({ length: 64 }, (_, i) => Number(i % 8 < 4 && i < 32));
    const image = array(bright, [1, 8, 8, 1]);
    const how = { target: 0, noise: 0 };
    const right = await road(net, image, array(bright, [1, 8, 8]), how);
    const wrong = await road(
      net,
      image,
      array(
        bright.map((value) => -value),
        [1, 8, 8],
      ),
      how,
    );
    const constant = await road(net, image, array([1], [1, 1, 1]), how);
    expect(right.percentiles).toEqual([10, 20, 30, 40, 50, 60, 70, 80, 90]);
    expect(right.mean[0]).toBeGreaterThan(1);
    expect(wrong.mean[0]).toBeCloseTo(-right.mean[0]!, 5);
    expect(constant.mean[0]).toBe(0);
    const probabilities = await road(net, image, array(bright, [1, 8, 8]), { ...how, score: "probability" });
    expect(Math.abs(probabilities.mean[0]!)).toBeLessThanOrEqual(0.5);
  });

  test("maps of float64 and of whole numbers count like those of float32", async () => {
    const net = quadrantNet();
    before = tf.memory().numTensors;
    const image = array(
      Array.from({ length: 64 }, (_, i) => Math.sin(i)),
      [1, 8, 8, 1],
    );
    const map = [1, 4, 2, 3];
    const wanted = await road(net, image, array(map, [1, 2, 2]), { target: 0 });
    for (const data of [Float64Array.from(map), Uint8Array.from(map)])
      expect(await road(net, image, ndarray(data, [1, 2, 2]) as never, { target: 0 })).toEqual(wanted);
  });

  test("noise depends on the seed and the image's key, not on its place in the batch", async () => {
    const net = fixtureNet();
    before = tf.memory().numTensors;
    const how = { target: 0, percentiles: [50], noise: 0.5 };
    const both = await road(net, fixtureImages(), fixtureMaps(), { ...how, keys: ["a", "b"] });
    const image = array(fixtureImages().data.slice(240), [1, 12, 10, 2]);
    const map = array(fixtureMaps().data.slice(30), [1, 6, 5]);
    const alone = await road(net, image, map, { ...how, keys: ["b"] });
    const other = await road(net, image, map, { ...how, keys: ["b"], seed: 1 });
    expect(alone.combined.data[0]).toBeCloseTo(both.combined.data[1]!, 5);
    expect(other.combined.data[0]).not.toBeCloseTo(alone.combined.data[0]!, 5);
  });

  test("errors name the option", async () => {
    const net = quadrantNet();
    before = tf.memory().numTensors;
    const image = array(new Array(64).fill(1), [1, 8, 8, 1]);
    const run = (options: Partial<RoadOptions>) =>
      code(() => road(net, image, array([1], [1, 1, 1]), { target: 0, ...options }));
    expect(await run({ percentiles: [0] })).toContain("options.percentiles: hold 0");
    expect(await run({ percentiles: [] })).toContain("options.percentiles: are none");
    expect(await run({ noise: -1 })).toContain("options.noise: is -1");
  });
});
