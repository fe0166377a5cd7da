import { createRequire } from "node:module";
import { arch, availableParallelism, cpus, platform, totalmem } from "node:os";
import { getBackend, version_core } from "@tensorflow/tfjs-core";
import type { BackendInUse } from "../backends/useBackend.js";

const { version } = createRequire(import.meta.url)("../../package.json") as { readonly version: string };

/** What a result may depend on beside code, data and seed. Nothing in it names the machine or its user. */
export interface Environment {
  /** When it was asked for, in UTC, ISO 8601. */
  readonly time: string;
  /** Version of this library. */
  readonly radiolucent: string;
  /** Version of TensorFlow.js. */
  readonly tensorflowjs: string;
  /** Name of TensorFlow.js's current backend. */
  readonly backend: string;
  /** What runs, in words, as `useBackend` gives it: implementation, version, device, threads. */
  readonly backendDescription?: string;
  /** Version of Node. */
  readonly node: string;
  /** Operating system and architecture, such as "linux-x64". */
  readonly platform: string;
  /** Model of the processor. */
  readonly processor: string;
  /** Threads that the processor can run at a time, as far as this process may use it. */
  readonly threads: number;
  /** Memory of the machine in GiB. */
  readonly memoryGiB: number;
}

/**
 * What the process runs on, for the record beside a result.
 *
 * @param backend what `useBackend` gave, for its description
 */
export function environment(backend?: BackendInUse): Environment {
  return {
    time: new Date().toISOString(),
    radiolucent: version,
    tensorflowjs: version_core,
    backend: getBackend(),
    ...(backend && { backendDescription: backend.description }),
    node: process.versions.node,
    platform: `${platform()}-${arch()}`,
    processor: cpus()[0]?.model.trim() ?? "unknown",
    threads: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
  };
}
