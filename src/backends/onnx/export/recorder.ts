import {
  type BackendValues,
  engine,
  env,
  getKernelsForBackend,
  registerBackend,
  registerKernel,
  removeBackend,
  setBackend,
  type Tensor,
  type TensorInfo,
} from "@tensorflow/tfjs-core";
import { OnnxBackend } from "../backend.js";
import { type Shape, Value } from "../graph/value.js";
import { installKernels } from "../installKernels.js";
import type { OnnxType, Recorded } from "../recorded.js";
import type { Recording } from "../recording.js";
import type { Runtime } from "../runtime.js";

/** Something asked for a value while kernels were only recorded. */
export class ValueNeeded extends Error {
  /**
   * @param kernel the kernel that asked: it has no ONNX form for what it was given; undefined where it was the code of a
   * layer
   */
  constructor(readonly kernel: string | undefined) {
    super(`${kernel ?? "code beside kernels"} asked for a value that is not known before the model runs`);
  }
}

const noRuntime: Runtime = {
  version: "",
  device: "cpu",
  threads: 1,
  compile: () => {
    throw new ValueNeeded(undefined);
  },
  tensor: () => {
    throw new ValueNeeded(undefined);
  },
};

/** A backend that records kernels and runs none, so that it needs no ONNX Runtime. Tensors of other backends stay there. */
export class Recorder extends OnnxBackend {
  private kernel: string | undefined;
  private isRecording = false;

  constructor() {
    // TensorFlow.js's own mover takes the data away from the backend that has them.
    const mover = { moveData: (_: unknown, dataId: object) => this.copy(dataId) };
    super(noRuntime, { cacheBytes: 0, channelBlock: 0, recompute: false }, mover);
  }

  /** Records a value that is not known before the model runs. */
  input(name: string, shape: Shape, dtype: OnnxType): TensorInfo {
    const emit = () => new Value(name, dtype, shape);
    return this.record({ key: `Input ${name}`, inputs: [], shape, dtype, emit });
  }

  /** Takes the values of another backend's tensor, which must be numbers or truth values. */
  adopt(tensor: Tensor, values: BackendValues): Recorded {
    this.move(tensor.dataId, values, tensor.shape, tensor.dtype, 1);
    return this.nodeOf(tensor);
  }

  /** Runs a kernel's code. */
  during<T>(kernel: string, run: () => T): T {
    const outer = this.kernel;
    this.kernel = kernel;
    try {
      return run();
    } finally {
      this.kernel = outer;
    }
  }

  override record(recording: Recording): TensorInfo {
    this.isRecording = true;
    try {
      return super.record(recording);
    } finally {
      this.isRecording = false;
    }
  }

  override evaluate(): void {
    // Much that is recorded is a reason to run it for others, who want to save memory.
    if (!this.isRecording) throw new ValueNeeded(this.kernel);
  }

  // Tensors that share another backend's data are counted there, since TensorFlow.js frees them there.
  override incRef(dataId: object): void {
    const owner = this.ownerOf(dataId);
    if (owner === this) super.incRef(dataId);
    else owner.incRef(dataId);
  }

  override disposeData(dataId: object, force = false): boolean {
    const owner = this.ownerOf(dataId);
    return owner === this ? super.disposeData(dataId, force) : owner.disposeData(dataId, force);
  }

  private ownerOf(dataId: object) {
    return engine().state.tensorInfo.get(dataId)?.backend ?? this;
  }

  private copy(dataId: object): void {
    const info = engine().state.tensorInfo.get(dataId);
    if (info) this.move(dataId, info.backend.readSync(dataId), info.shape, info.dtype, 1);
  }
}

/** Under this name, and not "onnx", since that backend may be running. */
const recorderName = "radiolucent-export";

/**
 * Makes a recorder TensorFlow.js's backend while `run` runs, and then the backend that it had before. All in one go
 * without awaiting anything, so that nothing else runs on the recorder.
 */
export function withRecorder<T>(run: (recorder: Recorder) => T): T {
  copyKernels();
  const recorder = new Recorder();
  const previous: string | null | undefined = engine().backendName;
  // In debug mode TensorFlow.js reads the result of each kernel.
  const isDebug = env().getBool("DEBUG");
  registerBackend(recorderName, () => recorder, 0);
  try {
    env().set("DEBUG", false);
    // Backends that exist are current at once; the promise is for others.
    void setBackend(recorderName);
    return run(recorder);
  } finally {
    if (previous) void setBackend(previous);
    removeBackend(recorderName);
    env().set("DEBUG", isDebug);
  }
}

/** Registers the kernels of the ONNX backend for recorders. */
function copyKernels(): void {
  installKernels();
  const there = new Set(getKernelsForBackend(recorderName).map(({ kernelName }) => kernelName));
  for (const { kernelName, kernelFunc } of getKernelsForBackend("onnx")) {
    if (there.has(kernelName)) continue;
    registerKernel({
      kernelName,
      backendName: recorderName,
      kernelFunc: (call) => (call.backend as Recorder).during(kernelName, () => kernelFunc(call)),
    });
  }
}
