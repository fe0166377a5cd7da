import nodeUtil from "node:util";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { registerBackend, type StartedBackend } from "../../src/backends/registry.js";
import { tensorflowBackend } from "../../src/backends/tensorflow.js";
import { useBackend } from "../../src/backends/useBackend.js";
import { BackendError } from "../../src/errors.js";
import { fakePackages, tfjsCore } from "./fakePackages.js";

/** Calls Node's util as tfjs-node 4.22.0 does (dist/nodejs_kernel_backend.js), then registers like it. */
const native = (gpu: boolean) => `
  const util_1 = require("util");
  const tf = require(${tfjsCore});
  if ((0, util_1.isNullOrUndefined)(0) || !(0, util_1.isNullOrUndefined)(null)) throw new Error("wrong helper");
  class Native extends tf.KernelBackend {
    isUsingGpuDevice = ${gpu};
    dispose() {}
  }
  tf.registerBackend("tensorflow", () => new Native(), 3);
  tf.setBackend("tensorflow");
`;
const withoutBinary = `throw new Error("The Node.js native addon module (tfjs_binding.node) can not be found");`;

const gpuPackage = "@tensorflow/tfjs-node-gpu";
const cpuPackage = "@tensorflow/tfjs-node";

async function startWith(sources: Readonly<Record<string, string>>): Promise<StartedBackend> {
  const packages = await fakePackages(sources);
  try {
    return await tensorflowBackend(packages.importPackage).start({});
  } finally {
    await packages.remove();
  }
}

const util: { isNullOrUndefined?(value: unknown): boolean } = nodeUtil;
const helper = util.isNullOrUndefined;

// As on Node 23 and later.
beforeEach(() => {
  delete util.isNullOrUndefined;
});

afterEach(() => {
  if (helper) util.isNullOrUndefined = helper;
  if (tf.findBackendFactory("tensorflow") !== null) tf.removeBackend("tensorflow");
});

describe("loading TensorFlow where util.isNullOrUndefined is gone", () => {
  it("takes tfjs-node when it alone is installed", async () => {
    const { description, skipped } = await startWith({ [cpuPackage]: native(false) });
    expect(description).toBe("TensorFlow through @tensorflow/tfjs-node, on the CPU");
    expect(tf.getBackend()).toBe("tensorflow");
    expect(skipped?.map(({ message }) => message)).toEqual([
      'the backend "tensorflow" needs @tensorflow/tfjs-node-gpu, which is not installed; ' +
        "run: npm install @tensorflow/tfjs-node-gpu",
    ]);
  });

  it("prefers tfjs-node-gpu", async () => {
    const { description, skipped } = await startWith({
      [gpuPackage]: native(true),
      [cpuPackage]: withoutBinary,
    });
    expect(description).toBe("TensorFlow through @tensorflow/tfjs-node-gpu, on the GPU");
    expect(skipped).toEqual([]);
  });

  it("falls back to tfjs-node when tfjs-node-gpu does not load, and says so", async () => {
    const { description, skipped } = await startWith({
      [gpuPackage]: withoutBinary,
      [cpuPackage]: native(false),
    });
    expect(description).toContain("@tensorflow/tfjs-node,");
    expect(skipped?.[0]?.message).toContain(
      "cannot load @tensorflow/tfjs-node-gpu: The Node.js native addon",
    );
  });

  it("with neither usable gives both reasons", async () => {
    const error = await startWith({ [cpuPackage]: withoutBinary }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(BackendError);
    const { message, packages } = error as BackendError;
    expect(packages).toEqual([gpuPackage, cpuPackage]);
    expect(message).toContain("needs @tensorflow/tfjs-node-gpu, which is not installed");
    expect(message).toContain("cannot load @tensorflow/tfjs-node: The Node.js native addon module");
  });

  it("a package that loads without giving the backend is an error of its own", async () => {
    const error = await startWith({ [cpuPackage]: "" }).catch((reason: unknown) => reason);
    expect((error as BackendError).message).toContain('the backend "tensorflow" does not start here');
  });

  it("auto prefers it to wasm", async () => {
    const packages = await fakePackages({ [cpuPackage]: native(false) });
    registerBackend(tensorflowBackend(packages.importPackage));
    expect((await useBackend("auto")).name).toBe("tensorflow");
    await packages.remove();
  });
});

it("the repair leaves Node's own function alone where there is one", async () => {
  const own = (value: unknown) => value === null || value === undefined;
  util.isNullOrUndefined = own;
  await startWith({ [cpuPackage]: native(false) });
  expect(util.isNullOrUndefined).toBe(own);
});
