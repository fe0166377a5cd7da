import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import * as tf from "@tensorflow/tfjs-core";
import { useBackend } from "radiolucent";
import { onnxBackendReport } from "radiolucent/backends/onnx";
import { describe, expect, it } from "vitest";
import { loadRuntime } from "../../../src/backends/onnx/runtime.js";
import type { RequirePackage } from "../../../src/backends/onnx/runtimePackage.js";
import { BackendError } from "../../../src/errors.js";

const requirePackage = createRequire(import.meta.url);

function failure(
  options: Parameters<typeof loadRuntime>[0],
  from: RequirePackage = requirePackage,
): BackendError {
  try {
    loadRuntime(options, from);
  } catch (error) {
    expect(error).toBeInstanceOf(BackendError);
    return error as BackendError;
  }
  throw new Error("no error");
}

/** Finds packages as Node does, but for some. */
const instead =
  (packages: Readonly<Record<string, () => unknown>>): RequirePackage =>
  (name) =>
    name in packages ? packages[name]!() : requirePackage(name);

/** A runtime that lists a device; its sessions give 7 for all. */
const listing = (device: string, loadModel: () => void): RequirePackage =>
  instead({
    "onnxruntime-node/dist/binding.js": () => ({
      initOrt() {},
      binding: {
        listSupportedBackends: () => [{ name: "cpu" }, { name: device }],
        InferenceSession: class {
          loadModel = loadModel;
          run = () => ({ y: { data: Float32Array.of(7, 7), dispose() {} } });
          dispose() {}
        },
      },
    }),
  });

describe("ONNX Runtime that cannot be used is an error that says what to do", () => {
  it("not installed", () => {
    const error = failure(
      {},
      instead({
        "onnxruntime-node/package.json": () => {
          throw Object.assign(new Error("Cannot find module"), { code: "MODULE_NOT_FOUND" });
        },
      }),
    );
    expect(error.message).toContain("is not installed; run: npm install onnxruntime-node");
    expect(error.packages).toEqual(["onnxruntime-node"]);
  });

  it("too old", () => {
    const error = failure({}, instead({ "onnxruntime-node/package.json": () => ({ version: "1.14.0" }) }));
    expect(error.message).toContain("onnxruntime-node 1.14.0 is installed");
    expect(error.message).toContain("npm install onnxruntime-node@^1");
  });

  it("without a binary for this machine", () => {
    const cause = new Error("libonnxruntime.so.1: cannot open shared object file");
    const error = failure(
      {},
      instead({
        "onnxruntime-node/dist/binding.js": () => {
          throw cause;
        },
      }),
    );
    expect(error.message).toContain(
      `does not load on ${process.platform}-${process.arch}: libonnxruntime.so.1`,
    );
    expect(error.cause).toBe(cause);
  });

  it("built otherwise than the versions known", () => {
    const error = failure({}, instead({ "onnxruntime-node/dist/binding.js": () => ({}) }));
    expect(error.message).toContain("take onnxruntime-node@1.30");
  });

  it("more threads than cores", () => {
    const cores = availableParallelism();
    expect(failure({ threads: cores + 1 }).message).toContain(
      `options.threads is ${cores + 1}; this machine has ${cores}: give a whole number from 1 to ${cores}`,
    );
    expect(failure({ threads: 1.5 }).message).toContain("options.threads is 1.5");
  });

  it("a device that the runtime does not have here names what it needs", () => {
    expect(failure({ device: "coreml" }).message).toContain("it needs macOS");
    expect(failure({ device: "directml" }).message).toContain("it needs Windows");
    expect(failure({ device: "tpu" as "cpu" }).message).toContain(
      'options.device is "tpu"; there are cpu, cuda, webgpu, coreml, directml',
    );
  });

  it("a device that does not start names what it needs: libraries that are missing, or wrong sums", () => {
    const cause = new Error("Failed to load shared library");
    const withoutLibraries = failure(
      { device: "cuda" },
      listing("cuda", () => {
        throw cause;
      }),
    );
    expect(withoutLibraries.message).toMatch(
      /the device "cuda" does not start; it needs .*CUDA 12.* run ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild/,
    );
    expect(withoutLibraries.message).toContain("(Failed to load shared library)");
    expect(withoutLibraries.cause).toBe(cause);
    const wrong = failure(
      { device: "webgpu" },
      listing("webgpu", () => {}),
    );
    expect(wrong.message).toContain("it computes 1 + 1 = 7");
  });

  it("a report before the start", () => {
    expect(() => onnxBackendReport()).toThrow('await useBackend("onnx") first');
  });

  it("a failed start leaves the backend that was there", async () => {
    await useBackend("cpu");
    await expect(useBackend("onnx", { threads: 1000 })).rejects.toThrow("options.threads");
    await expect(useBackend("onnx", { device: "tpu" as "cpu" })).rejects.toThrow("options.device");
    expect(tf.getBackend()).toBe("cpu");
  });
});
