import { totalmem } from "node:os";
import { findBackend, registerBackend } from "@tensorflow/tfjs-core";
import { activate, type BackendDefinition } from "../registry.js";
import { OnnxBackend } from "./backend.js";
import { findChannelBlock } from "./channelBlock.js";
import type { Device } from "./device/providers.js";
import { installKernels } from "./installKernels.js";
import { loadRuntime } from "./runtime.js";
import { runtimePackage } from "./runtimePackage.js";
import { installBatchNormalization } from "./training/batchNormalizationLayer.js";
import { installOptimizers } from "./training/optimizers.js";

/** Settings of the ONNX Runtime backend. */
export interface OnnxOptions {
  /**
   * Where graphs run; the processor by default. What the device has no form of runs on the processor, as the report says.
   * With "webgpu" values stay on the device from one run to the next, with the others they do not; it is for one thread of
   * a process at a time.
   */
  readonly device?: Device;
  /** Threads of one operation; as many as the machine has cores by default. Results depend on it in the last digits. */
  readonly threads?: number;
  /**
   * Bytes of native memory that compiled graphs may keep for their next run; the graph that runs is not counted. A
   * quarter of the machine's memory by default.
   */
  readonly cacheBytes?: number;
  /**
   * Folder in which compiled training graphs are kept, so that a later process starts sooner; none by default. Files are
   * told apart by versions and processor; losing or damaging them costs time only.
   */
  readonly graphFolder?: string;
}

/** ONNX Runtime in Node: TensorFlow.js's kernels recorded and run as one graph. */
export const onnxBackend: BackendDefinition<OnnxOptions> = {
  name: "onnx",
  async start({ device = "cpu", threads, cacheBytes = totalmem() / 4, graphFolder }) {
    const runtime = loadRuntime({ device, ...(threads !== undefined && { threads }) });
    const settings = {
      cacheBytes,
      channelBlock: findChannelBlock(runtime),
      // Devices manage their memory otherwise.
      recompute: device === "cpu",
      ...(graphFolder !== undefined && { graphFolder }),
    };
    const running = findBackend("onnx");
    if (running instanceof OnnxBackend) running.configure(runtime, settings);
    else {
      installKernels();
      installBatchNormalization();
      installOptimizers();
      registerBackend("onnx", () => new OnnxBackend(runtime, settings));
    }
    await activate("onnx", [runtimePackage], "reinstall it");
    const plural = runtime.threads === 1 ? "thread" : "threads";
    return { description: `ONNX Runtime ${runtime.version} on ${device}, ${runtime.threads} ${plural}` };
  },
};
