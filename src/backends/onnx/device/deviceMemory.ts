import { type OnnxType, type Recorded, type Values, zeros } from "../recorded.js";
import type { Runtime, RuntimeTensor, Session } from "../runtime.js";
import { compileCopy } from "./copy.js";

/** Values that lie on the device. */
export class DeviceMemory {
  private readonly held = new Set<Recorded>();
  private readonly copies = new Map<string, Session>();

  constructor(private readonly runtime: Runtime) {}

  /** Bytes of all values. */
  get bytes(): number {
    let sum = 0;
    for (const node of this.held) sum += node.bytes;
    return sum;
  }

  /**
   * A value as a graph takes it: from the device if it is there.
   *
   * @param stays whether it is to lie there from now on
   */
  tensorOf(node: Recorded, stays: boolean): RuntimeTensor {
    if (node.held) return node.held.tensor;
    const tensor = this.runtime.tensor(node.dtype, node.values!, node.shape);
    if (!stays) return tensor;
    const { y } = this.copy(node.dtype, true).run({ x: tensor }, { y: null });
    this.hold(node, y!);
    return y!;
  }

  /** A value is there, as a tensor on the device. */
  hold(node: Recorded, tensor: RuntimeTensor): void {
    this.held.add(node);
    node.settleOnDevice({
      tensor,
      read: () => this.read(node, tensor),
      release: () => {
        this.held.delete(node);
        tensor.dispose();
      },
    });
  }

  /** Brings all values back into the processor's memory. */
  bringBack(): void {
    for (const node of this.held) {
      // To read it is to bring it.
      void node.values;
      node.release();
    }
  }

  /** Frees all. Values go before sessions: ONNX Runtime frees a value by what its sessions have. */
  dispose(): void {
    for (const node of this.held) node.release();
    for (const session of this.copies.values()) session.dispose();
    this.copies.clear();
  }

  private read({ dtype, shape, size }: Recorded, tensor: RuntimeTensor): Values {
    const values = zeros(dtype, size);
    this.copy(dtype, false).run({ x: tensor }, { y: this.runtime.tensor(dtype, values, shape) });
    return values;
  }

  private copy(dtype: OnnxType, toDevice: boolean): Session {
    const key = `${dtype} ${toDevice}`;
    let session = this.copies.get(key);
    if (session === undefined) {
      session = compileCopy(this.runtime, dtype, toDevice);
      this.copies.set(key, session);
    }
    return session;
  }
}
