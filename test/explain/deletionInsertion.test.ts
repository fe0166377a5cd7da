import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { useBackend } from "../../src/backends/index.js";
import { type DeletionInsertionOptions, deletionInsertion } from "../../src/explain/index.js";
import {
  array,
  code,
  fixture,
  fixtureImages,
  fixtureMaps,
  fixtureNet,
  linearNet,
  quadrantNet,
  relativeError,
  segmenter,
} from "./inputExplanationNets.js";

beforeAll(async () => void (await useBackend("cpu")));

let before = 0;
afterEach(() => {
  expect(tf.memory().numTensors - before).toBe(0);
});

/** A 2 x 2 map whose given cell counts. */
const quarter = (cell: number) =>
  array(
    [0, 1, 2, 3].map((i) => Number(i === cell)),
    [1, 2, 2],
  );
const ones = array(new Array(64).fill(1), [1, 8, 8, 1]);
const sigmoid = (logit: number) => 1 / (1 + Math.exp(-logit));

describe("deletionInsertion", () => {
  test("on a net that sees one quarter, deletion falls fast for the true map, slowly for a wrong one, and chance lies between", async () => {
    const net = quadrantNet();
    before = tf.memory().numTensors;
    const how = { target: 0, steps: 16, baseline: 0 } as const;
    const right = await deletionInsertion(net, ones, quarter(0), how);
    const wrong = await deletionInsertion(net, ones, quarter(3), how);
    expect(right.deletion!.relevance.scores.shape).toEqual([1, 17]);
    expect(right.deletion!.relevance.scores.get(0, 0)).toBeCloseTo(sigmoid(4), 5);
    expect(right.deletion!.relevance.scores.get(0, 16)).toBeCloseTo(sigmoid(-4), 5);
    expect(right.deletion!.relevance.area[0]).toBeLessThan(0.25);
    expect(right.deletion!.random.area[0]).toBeGreaterThan(right.deletion!.relevance.area[0]! + 0.15);
    expect(wrong.deletion!.relevance.area[0]).toBeGreaterThan(right.deletion!.random.area[0]! + 0.1);
    expect(right.insertion!.relevance.area[0]).toBeGreaterThan(0.75);
    expect(wrong.insertion!.relevance.area[0]).toBeLessThan(right.insertion!.random.area[0]!);
    // A random order depends on the seed and the image's key alone.
    expect([...wrong.deletion!.random.scores.data]).toEqual([...right.deletion!.random.scores.data]);
    const other = await deletionInsertion(net, ones, quarter(0), { ...how, seed: 1 });
    expect([...other.deletion!.random.scores.data]).not.toEqual([...right.deletion!.random.scores.data]);
  });

  test.each(["cpu", "wasm", "onnx"] as const)(
    "probabilities equal PyTorch's on %s, maps stretched, the mean deleted to and the blur inserted into",
    async (backend) => {
      await useBackend(backend);
      const net = fixtureNet();
      before = tf.memory().numTensors;
      const target = fixture.column as number;
      const found = await deletionInsertion(net, fixtureImages(), fixtureMaps(), { target, steps: 8 });
      expect(relativeError(found.deletion!.relevance.scores.data, fixture.deletion)).toBeLessThan(1e-5);
      expect(relativeError(found.insertion!.relevance.scores.data, fixture.insertion)).toBeLessThan(1e-5);
      expect(tf.memory().numTensors - before).toBe(0);
      net.dispose();
      await useBackend("cpu");
      before = tf.memory().numTensors;
    },
  );

  test("equal relevance goes row by row, the area is that of trapezoids, by hand; a probability or a logit", async () => {
    const net = linearNet([
      [1, 0, 2, 0, 4, 0, 8, 0, 16, 0, 32, 0],
      [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    ]);
    before = tf.memory().numTensors;
    const image = array(new Array(12).fill(1), [1, 2, 3, 2]);
    const map = array([0, 0, 1, 0, 0, 0], [1, 2, 3]);
    const how = { target: 0, mode: "deletion", steps: 100, baseline: 0 } as const;
    const found = await deletionInsertion(net, image, map, { ...how, score: "logit" });
    expect(found.insertion).toBeUndefined();
    expect([...found.shares]).toEqual([0, 1, 2, 3, 4, 5, 6].map((many) => many / 6));
    const expected = [63, 59, 58, 56, 48, 32, 0].map((sum) => sum + 0.5);
    expect([...found.deletion!.relevance.scores.data]).toEqual(expected);
    const inner = expected.slice(1, 6).reduce((a, b) => a + b);
    expect(found.deletion!.relevance.area[0]).toBeCloseTo((inner + (63.5 + 0.5) / 2) / 6, 10);
    const flat = await deletionInsertion(net, image, map, { ...how, target: 1 });
    for (const score of flat.deletion!.relevance.scores.data) expect(score).toBeCloseTo(sigmoid(-0.5), 6);
  });

  test("a mask's score is the sum of its logits over the region of the image as it is", async () => {
    const net = segmenter();
    before = tf.memory().numTensors;
    const image = Array.from({ length: 16 }, (_, i) => (i === 3 ? 2 : 0));
    const found = await deletionInsertion(net, array(image, [1, 4, 4, 1]), array(image, [1, 4, 4]), {
      target: 0,
      mode: "deletion",
      steps: 2,
      baseline: 0,
    });
    expect([...found.deletion!.relevance.scores.data]).toEqual([3, -1, -1]);
  });

  test("errors name the option or the map, and leave no tensor", async () => {
    const net = quadrantNet();
    const masks = segmenter();
    before = tf.memory().numTensors;
    const run = (options: object, map = quarter(0)) =>
      code(() => deletionInsertion(net, ones, map, { target: 0, ...options } as DeletionInsertionOptions));
    expect(await run({ mode: "both ways" })).toContain('options.mode: is "both ways"');
    expect(await run({ steps: 0 })).toContain("options.steps: holds 0");
    expect(await run({ keys: [] })).toContain("options.keys: has 0 keys");
    expect(await run({}, array([1, 2], [2, 1, 1]))).toContain("maps: have shape [2,1,1]; expected");
    expect(await run({}, array([1, Number.NaN], [1, 1, 2]))).toContain("maps: hold NaN in map 0");
    const small = array(new Array(16).fill(0), [1, 4, 4, 1]);
    expect(
      await code(() => deletionInsertion(masks, small, quarter(0), { target: 0, score: "probability" })),
    ).toContain("options.score");
    const controller = new AbortController();
    const stopped = deletionInsertion(net, ones, quarter(0), {
      target: 0,
      batchSize: 1,
      signal: controller.signal,
      onBatch: () => controller.abort(new Error("enough")),
    });
    await expect(stopped).rejects.toThrow("enough");
  });
});
