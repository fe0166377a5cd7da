import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { useBackend } from "../../src/backends/index.js";
import { inputGradient, smoothGrad } from "../../src/explain/index.js";
import { array, code, fixture, fixtureImages, fixtureNet, relativeError } from "./inputExplanationNets.js";

const target = fixture.column as number;

beforeAll(async () => void (await useBackend("cpu")));

let before = 0;
afterEach(() => {
  expect(tf.memory().numTensors - before).toBe(0);
});

describe("smoothGrad", () => {
  test("equals PyTorch's with the same noise within 1e-4 of the maximum, squared too", async () => {
    const net = fixtureNet();
    before = tf.memory().numTensors;
    const how = { target, samples: 3, noise: 0.2, seed: 5 };
    const plain = await smoothGrad(net, fixtureImages(), how);
    expect(relativeError(plain.attribution.data, fixture.smooth)).toBeLessThan(1e-4);
    const squared = await smoothGrad(net, fixtureImages(), { ...how, squared: true, batchSize: 2 });
    expect(relativeError(squared.attribution.data, fixture.squared)).toBeLessThan(1e-4);
    expect(Math.min(...squared.attribution.data)).toBeGreaterThanOrEqual(0);
  });

  test("without noise it is the gradient", async () => {
    const net = fixtureNet();
    before = tf.memory().numTensors;
    const still = await smoothGrad(net, fixtureImages(), { target, samples: 2, noise: 0 });
    const gradient = await inputGradient(net, fixtureImages(), { target });
    expect(relativeError(still.attribution.data, [...gradient.attribution.data])).toBeLessThan(1e-6);
  });

  test("an image's map depends on the seed and its key, not on its place, the batch or the batch size", async () => {
    const net = fixtureNet();
    before = tf.memory().numTensors;
    const images = fixtureImages();
    const how = { target, samples: 4, seed: "s" };
    const both = await smoothGrad(net, images, { ...how, keys: ["a", "b"] });
    const second = array(images.data.slice(240), [1, 12, 10, 2]);
    const alone = await smoothGrad(net, second, { ...how, keys: ["b"], batchSize: 1 });
    const other = await smoothGrad(net, second, { ...how, keys: ["c"] });
    expect(relativeError(alone.attribution.data, [...both.attribution.data.slice(120)])).toBeLessThan(1e-6);
    expect(relativeError(other.attribution.data, [...alone.attribution.data])).toBeGreaterThan(1e-3);
    const byPlace = await smoothGrad(net, images, how);
    const places = await smoothGrad(net, images, { ...how, keys: [0, 1] });
    expect([...byPlace.attribution.data]).toEqual([...places.attribution.data]);
  });

  test("errors name the option", async () => {
    const net = fixtureNet();
    before = tf.memory().numTensors;
    const run = (options: object) => code(() => smoothGrad(net, fixtureImages(), { target, ...options }));
    expect(await run({ samples: 0 })).toContain("options.samples: holds 0");
    expect(await run({ noise: -1 })).toContain("options.noise: is -1");
    expect(await run({ keys: ["a"] })).toContain(
      "options.keys: has 1 keys; expected one for each of 2 images",
    );
  });
});
