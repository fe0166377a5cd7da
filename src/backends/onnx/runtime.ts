import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { type Placement, ProfileFolder, readPlacement } from "./device/placement.js";
import { probe } from "./device/probe.js";
import { type Device, type Provider, providers } from "./device/providers.js";
import { sameShape } from "./graph/value.js";
import type { OnnxType, Values } from "./recorded.js";
import {
  type Binding,
  fail,
  installedVersion,
  loadBinding,
  messageOf,
  type RequirePackage,
  requireBeside,
  runtimePackage,
} from "./runtimePackage.js";

/** A tensor as ONNX Runtime takes and gives it. */
export interface RuntimeTensor {
  /** Its values, if it does not lie on a device. */
  readonly data: Values;
  /** Its shape. */
  readonly dims: readonly number[];
  /** Frees what it takes of the device. */
  dispose(): void;
}

/** Settings of a session, as ONNX Runtime names them. */
export interface SessionOptions {
  /** How much ONNX Runtime rewrites the graph before it runs. */
  readonly graphOptimizationLevel: "disabled" | "all";
  /** Threads of one operation. */
  readonly intraOpNumThreads: number;
  /** Whether results stay on the device, as tensors that only a run can use. */
  readonly keepsOutputs?: boolean;
  /** Is told what ran where in the first run, where that is not all on the processor. */
  readonly placed?: (placement: Placement) => void;
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
  /** Whether values can stay on the device. */
  readonly keepsValues?: boolean;
  /** Makes a graph ready to run. */
  compile(model: Uint8Array<ArrayBuffer>, options: SessionOptions): Session;
  /** Values as ONNX Runtime takes them; nothing is copied. */
  tensor(dtype: OnnxType, values: Values, shape: readonly number[]): RuntimeTensor;
}

/**
 * Loads ONNX Runtime, and tries the device.
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
  const runtime: Runtime = {
    version,
    device,
    threads: used,
    keepsValues: provider.keepsValues === true,
    tensor(dtype, values, shape) {
      const known = tensors.get(values);
      if (known && sameShape(known.dims, shape)) return known;
      const made = new Tensor(dtype, values, shape);
      tensors.set(values, made);
      return made;
    },
    compile: (model, options) => compile(binding, device, model, options),
  };
  if (device === "cpu") return runtime;
  try {
    probe(runtime);
  } catch (cause) {
    throw fail(
      `the device "${device}" does not start; it needs ${provider.needs} (${messageOf(cause).trim()})`,
      cause,
    );
  }
  return runtime;
}

function compile(
  { InferenceSession }: Binding["binding"],
  device: Device,
  model: Uint8Array<ArrayBuffer>,
  { keepsOutputs, placed, ...options }: SessionOptions,
): Session {
  const session = new InferenceSession();
  let profile = placed && device !== "cpu" ? ProfileFolder.make() : undefined;
  const removeProfile = () => {
    profile?.remove();
    profile = undefined;
  };
  try {
    session.loadModel(model.buffer, model.byteOffset, model.byteLength, {
      executionProviders: [...(device === "cpu" ? [] : [named(providers[device])]), "cpu"],
      executionMode: "sequential",
      ...options,
      enableCpuMemArena: true,
      enableMemPattern: false,
      // What goes wrong comes back as an error.
      logSeverityLevel: 4,
      ...(keepsOutputs && { preferredOutputLocation: "gpu-buffer" }),
      ...(profile && { enableProfiling: true, profileFilePrefix: profile.prefix }),
    });
  } catch (error) {
    removeProfile();
    throw error;
  }
  return {
    run(feeds, fetches) {
      if (profile === undefined) return session.run(feeds, fetches, {});
      try {
        const results = session.run(feeds, fetches, {});
        const placement = readPlacement(() => session.endProfiling(), device);
        if (placement) placed!(placement);
        return results;
      } finally {
        removeProfile();
      }
    },
    dispose() {
      session.dispose();
      removeProfile();
    },
  };
}

const named = ({ name, settings }: Provider): string | object => (settings ? { name, ...settings } : name);
