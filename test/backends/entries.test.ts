import * as tf from "@tensorflow/tfjs-core";
import "radiolucent/backends/cpu";
import "radiolucent/backends/wasm";
import { afterAll, expect, it } from "vitest";
import { registeredBackend } from "../../src/backends/registry.js";
import { useBackend } from "../../src/backends/useBackend.js";

const inNode = tf.env().getBool("IS_NODE");
afterAll(() => tf.env().set("IS_NODE", inNode));

it("the entries make their backends start as in a bundle, where packages cannot be loaded by name", async () => {
  for (const name of ["cpu", "wasm"] as const) {
    expect(registeredBackend(name)?.name).toBe(name);
    expect((await useBackend(name)).name).toBe(name);
    expect(tf.getBackend()).toBe(name);
    expect(await tf.add(1, 2).data()).toEqual(Float32Array.of(3));
  }
});

it("auto in a bundle with the WASM entry takes wasm and says what the other backends would need", async () => {
  tf.env().set("IS_NODE", false);
  const { name, skipped } = await useBackend("auto");
  expect(name).toBe("wasm");
  expect(skipped.map(({ packages }) => packages)).toEqual([
    ["@tensorflow/tfjs-backend-webgpu"],
    ["@tensorflow/tfjs-backend-webgl"],
  ]);
});
