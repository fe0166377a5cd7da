import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { BackendError } from "../../errors.js";
import { sameShape } from "./graph/value.js";
import type { OnnxType, Values } from "./recorded.js";

/** The package that brings ONNX Runtime. */
export const runtimePackage = "onnxruntime-node";

/** Oldest version of it that has what is used here. */
const oldestVersion = [1, 22] as const;

/** A tensor as ONNX Runtime takes and gives it. */
export interface RuntimeTensor {
  /** Its values. */
  readonly data: Values;
  /** Its shape. */
  readonly dims: readonly number[];
}

/** Settings of a session, as ONNX Runtime names them. */
export interface SessionOptions {
  /** How much ONNX Runtime rewrites the graph before it runs. */
  readonly graphOptimizationLevel: "disabled" | "all";
  /** Threads of one operation. */
  readonly intraOpNumThreads: number;
}

/** A graph that is ready to run, in native memory. */
export interface Session {
  /** Runs the graph; `fetches` holds for each output a tensor to write into, or null to make one. */
  run(
    feeds: Readonly<Record<string, RuntimeTensor>>,
    fetches: Readonly<Record<string, RuntimeTensor | null>>,
  ): Record<string, RuntimeTensor>;
  /** Frees the memory. */
  dispose(): void;
}

/** ONNX Runtime, loaded and ready. */
export interface Runtime {
  /** Version of the package. */
  readonly version: string;
  /** Where graphs run. */
  readonly device: Device;
  /** Threads of one operation. */
  readonly threads: number;
  /** Makes a graph ready to run. */
  compile(model: Uint8Array<ArrayBuffer>, options: SessionOptions): Session;
  /** Values as ONNX Runtime takes them; nothing is copied. */
  tensor(dtype: OnnxType, values: Values, shape: readonly number[]): RuntimeTensor;
}

/** Where ONNX Runtime runs graphs: its execution providers. */
export type Device = "cpu" | "cuda" | "webgpu" | "coreml" | "directml";

/** ONNX Runtime's names of the devices, and what a machine needs for them. */
const providers = {
  cpu: { name: "cpu", needs: "nothing more" },
  cuda: {
    name: "cuda",
    needs: `Linux on x64 with CUDA 12 and cuDNN 9; install ${runtimePackage} with ONNXRUNTIME_NODE_INSTALL=cuda12`,
  },
  webgpu: { name: "webgpu", needs: "Linux on x64 with Vulkan, Windows with Direct3D 12 or macOS with Metal" },
  coreml: { name: "coreml", needs: "macOS" },
  directml: { name: "dml", needs: "Windows" },
} as const;

/** What is used of onnxruntime-node's inner module, which alone can run without a promise. */
interface Binding {
  readonly binding: {
    readonly InferenceSession: new () => {
      loadModel(buffer: ArrayBuffer, offset: number, length: number, options: object): void;
      run(
        feeds: Readonly<Record<string, RuntimeTensor>>,
        fetches: Readonly<Record<string, RuntimeTensor | null>>,
        options: object,
      ): Record<string, RuntimeTensor>;
      dispose(): void;
    };
    listSupportedBackends(): readonly { readonly name: string }[];
  };
  initOrt(): void;
}

/** How packages are found; tests give their own. */
export type RequirePackage = (name: string) => unknown;

/**
 * Loads ONNX Runtime.
 *
 * @param threads threads of one operation; all of the machine's when undefined
 * @throws BackendError when the package is missing, older than 1.22 or without a binary for this machine, when the
 * machine has fewer cores than `threads`, or when the device cannot be used
 */
export function loadRuntime(
  { device = "cpu", threads }: { readonly device?: Device; readonly threads?: number },
  requirePackage: RequirePackage = createRequire(import.meta.url),
): Runtime {
  const cores = availableParallelism();
  const used = threads ?? cores;
  if (!(Number.isInteger(used) && used >= 1 && used <= cores)) {
    throw fail(
      `options.threads is ${used}; this machine has ${cores}: give a whole number from 1 to ${cores}`,
    );
  }
  const provider = providers[device];
  if (provider === undefined) {
    throw fail(`options.device is "${device}"; there are ${Object.keys(providers).join(", ")}`);
  }
  const version = installedVersion(requirePackage);
  const { binding, initOrt } = loadBinding(requirePackage, version);
  const supported = binding.listSupportedBackends().map(({ name }) => name);
  if (!supported.includes(provider.name)) {
    throw fail(
      `the device "${device}" is not in ${runtimePackage} ${version} for ${process.platform}-${process.arch}, which has ` +
        `${supported.join(", ")}; it needs ${provider.needs}`,
    );
  }
  initOrt();
  const { Tensor } = requireBeside(requirePackage)("onnxruntime-common") as {
    Tensor: new (dtype: OnnxType, values: Values, shape: readonly number[]) => RuntimeTensor;
  };
  const tensors = new WeakMap<Values, RuntimeTensor>();
  return {
    version,
    device,
    threads: used,
    tensor(dtype, values, shape) {
      const known = tensors.get(values);
      if (known && sameShape(known.dims, shape)) return known;
      const made = new Tensor(dtype, values, shape);
      tensors.set(values, made);
      return made;
    },
    compile(model, options) {
      const session = new binding.InferenceSession();
      session.loadModel(model.buffer, model.byteOffset, model.byteLength, {
        executionProviders: device === "cpu" ? ["cpu"] : [provider.name, "cpu"],
        executionMode: "sequential",
        ...options,
        enableCpuMemArena: true,
        enableMemPattern: false,
        // What goes wrong comes back as an error.
        logSeverityLevel: 4,
      });
      return {
        run: (feeds, fetches) => session.run(feeds, fetches, {}),
        dispose: () => session.dispose(),
      };
    },
  };
}

/** Finds what onnxruntime-node depends on: a package manager may have put it beside that package only. */
function requireBeside(requirePackage: RequirePackage): RequirePackage {
  const resolve = (requirePackage as NodeJS.Require).resolve as NodeJS.RequireResolve | undefined;
  return resolve ? createRequire(resolve(`${runtimePackage}/package.json`)) : requirePackage;
}

function installedVersion(requirePackage: RequirePackage): string {
  let version: string;
  try {
    ({ version } = requirePackage(`${runtimePackage}/package.json`) as { version: string });
  } catch (cause) {
    throw fail(
      `it needs ${runtimePackage}, which is not installed; run: npm install ${runtimePackage}`,
      cause,
    );
  }
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major !== oldestVersion[0] || minor < oldestVersion[1]) {
    throw fail(
      `${runtimePackage} ${version} is installed; it needs ${oldestVersion.join(".")} or a later 1.x: run ` +
        `npm install ${runtimePackage}@^1`,
    );
  }
  return version;
}

function loadBinding(requirePackage: RequirePackage, version: string): Binding {
  let module: Partial<Binding>;
  try {
    module = requirePackage(`${runtimePackage}/dist/binding.js`) as Partial<Binding>;
  } catch (cause) {
    throw fail(
      `${runtimePackage} ${version} does not load on ${process.platform}-${process.arch}: ${messageOf(cause)}`,
      cause,
    );
  }
  if (typeof module.initOrt !== "function" || typeof module.binding?.InferenceSession !== "function") {
    throw fail(
      `${runtimePackage} ${version} has another inner build than the versions known; take ${runtimePackage}@1.30`,
    );
  }
  return module as Binding;
}

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));

function fail(message: string, cause?: unknown): BackendError {
  return new BackendError("onnx", `the backend "onnx": ${message}`, [runtimePackage], { cause });
}
