import { backend, env, findBackendFactory } from "@tensorflow/tfjs-core";
import { BackendError } from "../errors.js";
import { type ImportPackage, requirePackage } from "./importPackage.js";
import { activate, type BackendDefinition } from "./registry.js";

const tfjsPackage = "@tensorflow/tfjs-backend-webgpu";
const dawnPackage = "webgpu";

/** What this file uses of the package `webgpu`, which brings Dawn, Chromium's WebGPU, to Node. */
interface Dawn {
  /** Makes what is `navigator.gpu` in a browser. */
  create(options: readonly string[]): { requestAdapter(): Promise<object | null> };
  /** WebGPU's classes and constants by name. */
  readonly globals: Readonly<Record<string, unknown>>;
}

/** Dawn by the backend that runs on it: it has to live as long, and what it makes does not hold it. */
const dawnOf = new WeakMap<object, object>();

/**
 * TensorFlow.js on WebGPU: in a browser that has it, and in Node through Dawn. Values can be read asynchronously
 * only (`await tensor.data()`).
 */
export function webgpuBackend(importPackage: ImportPackage): BackendDefinition {
  return {
    name: "webgpu",
    async start() {
      const inNode = env().getBool("IS_NODE");
      const packages = inNode ? [tfjsPackage, dawnPackage] : [tfjsPackage];
      const source = { backend: "webgpu", packages, bundleImport: tfjsPackage };
      const noGpu = "it needs a graphics driver with Vulkan, Metal or Direct3D 12";
      let gpu: ReturnType<Dawn["create"]> | undefined;
      let hideGpu = () => {};
      try {
        if (findBackendFactory("webgpu") === null) {
          if (inNode && !("gpu" in (globalThis.navigator ?? {}))) {
            const dawn = (await requirePackage(importPackage, dawnPackage, source)) as Dawn;
            gpu = dawn.create([]);
            if ((await gpu.requestAdapter()) === null) {
              throw new BackendError("webgpu", `the backend "webgpu" finds no GPU; ${noGpu}`, packages);
            }
            Object.assign(globalThis, dawn.globals);
            hideGpu = showGpu(gpu);
          }
          await requirePackage(importPackage, tfjsPackage, source);
        }
        await activate("webgpu", packages, noGpu);
        if (gpu !== undefined) dawnOf.set(backend(), gpu);
      } finally {
        hideGpu();
      }
      return { description: `TensorFlow.js on WebGPU${inNode ? " through Dawn" : ""}` };
    },
  };
}

/**
 * Puts `gpu` at `navigator.gpu`, where TensorFlow.js looks for it when it loads and when it starts.
 *
 * @returns what takes it away again: while it stays there, Node does not exit
 */
function showGpu(gpu: object): () => void {
  const property = { value: gpu, configurable: true };
  if (globalThis.navigator !== undefined) {
    Object.defineProperty(globalThis.navigator, "gpu", property);
    return () => Reflect.deleteProperty(globalThis.navigator, "gpu");
  }
  Object.defineProperty(globalThis, "navigator", { value: { gpu }, configurable: true });
  return () => Reflect.deleteProperty(globalThis, "navigator");
}
