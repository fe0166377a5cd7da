import * as tf from "@tensorflow/tfjs-core";
import { afterEach, describe, expect, it } from "vitest";
import { cpuBackend } from "../../src/backends/cpu.js";
import { importPackage } from "../../src/backends/importPackage.js";
import { installedOnnxBackend } from "../../src/backends/onnx.js";
import { type BackendDefinition, registerBackend } from "../../src/backends/registry.js";
import { tensorflowBackend } from "../../src/backends/tensorflow.js";
import { type BackendName, useBackend } from "../../src/backends/useBackend.js";
import { wasmBackend } from "../../src/backends/wasm.js";
import { webglBackend } from "../../src/backends/webgl.js";
import { webgpuBackend } from "../../src/backends/webgpu.js";
import { BackendError } from "../../src/errors.js";

const inNode = tf.env().getBool("IS_NODE");
const inBrowser = (yes: boolean) => tf.env().set("IS_NODE", !yes && inNode);

/** Imports nothing, as Node does where a package is not installed. */
const notInstalled = async (name: string): Promise<never> => {
  throw Object.assign(new Error(`Cannot find package '${name}' imported from somewhere`), {
    code: "ERR_MODULE_NOT_FOUND",
  });
};

/** Imports nothing, as a browser does with a name. */
const unresolved = async (name: string): Promise<never> => {
  throw new TypeError(`Failed to resolve module specifier '${name}'`);
};

async function failure(backend: BackendDefinition): Promise<BackendError> {
  const error = await backend.start({}).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(BackendError);
  return error as BackendError;
}

afterEach(() => inBrowser(false));

it("importing useBackend brings no backend", () => {
  for (const name of ["tensorflow", "onnx", "wasm", "cpu", "webgl", "webgpu"]) {
    expect(tf.findBackendFactory(name)).toBeNull();
  }
  expect(tf.getBackend()).toBeUndefined();
});

describe("a backend that is not there names the packages and the command", () => {
  it("wasm", async () => {
    const error = await failure(wasmBackend(notInstalled));
    expect(error.backend).toBe("wasm");
    expect(error.packages).toEqual(["@tensorflow/tfjs-backend-wasm", "@tensorflow/tfjs-backend-cpu"]);
    expect(error.message).toContain(
      "run: npm install @tensorflow/tfjs-backend-wasm @tensorflow/tfjs-backend-cpu",
    );
  });

  it("cpu", async () => {
    const error = await failure(cpuBackend(notInstalled));
    expect(error.packages).toEqual(["@tensorflow/tfjs-backend-cpu"]);
    expect(error.message).toContain("run: npm install @tensorflow/tfjs-backend-cpu");
  });

  it("tensorflow: both packages, neither of which is installed here", async () => {
    const error = await failure(tensorflowBackend(importPackage));
    expect(error.packages).toEqual(["@tensorflow/tfjs-node-gpu", "@tensorflow/tfjs-node"]);
    expect(error.message).toContain("npm install @tensorflow/tfjs-node,");
    expect(error.message).toContain("npm install @tensorflow/tfjs-node-gpu");
  });

  it("webgpu in Node: Dawn as well", async () => {
    const error = await failure(webgpuBackend(notInstalled));
    expect(error.packages).toEqual(["@tensorflow/tfjs-backend-webgpu", "webgpu"]);
    expect(error.message).toContain("run: npm install @tensorflow/tfjs-backend-webgpu webgpu");
  });

  it("onnx: the entry that Node loads by name", async () => {
    const error = await failure(installedOnnxBackend(notInstalled));
    expect(error.packages).toEqual(["onnxruntime-node"]);
    expect(error.message).toContain("cannot be loaded: Cannot find package 'radiolucent/backends/onnx'");
  });

  it("webgl in Node: never", async () => {
    const error = await failure(webglBackend(notInstalled));
    expect(error.packages).toEqual(["@tensorflow/tfjs-backend-webgl"]);
    expect(error.message).toContain("runs in a browser only");
  });

  it("in a bundle: what to import", async () => {
    inBrowser(true);
    const imports = {
      "radiolucent/backends/wasm": wasmBackend(unresolved),
      "radiolucent/backends/cpu": cpuBackend(unresolved),
      "@tensorflow/tfjs-backend-webgl": webglBackend(unresolved),
      "@tensorflow/tfjs-backend-webgpu": webgpuBackend(unresolved),
    };
    for (const [specifier, backend] of Object.entries(imports)) {
      expect((await failure(backend)).message).toContain(`add: import "${specifier}"`);
    }
    expect((await failure(tensorflowBackend(unresolved))).message).toContain("runs in Node only");
    expect((await failure(installedOnnxBackend(unresolved))).message).toContain("runs in Node only");
  });

  it("a package that is there but throws keeps its error as the cause", async () => {
    const cause = new Error("libtensorflow.so.2: cannot open shared object file");
    const error = await failure(
      cpuBackend(async () => {
        throw cause;
      }),
    );
    expect(error.message).toContain("cannot load @tensorflow/tfjs-backend-cpu: libtensorflow.so.2");
    expect(error.cause).toBe(cause);
  });

  it("an unknown name lists the known ones", async () => {
    await expect(useBackend("cuda" as BackendName)).rejects.toThrow(
      'there is no backend "cuda"; there are auto, tensorflow, onnx, wasm, cpu, webgl, webgpu',
    );
  });
});

describe("useBackend", () => {
  it("wasm, by name alone in Node: SIMD, one thread, and the process's error handlers as they were", async () => {
    const handlers = () => [process.listeners("uncaughtException"), process.listeners("unhandledRejection")];
    const before = handlers();
    expect(await useBackend("wasm")).toEqual({
      name: "wasm",
      description: "TensorFlow.js in WebAssembly, SIMD, 1 thread",
      skipped: [],
    });
    expect(tf.getBackend()).toBe("wasm");
    expect(handlers()).toEqual(before);
  });

  it("cpu, and wasm again", async () => {
    expect((await useBackend("cpu")).name).toBe("cpu");
    expect(tf.getBackend()).toBe("cpu");
    await useBackend("wasm");
    expect(tf.getBackend()).toBe("wasm");
  });

  it("a backend that does not start leaves the one before in place", async () => {
    await useBackend("wasm");
    tf.registerBackend("webgl", () => {
      throw new Error("no context");
    });
    inBrowser(true);
    await expect(useBackend("webgl")).rejects.toThrow("this browser gives no WebGL context");
    expect(tf.getBackend()).toBe("wasm");
    expect((await tf.ones([2]).data())[1]).toBe(1);
    tf.removeBackend("webgl");
  });
});

describe("auto", () => {
  const fake = (name: string, runs: boolean) =>
    registerBackend({
      name,
      async start() {
        if (!runs) throw new BackendError(name, `no ${name}`, [`package-of-${name}`]);
        return { description: `fake ${name}` };
      },
    });
  const names = ["tensorflow", "onnx", "wasm", "cpu", "webgl", "webgpu"];
  const only = (...running: string[]) => {
    for (const name of names) fake(name, running.includes(name));
  };

  it("in Node takes tensorflow, else onnx, else wasm, else cpu, and says what it skipped and why", async () => {
    // Nothing registered yet: tfjs-node is not installed here, onnxruntime-node is.
    const here = await useBackend();
    expect(here.name).toBe("onnx");
    expect(here.skipped.map(({ backend }) => backend)).toEqual(["tensorflow"]);

    only(...names);
    expect(await useBackend("auto")).toEqual({
      name: "tensorflow",
      description: "fake tensorflow",
      skipped: [],
    });
    only("onnx", "wasm", "cpu");
    expect((await useBackend("auto")).name).toBe("onnx");
    only("wasm", "cpu", "webgl", "webgpu");
    expect((await useBackend("auto")).name).toBe("wasm");
    only("cpu", "webgl");
    const last = await useBackend("auto");
    expect(last.name).toBe("cpu");
    expect(last.skipped.map(({ message }) => message)).toEqual(["no tensorflow", "no onnx", "no wasm"]);
  });

  it("in a browser takes webgpu, else webgl, else wasm, else cpu, and never tensorflow", async () => {
    inBrowser(true);
    only(...names);
    expect((await useBackend("auto")).name).toBe("webgpu");
    only("tensorflow", "webgl", "wasm");
    expect((await useBackend("auto")).name).toBe("webgl");
    only("tensorflow", "wasm", "cpu");
    expect((await useBackend("auto")).name).toBe("wasm");
    only("tensorflow", "cpu");
    expect((await useBackend("auto")).name).toBe("cpu");
  });

  it("with none gives every reason and every package", async () => {
    only();
    const error = await useBackend("auto").catch((reason: unknown) => reason as BackendError);
    expect(error).toBeInstanceOf(BackendError);
    expect((error as BackendError).message).toContain("no tensorflow; no onnx; no wasm; no cpu");
    expect((error as BackendError).packages).toEqual([
      "package-of-tensorflow",
      "package-of-onnx",
      "package-of-wasm",
      "package-of-cpu",
    ]);
  });

  it("stops at an error that is not a missing backend", async () => {
    only("cpu");
    registerBackend({
      name: "wasm",
      async start() {
        throw new RangeError("a fault");
      },
    });
    await expect(useBackend("auto")).rejects.toThrow(RangeError);
  });
});
