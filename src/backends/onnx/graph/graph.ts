import { broadcast_util } from "@tensorflow/tfjs-core";
import type { OnnxType, Recorded } from "../recorded.js";
import type { Attribute, Initializer, OnnxGraph, OnnxNode, OnnxTypeName, Port } from "./modelProto.js";
import { axesOf, inOrder, type Order, type Shape, sameShape, sizeOf, Value } from "./value.js";

/** Writes the operations that make a recorded value from its inputs. */
export type Emit = (graph: Graph, inputs: readonly Value[], node: Recorded) => Value;

/** Operations that ONNX Runtime has beyond ONNX. */
export const microsoft = "com.microsoft";

/** Those of its operations that take channels in blocks, each block's beside each other for every pixel. */
export const blockedDomain = "com.microsoft.nchwc";

/** What the runtime that runs a graph can do beyond ONNX. */
export interface GraphTarget {
  /** Whether only operations of ONNX itself may be used, for a file that any runtime reads and for any device. */
  readonly portable: boolean;
  /** Whether ONNX Runtime's optimiser rewrites the graph: it knows best what to do with filters that do not change. */
  readonly optimized?: boolean;
  /** Channels that ONNX Runtime's blocked convolutions take at a time; 0 where it has none. */
  readonly channelBlock: number;
  /** Whether large activations are computed again for the gradient and not kept. */
  readonly recompute: boolean;
  /**
   * Whether another device than the processor runs the graph: it waits where the processor chooses a branch, and does not
   * lead the places of largest elements around.
   */
  readonly accelerated?: boolean;
}

/** A graph while it is written. Names of values are the currency: each is the result of one operation or a constant. */
export class Graph {
  private nodes: OnnxNode[] = [];
  private readonly constants = new Map<string, string>();
  private readonly initializers = new Map<string, Initializer>();
  private readonly made = new Map<string, unknown>();
  private readonly results = new Set<string>();
  /** What was reshaped, by the name of the result. */
  private readonly reshapedFrom = new Map<string, string>();
  private names = 0;

  constructor(readonly target: GraphTarget) {}

  /** What `make` gives, made once for each key. */
  once<T>(key: string, make: () => T): T {
    if (!this.made.has(key)) this.made.set(key, make());
    return this.made.get(key) as T;
  }

  /** Whether {@link once} was called with the key. */
  has(key: string): boolean {
    return this.made.has(key);
  }

  /** Adds an operation and gives the name of its result. */
  op(
    type: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
    domain = "",
  ) {
    return this.ops(type, inputs, 1, attributes, domain)[0]!;
  }

  /** Adds an operation with several results and gives their names. */
  ops(
    type: string,
    inputs: readonly string[],
    count: number,
    attributes: Readonly<Record<string, Attribute>> = {},
    domain = "",
  ): string[] {
    const outputs = Array.from({ length: count }, () => this.newName());
    this.nodes.push({ type, domain, inputs, outputs, attributes });
    for (const name of outputs) this.results.add(name);
    return outputs;
  }

  /**
   * A graph of its own for an If, whose operations `write` adds; it gives the name of the result. What it writes through
   * {@link once} must not be used outside.
   */
  branch(type: OnnxTypeName, write: () => string): OnnxGraph {
    const outer = this.nodes;
    this.nodes = [];
    try {
      const result = write();
      const name = this.op("Identity", [result]);
      return { nodes: this.nodes, initializers: [], inputs: [], outputs: [{ name, type }] };
    } finally {
      this.nodes = outer;
    }
  }

  /** A constant; equal ones are one. */
  constant(type: OnnxTypeName, shape: Shape, values: ArrayLike<number>): string {
    const list = Array.from(values);
    const key = `${type}[${shape}]${list.map((value) => (Object.is(value, -0) ? "-0" : value))}`;
    return this.keyedConstant(key, type, shape, () => list);
  }

  /** A constant whose values are told apart by `key`, for long ones. */
  keyedConstant(key: string, type: OnnxTypeName, shape: Shape, values: () => ArrayLike<number>): string {
    let name = this.constants.get(key);
    if (name === undefined) {
      name = this.newName();
      this.constants.set(key, name);
      this.initializers.set(name, { name, type, shape, bytes: littleEndian(type, values()) });
    }
    return name;
  }

  /** A constant whose bytes are given. */
  addInitializer(initializer: Initializer): void {
    this.initializers.set(initializer.name, initializer);
  }

  /** A list of whole numbers, as shapes and axes are given. */
  ints(values: readonly number[]): string {
    return this.constant("int64", [values.length], values);
  }

  /** A single number. */
  scalar(value: number, dtype: OnnxType = "float32"): string {
    return this.constant(dtype, [], [value]);
  }

  /** A vector of one number. */
  vector(value: number, length: number): string {
    return this.keyedConstant(`vector${value},${length}`, "float32", [length], () =>
      new Float32Array(length).fill(value),
    );
  }

  /** The same elements in another shape. */
  reshape(name: string, shape: Shape): string {
    const source = this.reshapedFrom.get(name) ?? name;
    return this.once(`reshaped to ${shape} ${source}`, () => {
      const reshaped = this.op("Reshape", [source, this.ints(shape)]);
      this.reshapedFrom.set(reshaped, source);
      return reshaped;
    });
  }

  /** The value with what remained to be added. */
  settled(value: Value): Value {
    const { remainder } = value;
    if (remainder === undefined) return value;
    const name = this.once(`settled ${value.name}`, () =>
      this.op("Add", [value.name, this.channelAffine(this.named(remainder.of, "planes"), remainder)]),
    );
    return new Value(name, value.dtype, value.shape, "planes");
  }

  /** x * scale + shift with vectors [channels], in one pass. */
  channelAffine(planes: string, { scale, shift, of }: { scale: string; shift: string; of: Value }): string {
    const channels = of.shape.at(-1)!;
    const [zero, one] = [this.vector(0, channels), this.vector(1, channels)];
    return this.op("BatchNormalization", [planes, scale, shift, zero, one], { epsilon: { float: 0 } });
  }

  /** The value with nothing left to repeat or to add, in the order that it has. */
  full(value: Value): Value {
    const settled = this.settled(value);
    if (sameShape(settled.shape, settled.stored)) return settled;
    const { name, dtype, shape, order } = settled;
    const expanded = this.once(`full ${name} ${inOrder(shape, order)}`, () =>
      this.op("Expand", [name, this.ints(inOrder(shape, order))]),
    );
    const full = new Value(expanded, dtype, shape, order);
    if (settled.fill !== undefined) full.fill = settled.fill;
    return full;
  }

  /** Name of the value in an order, with nothing left to repeat. */
  named(value: Value, order: Order = "rows"): string {
    return this.reordered(this.full(value), order);
  }

  /** Name of the value in an order; what is to be repeated still is. */
  reordered(given: Value, order: Order): string {
    const value = this.settled(given);
    if (value.order === order) return value.name;
    return this.once(`${value.order} as ${order} ${value.name}`, () => {
      if (value.order !== "rows" && order !== "rows") {
        return this.reordered(
          new Value(this.reordered(value, "rows"), value.dtype, value.shape, "rows", value.stored),
          order,
        );
      }
      const to = order === "rows" ? inverse(axesOf[value.order as "planes"]) : axesOf[order];
      const lengths = inOrder(value.stored, value.order);
      const moved = to.filter((axis) => lengths[axis] !== 1);
      const isSorted = moved.every((axis, i) => i === 0 || axis > moved[i - 1]!);
      if (isSorted) return this.reshape(value.name, inOrder(value.stored, order));
      return this.op("Transpose", [value.name], { perm: to });
    });
  }

  /**
   * Names of values that broadcast against each other to `shape`, in one order, and how the result lies in memory.
   */
  broadcast(
    values: readonly Value[],
    shape: Shape,
  ): { readonly names: readonly string[]; readonly order: Order; readonly stored: Shape } {
    const settled = values.map((value) => this.settled(value));
    const order =
      (shape.length === 4 &&
        settled.find((value) => value.order !== "rows" && sizeOf(value.stored) > 1)?.order) ||
      "rows";
    const joint = settled.reduce<number[]>(
      (joined, value) => broadcast_util.assertAndGetBroadcastShape(joined, value.stored as number[]),
      [],
    );
    const rank = shape.length;
    const stored = [...new Array<number>(rank - joint.length).fill(1), ...joint];
    const names = settled.map((value) => {
      if (sizeOf(value.stored) === 1) return value.name;
      if (order === "rows") return this.reordered(value, "rows");
      if (value.stored.length === 4) return this.reordered(value, order);
      const four = [...new Array<number>(4 - value.stored.length).fill(1), ...value.stored];
      return this.once(`${order} ${four} ${value.name}`, () =>
        this.reordered(new Value(this.reshape(value.name, four), value.dtype, four), order),
      );
    });
    return { names, order, stored };
  }

  /** The graph that gives the outputs from the inputs, without what they do not need. */
  finish(inputs: readonly Port[], outputs: readonly Port[]): OnnxGraph {
    const needed = new Set(outputs.map(({ name }) => name));
    const kept: OnnxNode[] = [];
    for (const node of this.nodes.toReversed()) {
      if (!node.outputs.some((name) => needed.has(name))) continue;
      kept.push(node);
      need(node, needed);
    }
    const initializers = [...this.initializers.values()].filter(({ name }) => needed.has(name));
    return { nodes: kept.reverse(), initializers, inputs, outputs };
  }

  /** Whether an operation gives the name, and no input or constant. */
  makes(name: string): boolean {
    return this.results.has(name);
  }

  private newName(): string {
    return `v${this.names++}`;
  }
}

/** Adds what a node uses, in its branches too. */
function need(node: OnnxNode, needed: Set<string>): void {
  for (const name of node.inputs) needed.add(name);
  for (const attribute of Object.values(node.attributes)) {
    if (typeof attribute === "object" && "nodes" in attribute) {
      for (const inner of attribute.nodes) need(inner, needed);
    }
  }
}

const inverse = (axes: readonly number[]): number[] => axes.map((_, axis) => axes.indexOf(axis));

function littleEndian(type: OnnxTypeName, values: ArrayLike<number>): Uint8Array {
  const array =
    type === "int64"
      ? BigInt64Array.from(Array.from(values, (value) => BigInt(value)))
      : type === "float32"
        ? Float32Array.from(values)
        : type === "int32"
          ? Int32Array.from(values)
          : Uint8Array.from(values);
  return new Uint8Array(array.buffer);
}
