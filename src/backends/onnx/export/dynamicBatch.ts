import type { Initializer, OnnxGraph, OnnxNode, Port } from "../graph/modelProto.js";
import { type Shape, sameShape } from "../graph/value.js";

/** A graph that was written for one batch size. */
export interface SizedGraph {
  /** The batch size: a prime that is no length in the model, so that what depends on it can be told from the rest. */
  readonly batch: number;
  /** The graph; the first axis of its inputs is the batch. */
  readonly graph: OnnxGraph;
}

/** Two graphs differ in more than the batch size. */
export class NoDynamicBatch extends Error {}

/**
 * Makes one graph for any batch size of two that were written for different ones: where a constant differs, it is a shape
 * that depends on the batch, and is computed from that of the first input.
 *
 * @throws NoDynamicBatch when the graphs differ otherwise
 */
export function withDynamicBatch(a: SizedGraph, b: SizedGraph): OnnxGraph {
  const same = a.graph.nodes.length === b.graph.nodes.length;
  const other = a.graph.nodes.findIndex((node, i) => !same || !equal(node, b.graph.nodes[i]));
  if (other >= 0)
    throw new NoDynamicBatch(`its operations (${a.graph.nodes[other]!.type}) depend on the batch size`);
  const writer = new BatchWriter(a, b);
  const nodes = a.graph.nodes.map((node) => writer.node(node));
  return {
    nodes: [...writer.nodes, ...nodes],
    initializers: [
      ...a.graph.initializers.filter(({ name }) => !writer.isVarying(name)),
      ...writer.initializers,
    ],
    inputs: a.graph.inputs,
    outputs: a.graph.outputs.map((port, i) => writer.port(port, b.graph.outputs[i]!)),
  };
}

/** Nodes are names, numbers and texts. */
const equal = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Writes what depends on the batch size. */
class BatchWriter {
  /** Operations that give constants which depend on the batch. */
  readonly nodes: OnnxNode[] = [];
  /** Constants for them. */
  readonly initializers: Initializer[] = [];
  private readonly varying = new Map<string, readonly [Initializer, Initializer]>();
  private readonly made = new Map<string, string>();

  constructor(
    private readonly a: SizedGraph,
    private readonly b: SizedGraph,
  ) {
    const others = b.graph.initializers;
    if (others.length !== a.graph.initializers.length) {
      throw new NoDynamicBatch("its constants depend on the batch size");
    }
    a.graph.initializers.forEach((constant, i) => {
      const other = others[i]!;
      if (constant.name !== other.name || constant.type !== other.type) {
        throw new NoDynamicBatch("its constants depend on the batch size");
      }
      const isSame = sameShape(constant.shape, other.shape) && sameBytes(constant.bytes, other.bytes);
      if (!isSame) this.varying.set(constant.name, [constant, other]);
    });
  }

  /** Whether a constant depends on the batch. */
  isVarying(name: string): boolean {
    return this.varying.has(name);
  }

  /** An operation with inputs that follow the batch. */
  node(node: OnnxNode): OnnxNode {
    const inputs = node.inputs.map((name, place) => {
      const pair = this.varying.get(name);
      if (pair === undefined) return name;
      return this.reshaping(node, place, pair) ?? this.constant(pair, node.type);
    });
    const attributes = Object.entries(node.attributes).map(([name, value]) => {
      const isGraph = typeof value === "object" && "nodes" in value;
      return [name, isGraph ? { ...value, nodes: value.nodes.map((inner) => this.node(inner)) } : value];
    });
    return { ...node, inputs, attributes: Object.fromEntries(attributes) };
  }

  /** An output whose axes follow the batch. */
  port(port: Port, other: Port): Port {
    const shape = (port.shape as Shape).map((length, axis) => {
      const factor = this.factor(length, other.shape![axis] as number, "an output");
      return factor === 0 ? length : factor === 1 ? "batch" : `batch*${factor}`;
    });
    return { ...port, shape };
  }

  /** The shape of a Reshape in which one length depends on the batch: ONNX computes that from the others. */
  private reshaping(
    { type }: OnnxNode,
    place: number,
    [a, b]: readonly [Initializer, Initializer],
  ): string | undefined {
    if (type !== "Reshape" || place !== 1) return undefined;
    const [shape, other] = [wholeNumbers(a), wholeNumbers(b)];
    const open = shape.flatMap((length, axis) => (length === other[axis] ? [] : [axis]));
    return open.length === 1 && !shape.includes(-1) ? this.list(shape.with(open[0]!, -1)) : undefined;
  }

  private constant([a, b]: readonly [Initializer, Initializer], user: string): string {
    if (a.type === "int64" && sameShape(a.shape, b.shape)) {
      const vector = this.vector(wholeNumbers(a), wholeNumbers(b), user);
      return a.shape.length === 1 ? vector : this.op("Reshape", [vector, this.list(a.shape)]);
    }
    const bytes = commonElement(a, b);
    if (bytes === undefined || a.shape.length !== b.shape.length) {
      throw new NoDynamicBatch(`a constant that ${user} uses depends on the batch size`);
    }
    const one = this.initializer({ type: a.type, shape: a.shape.map(() => 1), bytes });
    return this.op("Expand", [one, this.vector(a.shape, b.shape, user)]);
  }

  /** A vector of whole numbers, some of which are the batch or a multiple of it. */
  private vector(a: readonly number[], b: readonly number[], user: string): string {
    return this.once(`vector ${a}`, () => {
      const parts: string[] = [];
      let fixed: number[] = [];
      const close = () => {
        if (fixed.length > 0) parts.push(this.list(fixed));
        fixed = [];
      };
      a.forEach((number, i) => {
        const factor = this.factor(number, b[i]!, user);
        if (factor === 0) fixed.push(number);
        else {
          close();
          parts.push(factor === 1 ? this.batch() : this.op("Mul", [this.batch(), this.list([factor])]));
        }
      });
      close();
      return parts.length === 1 ? parts[0]! : this.op("Concat", parts, { axis: 0 });
    });
  }

  /** How many times the batch size a number is; 0 for one that does not depend on it. */
  private factor(a: number, b: number, user: string): number {
    if (a === b) return 0;
    const factor = a / this.a.batch;
    if (Number.isInteger(factor) && b === factor * this.b.batch) return factor;
    throw new NoDynamicBatch(
      `a length that ${user} uses is ${a} for ${this.a.batch} images and ${b} for ${this.b.batch}`,
    );
  }

  /** Name of the batch size, a vector of one number. */
  private batch(): string {
    return this.once("batch", () => this.op("Shape", [this.a.graph.inputs[0]!.name], { start: 0, end: 1 }));
  }

  private list(numbers: readonly number[]): string {
    return this.once(`list ${numbers}`, () => {
      const bytes = new Uint8Array(BigInt64Array.from(numbers, BigInt).buffer);
      return this.initializer({ type: "int64", shape: [numbers.length], bytes });
    });
  }

  private initializer(constant: Omit<Initializer, "name">): string {
    const name = `size${this.initializers.length}`;
    this.initializers.push({ ...constant, name });
    return name;
  }

  private op(
    type: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, number>> = {},
  ): string {
    const name = `batch${this.nodes.length}`;
    this.nodes.push({ type, domain: "", inputs, outputs: [name], attributes });
    return name;
  }

  private once(key: string, make: () => string): string {
    const name = this.made.get(key) ?? make();
    this.made.set(key, name);
    return name;
  }
}

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length &&
  (a.buffer === b.buffer ? a.byteOffset === b.byteOffset : Buffer.compare(a, b) === 0);

const wholeNumbers = ({ bytes }: Initializer): number[] => {
  const { buffer, byteOffset, byteLength } = bytes;
  return Array.from(new BigInt64Array(buffer.slice(byteOffset, byteOffset + byteLength)), Number);
};

/** The bytes of the one number that all elements of two constants are, if it is one. */
function commonElement(a: Initializer, b: Initializer): Uint8Array | undefined {
  const size = { float32: 4, int32: 4, int64: 8, bool: 1 }[a.type];
  const first = a.bytes.slice(0, size);
  const isRepeated = ({ bytes }: Initializer) => bytes.every((byte, i) => byte === first[i % size]);
  return isRepeated(a) && isRepeated(b) ? first : undefined;
}
