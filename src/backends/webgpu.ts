import {
  env,
  findBackendFactory,
  type KernelBackend,
  registerBackend,
  removeBackend,
} from "@tensorflow/tfjs-core";
import { BackendError } from "../errors.js";
import { type ImportPackage, requirePackage } from "./importPackage.js";
import { activate, type BackendDefinition } from "./registry.js";

const tfjsPackage = "@tensorflow/tfjs-backend-webgpu";
const dawnPackage = "webgpu";

/** The one that the package gives itself. */
const priority = 3;

/** What this file uses of the package `webgpu`, which brings Dawn, Chromium's WebGPU, to Node. */
interface Dawn {
  /** Makes what is `navigator.gpu` in a browser. */
  create(options: readonly string[]): { requestAdapter(): Promise<object | null> };
  /** WebGPU's classes and constants by name. */
  readonly globals: Readonly<Record<string, unknown>>;
}

/** The GPU by the backend that runs on it: it has to live as long, and what it makes does not hold it. */
const gpuOf = new WeakMap<KernelBackend, object>();

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
      if (findBackendFactory("webgpu") === null) {
        const load = () => requirePackage(importPackage, tfjsPackage, source);
        if (inNode && !("gpu" in (globalThis.navigator ?? {}))) {
          const dawn = (await requirePackage(importPackage, dawnPackage, source)) as Dawn;
          const gpu = dawn.create([]);
          if ((await gpu.requestAdapter()) === null) {
            throw new BackendError("webgpu", `the backend "webgpu" finds no GPU; ${noGpu}`, packages);
          }
          Object.assign(globalThis, dawn.globals);
          await withGpu(gpu, load);
          startOnDawn(dawn);
        } else {
          await load();
        }
      }
      await activate("webgpu", packages, noGpu);
      return { description: `TensorFlow.js on WebGPU${inNode ? " through Dawn" : ""}` };
    },
  };
}

/** Makes TensorFlow.js find Dawn's GPU whenever it starts the backend, the second time too. */
function startOnDawn(dawn: Dawn): void {
  const start = findBackendFactory("webgpu");
  if (start === null) return;
  removeBackend("webgpu");
  const startOnNewGpu = async () => {
    const gpu = dawn.create([]);
    const backend = await withGpu(gpu, start);
    gpuOf.set(backend, gpu);
    explainSyncReads(backend);
    return backend;
  };
  registerBackend("webgpu", startOnNewGpu, priority);
}

/** Names what is wrong with a read that does not wait: TensorFlow.js makes it through a class that browsers have. */
function explainSyncReads(backend: KernelBackend): void {
  // Or it would first warn that such reads are slow.
  Reflect.set(backend, "hasReadSyncWarned", true);
  const readSync = backend.readSync.bind(backend);
  backend.readSync = (dataId) => {
    try {
      return readSync(dataId);
    } catch (cause) {
      if (!(cause instanceof ReferenceError)) throw cause;
      throw new BackendError(
        "webgpu",
        'the backend "webgpu" cannot read values at once in Node; ' +
          "write: await tensor.data(); or: await tensor.array(); in place of dataSync and arraySync",
        [],
        { cause },
      );
    }
  };
}

/**
 * Runs `f` with `gpu` at `navigator.gpu`, where TensorFlow.js looks for it when it loads and when it starts, and
 * takes it away again: while it stays there, Node does not exit.
 */
async function withGpu<T>(gpu: object, f: () => T | Promise<T>): Promise<T> {
  const existing = globalThis.navigator;
  if (existing === undefined) {
    Object.defineProperty(globalThis, "navigator", { value: { gpu }, configurable: true });
  } else {
    Object.defineProperty(existing, "gpu", { value: gpu, configurable: true });
  }
  try {
    return await f();
  } finally {
    if (existing === undefined) Reflect.deleteProperty(globalThis, "navigator");
    else Reflect.deleteProperty(existing, "gpu");
  }
}
