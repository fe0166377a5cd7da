import type { Placement } from "./device/placement.js";
import type { Device } from "./device/providers.js";

/** What the ONNX backend has done since it was started or since the counts were set to zero. */
export interface OnnxBackendReport {
  /** Version of onnxruntime-node. */
  readonly version: string;
  /** Where graphs run. */
  readonly device: string;
  /** Threads of one operation. */
  readonly threads: number;
  /** Kernels recorded to be run as part of a graph. */
  readonly recorded: number;
  /** Kernels that ran as TensorFlow.js's CPU kernels, by name: they have no ONNX form for what they were given. */
  readonly fallbacks: Readonly<Record<string, number>>;
  /** Compiled graphs in memory. */
  readonly graphs: number;
  /** How often a graph was compiled. */
  readonly compiles: number;
  /** How often a graph was read from disk, where it was written by an earlier process. */
  readonly reads: number;
  /** Milliseconds that compiling took. */
  readonly compileMs: number;
  /** How often a graph ran. */
  readonly runs: number;
  /** Milliseconds that running took. */
  readonly runMs: number;
  /** Operations of the largest graph. */
  readonly largestGraph: number;
  /** Operations of the graphs that were compiled, by the device that runs them. */
  readonly operations: Readonly<Partial<Record<Device, number>>>;
  /** Those that the processor runs in another device's graphs, by ONNX's names: the device has no form of them. */
  readonly onProcessor: Readonly<Record<string, number>>;
  /** How often these graphs copy a value from the device to the processor or back, in one run of each. */
  readonly copies: number;
  /** Bytes of the values that tensors refer to. */
  readonly bytes: number;
  /** Bytes of values that lie on the device from one run to the next; 0 where each run sends and fetches all. */
  readonly bytesOnDevice: number;
  /** Kernels that are recorded and have not run. */
  readonly pending: number;
}

/** Counts behind {@link OnnxBackendReport}. */
export class Counts {
  recorded = 0;
  readonly fallbacks = new Map<string, number>();
  compiles = 0;
  reads = 0;
  compileMs = 0;
  runs = 0;
  runMs = 0;
  largestGraph = 0;
  copies = 0;
  readonly operations: Partial<Record<Device, number>> = {};
  readonly onProcessor: Record<string, number> = {};

  /** One more kernel that ran on the CPU backend's terms. */
  fellBack(kernel: string): void {
    this.fallbacks.set(kernel, (this.fallbacks.get(kernel) ?? 0) + 1);
  }

  /** One more graph, whose operations run so. */
  placed({ operations, onProcessor = {}, copies = 0 }: Placement): void {
    add(this.operations, operations);
    add(this.onProcessor, onProcessor);
    this.copies += copies;
  }
}

function add<Key extends string>(
  sums: Partial<Record<Key, number>>,
  numbers: Readonly<Partial<Record<Key, number>>>,
) {
  for (const key in numbers) sums[key] = (sums[key] ?? 0) + (numbers[key] ?? 0);
}
