import * as tf from "@tensorflow/tfjs-core";
import { afterEach, describe, expect, it } from "vitest";
import type { StartedBackend } from "../../src/backends/registry.js";
import { webgpuBackend } from "../../src/backends/webgpu.js";
import { BackendError } from "../../src/errors.js";
import { fakePackages, tfjsCore } from "./fakePackages.js";

const dawn = (adapter: string) => `
  exports.create = () => ({ requestAdapter: async () => ${adapter} });
  exports.globals = { GPUFakeUsage: 7 };
`;

/** Looks for navigator.gpu when it loads and when it starts, like the real one. */
const tfjsWebgpu = `
  const tf = require(${tfjsCore});
  class WebGpu extends tf.KernelBackend { dispose() {} }
  if (globalThis.navigator && globalThis.navigator.gpu) {
    tf.registerBackend("webgpu", async () => {
      if (!(await navigator.gpu.requestAdapter())) throw new Error("no adapter");
      return new WebGpu();
    });
  }
`;

async function startWith(sources: Readonly<Record<string, string>>): Promise<StartedBackend> {
  const packages = await fakePackages(sources);
  try {
    return await webgpuBackend(packages.importPackage).start({});
  } finally {
    await packages.remove();
  }
}

afterEach(() => {
  if (tf.findBackendFactory("webgpu") !== null) tf.removeBackend("webgpu");
});

describe("webgpu in Node", () => {
  it("shows Dawn's GPU while TensorFlow.js starts, and not after, so that Node can exit", async () => {
    const navigatorBefore = globalThis.navigator;
    const { description } = await startWith({
      webgpu: dawn("({})"),
      "@tensorflow/tfjs-backend-webgpu": tfjsWebgpu,
    });
    expect(description).toBe("TensorFlow.js on WebGPU through Dawn");
    expect(tf.getBackend()).toBe("webgpu");
    expect(globalThis.navigator).toBe(navigatorBefore);
    expect("gpu" in (globalThis.navigator ?? {})).toBe(false);
    expect(globalThis).toMatchObject({ GPUFakeUsage: 7 });
  });

  it("without a graphics driver says what it needs, and leaves no trace", async () => {
    const error = await startWith({
      webgpu: dawn("null"),
      "@tensorflow/tfjs-backend-webgpu": tfjsWebgpu,
    }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(BackendError);
    expect((error as BackendError).message).toContain("finds no GPU; it needs a graphics driver with Vulkan");
    expect("gpu" in (globalThis.navigator ?? {})).toBe(false);
  });

  it("with one of the two packages names both", async () => {
    const error = await startWith({ webgpu: dawn("({})") }).catch((reason: unknown) => reason);
    expect((error as BackendError).message).toContain(
      "needs @tensorflow/tfjs-backend-webgpu, which is not installed; " +
        "run: npm install @tensorflow/tfjs-backend-webgpu webgpu",
    );
    expect("gpu" in (globalThis.navigator ?? {})).toBe(false);
  });
});
