import type { BackendValues, DataType, TensorInfo } from "@tensorflow/tfjs-core";
import type { Recorded } from "./recorded.js";

/** Data of a tensor, in the form that TensorFlow.js's CPU kernels read and write. */
export class Entry {
  /** Number of tensors and kernels that hold the data. */
  refCount: number;
  /** Real and imaginary part of complex numbers, which have no values of their own. */
  complexTensorInfos?: { real: TensorInfo; imag: TensorInfo };

  /**
   * @param node the value, recorded or there; undefined for text and complex numbers
   * @param host the values of text
   * @param compute makes a recorded value be there
   */
  constructor(
    readonly dtype: DataType,
    public node: Recorded | undefined,
    private readonly host: BackendValues | undefined,
    private readonly compute: (node: Recorded) => void,
    refCount = 1,
  ) {
    this.refCount = refCount;
  }

  /** The values, for a CPU kernel: it may keep the array, or a part of it, as its result. */
  get values(): BackendValues {
    const { node } = this;
    // Complex numbers have none, as in the CPU backend, whose type hides it.
    if (node === undefined) return this.host as BackendValues;
    if (!node.isThere) this.compute(node);
    node.shared = true;
    return node.values!;
  }
}
