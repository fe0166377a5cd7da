import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";

/** Data types that graphs here use, by ONNX's numbers. */
export const onnxTypes = { float32: 1, int32: 6, int64: 7, bool: 9 } as const;

/** Name of one of {@link onnxTypes}. */
export type OnnxTypeName = keyof typeof onnxTypes;

/** What a node's attribute holds: whole numbers, a number with a fraction, text, or a graph to run on a condition. */
export type Attribute = number | readonly number[] | string | { readonly float: number } | OnnxGraph;

/** One operation of a graph. */
export interface OnnxNode {
  /** Name of the operation. */
  readonly type: string;
  /** Who defines it; empty for ONNX itself. */
  readonly domain: string;
  /** Names of the inputs; empty for one that is left out. */
  readonly inputs: readonly string[];
  /** Names of the outputs; empty for one that is left out. */
  readonly outputs: readonly string[];
  /** Attributes by name. */
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** A constant of a graph. */
export interface Initializer {
  /** Its name. */
  readonly name: string;
  /** Its type. */
  readonly type: OnnxTypeName;
  /** Its shape. */
  readonly shape: readonly number[];
  /** Its values, little-endian, as ONNX stores them. */
  readonly bytes: Uint8Array;
}

/** An input or output of a graph. */
export interface Port {
  /** Its name. */
  readonly name: string;
  /** Its type. */
  readonly type: OnnxTypeName;
  /** Its shape; text where an axis may have any length. Undefined where ONNX is to infer it. */
  readonly shape?: readonly (number | string)[];
}

/** A graph of operations. */
export interface OnnxGraph {
  /** Operations in an order in which they can run. */
  readonly nodes: readonly OnnxNode[];
  /** Constants. */
  readonly initializers: readonly Initializer[];
  /** Inputs. */
  readonly inputs: readonly Port[];
  /** Outputs. */
  readonly outputs: readonly Port[];
}

/** What surrounds a graph in a file. */
export interface ModelHeader {
  /** Version of each operator set by its domain. */
  readonly operatorSets: Readonly<Record<string, number>>;
  /** Facts about the model. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Who wrote the file. */
  readonly producer?: { readonly name: string; readonly version: string };
}

/** ONNX's file format of 2022, which all runtimes of these days read. */
const irVersion = 8;

/** A model as the bytes of an `.onnx` file (ModelProto of onnx.proto). */
export function encodeModel(graph: OnnxGraph, header: ModelHeader): Uint8Array<ArrayBuffer> {
  const writer = new BinaryWriter();
  writer.tag(1, WireType.Varint).int64(irVersion);
  if (header.producer) {
    writer.tag(2, WireType.LengthDelimited).string(header.producer.name);
    writer.tag(3, WireType.LengthDelimited).string(header.producer.version);
  }
  message(writer, 7, () => writeGraph(writer, graph));
  for (const [domain, version] of Object.entries(header.operatorSets)) {
    message(writer, 8, () => {
      writer.tag(1, WireType.LengthDelimited).string(domain);
      writer.tag(2, WireType.Varint).int64(version);
    });
  }
  for (const [key, value] of Object.entries(header.metadata ?? {})) {
    message(writer, 14, () => {
      writer.tag(1, WireType.LengthDelimited).string(key);
      writer.tag(2, WireType.LengthDelimited).string(value);
    });
  }
  return writer.finish();
}

function message(writer: BinaryWriter, field: number, write: () => void): void {
  writer.tag(field, WireType.LengthDelimited).fork();
  write();
  writer.join();
}

function writeGraph(writer: BinaryWriter, graph: OnnxGraph): void {
  for (const node of graph.nodes) message(writer, 1, () => writeNode(writer, node));
  writer.tag(2, WireType.LengthDelimited).string("graph");
  for (const { name, type, shape, bytes } of graph.initializers) {
    message(writer, 5, () => {
      for (const length of shape) writer.tag(1, WireType.Varint).int64(length);
      writer.tag(2, WireType.Varint).int32(onnxTypes[type]);
      writer.tag(8, WireType.LengthDelimited).string(name);
      writer.tag(9, WireType.LengthDelimited).bytes(bytes);
    });
  }
  for (const port of graph.inputs) message(writer, 11, () => writePort(writer, port));
  for (const port of graph.outputs) message(writer, 12, () => writePort(writer, port));
}

function writeNode(writer: BinaryWriter, { type, domain, inputs, outputs, attributes }: OnnxNode): void {
  for (const name of inputs) writer.tag(1, WireType.LengthDelimited).string(name);
  for (const name of outputs) writer.tag(2, WireType.LengthDelimited).string(name);
  writer.tag(4, WireType.LengthDelimited).string(type);
  for (const [name, value] of Object.entries(attributes)) {
    message(writer, 5, () => writeAttribute(writer, name, value));
  }
  if (domain !== "") writer.tag(7, WireType.LengthDelimited).string(domain);
}

/** AttributeProto, whose field 20 says which of the others holds the value. */
function writeAttribute(writer: BinaryWriter, name: string, value: Attribute): void {
  writer.tag(1, WireType.LengthDelimited).string(name);
  const kind = (number: number) => writer.tag(20, WireType.Varint).int32(number);
  if (typeof value === "number") {
    writer.tag(3, WireType.Varint).int64(value);
    kind(2);
  } else if (typeof value === "string") {
    writer.tag(4, WireType.LengthDelimited).string(value);
    kind(3);
  } else if ("float" in value) {
    writer.tag(2, WireType.Bit32).float(value.float);
    kind(1);
  } else if ("nodes" in value) {
    message(writer, 6, () => writeGraph(writer, value));
    kind(5);
  } else {
    for (const item of value) writer.tag(8, WireType.Varint).int64(item);
    kind(7);
  }
}

function writePort(writer: BinaryWriter, { name, type, shape }: Port): void {
  writer.tag(1, WireType.LengthDelimited).string(name);
  message(writer, 2, () =>
    message(writer, 1, () => {
      writer.tag(1, WireType.Varint).int32(onnxTypes[type]);
      if (shape === undefined) return;
      message(writer, 2, () => {
        for (const length of shape) {
          message(writer, 1, () => {
            if (typeof length === "number") writer.tag(1, WireType.Varint).int64(length);
            else writer.tag(2, WireType.LengthDelimited).string(length);
          });
        }
      });
    }),
  );
}
