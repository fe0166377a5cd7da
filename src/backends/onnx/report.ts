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
  /** Bytes of the values that tensors refer to. */
  readonly bytes: number;
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

  /** One more kernel that ran on the CPU backend's terms. */
  fellBack(kernel: string): void {
    this.fallbacks.set(kernel, (this.fallbacks.get(kernel) ?? 0) + 1);
  }
}
