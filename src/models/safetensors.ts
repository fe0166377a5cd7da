import { ArgumentError, ModelError } from "../errors.js";
import { bitsOfHalf } from "./halfFloat.js";
import {
  dtypes,
  type Fail,
  headerLimit,
  headerStart,
  isCounts,
  metadataKey,
  readers,
  readHeader,
  type SafetensorsArrays,
  type SafetensorsDtype,
} from "./safetensorsHeader.js";

export type { SafetensorsArrays, SafetensorsDtype };

/** The array that holds values of a dtype. */
export type SafetensorsValues<Dtype extends SafetensorsDtype = SafetensorsDtype> = SafetensorsArrays[Dtype];

/** One tensor of a file. */
export type Safetensor<Dtype extends SafetensorsDtype = SafetensorsDtype> = {
  readonly [D in Dtype]: {
    /** Type of the elements in the file. */
    readonly dtype: D;
    /** Extents; [] for a single number. An extent can be 0. */
    readonly shape: readonly number[];
    /** The elements, row first. BOOL as 0 and 1; F16 and BF16 widened to Float32Array. */
    readonly values: SafetensorsValues<D>;
  };
}[Dtype];

/** A tensor that can be written: of any dtype but the half floats. */
export type WritableSafetensor = Safetensor<Exclude<SafetensorsDtype, "F16" | "BF16">>;

/** What a file holds. */
export interface Safetensors {
  /** Tensors by name, in the order of their data. */
  readonly tensors: ReadonlyMap<string, Safetensor>;
  /** The texts under `__metadata__`; {} where there are none. */
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Reads a file in the safetensors format: 8 bytes with the header's length, a JSON header, the data. Nothing in it is
 * run. Values are not checked: NaN and infinities come back as they are.
 *
 * Values share the memory of `bytes` wherever they lie on a multiple of their element size there, as in files of the
 * reference writer; others are copied, and half floats are converted. So leave `bytes` alone while they are in use.
 *
 * It refuses what the reference implementation (github.com/huggingface/safetensors) refuses: a header that is longer than
 * the file or 100 MB, or is no JSON object of tensors; data that overlaps, leaves a hole or a rest, or is not as long as
 * shape and dtype say. It also refuses names that stand twice, which the format forbids, and the dtypes that JavaScript
 * has no array for (8 bit floats and smaller, complex numbers).
 *
 * @param file name of the file, for errors
 * @throws ModelError for such a file; it names the tensor, or the byte
 */
export function parseSafetensors(bytes: Uint8Array, file = "safetensors"): Safetensors {
  // A Node Buffer's own slice and subarray differ from those of a Uint8Array.
  const all = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fail: Fail = (subject, message, cause) => {
    throw new ModelError(subject, `${file}: ${message}`, cause === undefined ? {} : { cause });
  };
  const { entries, metadata, dataStart } = readHeader(all, fail);

  const tensors = new Map<string, Safetensor>();
  const dataLength = all.length - dataStart;
  let end = 0;
  for (const { name, dtype, shape, from, to } of entries) {
    const tensor = `tensor "${name}"`;
    if (from !== end) {
      const fault = from > end ? "leaves a hole" : "overlaps the data before it";
      fail(name, `${tensor} starts at byte ${from} of the data and ${fault}; expected byte ${end}`);
    }
    if (to > dataLength) {
      fail(
        name,
        `${tensor} ends at byte ${to} of the data, which has ${dataLength} bytes: the file is cut off, fetch it again`,
      );
    }
    const needed = byteLength(dtype, shape);
    if (to - from !== needed) {
      fail(
        name,
        `${tensor} has ${to - from} bytes of data, where ${dtype} of shape [${shape}] ${needed === undefined ? "overflows" : `needs ${needed}`}`,
      );
    }
    const values = readValues(dtype, all.subarray(dataStart + from, dataStart + to));
    tensors.set(name, { dtype, shape, values } as Safetensor);
    end = to;
  }
  if (end !== dataLength) {
    fail(
      "data",
      `${dataLength - end} bytes after the last tensor belong to none (from byte ${dataStart + end} of the file on)`,
    );
  }
  return { tensors, metadata };
}

/**
 * Writes a file in the safetensors format, as the reference writer does: wider dtypes first, then by name, the header
 * padded with spaces to a multiple of 8 bytes, so that all values lie on a multiple of their size. Metadata is sorted by
 * key. Equal content gives equal bytes, whatever the order of the maps.
 *
 * @param tensors by name
 * @param metadata texts to go with them; none by default
 * @throws ArgumentError, naming the tensor, when values and shape or dtype differ, or a name cannot be written
 */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, WritableSafetensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const order = [...tensors]
    .map(([name, tensor]) => ({ name, key: utf8("tensors", name), ...checked(name, tensor) }))
    .sort((a, b) => dtypes.indexOf(b.dtype) - dtypes.indexOf(a.dtype) || compareBytes(a.key, b.key));
  const fields: string[] = [];
  const texts = Object.entries(metadata)
    .map(([name, text]) => ({ name, text, key: utf8("metadata", name) }))
    .sort((a, b) => compareBytes(a.key, b.key));
  for (const { name, text } of texts) {
    if (typeof text !== "string") {
      throw new ArgumentError("metadata", `"${name}" is ${typeof text}; the format holds texts only`);
    }
    utf8("metadata", text);
  }
  if (texts.length > 0) {
    const pairs = texts.map(({ name, text }) => `${JSON.stringify(name)}:${JSON.stringify(text)}`);
    fields.push(`"${metadataKey}":{${pairs}}`);
  }
  let end = 0;
  for (const { name, dtype, shape, values } of order) {
    const from = end;
    end += values.byteLength;
    const info = JSON.stringify({ dtype, shape, data_offsets: [from, end] });
    fields.push(`${JSON.stringify(name)}:${info}`);
  }

  const header = new TextEncoder().encode(`{${fields}}`);
  const dataStart = headerStart + Math.ceil(header.length / 8) * 8;
  if (dataStart - headerStart > headerLimit) {
    throw new ArgumentError(
      "tensors",
      `need a header of ${header.length} bytes; readers take ${headerLimit}`,
    );
  }
  const file = new Uint8Array(dataStart + end);
  new DataView(file.buffer).setBigUint64(0, BigInt(dataStart - headerStart), true);
  file.fill(0x20, headerStart, dataStart);
  file.set(header, headerStart);
  let at = dataStart;
  for (const { values } of order) {
    file.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
    at += values.byteLength;
  }
  return file;
}

/** Bytes that a tensor takes; undefined where the number is too large to be exact. */
function byteLength(dtype: SafetensorsDtype, shape: readonly number[]): number | undefined {
  const width = dtype === "F16" || dtype === "BF16" ? 2 : readers[dtype].BYTES_PER_ELEMENT;
  let length = width;
  for (const extent of shape) {
    length *= extent;
    if (!Number.isSafeInteger(length)) return undefined;
  }
  return length;
}

function readValues(dtype: SafetensorsDtype, data: Uint8Array): SafetensorsValues {
  if (dtype === "F16") return widened(data, bitsOfHalf);
  if (dtype === "BF16") return widened(data, (bits) => bits << 16);
  const Values = readers[dtype];
  const aligned = data.byteOffset % Values.BYTES_PER_ELEMENT === 0 ? data : data.slice();
  return new Values(
    aligned.buffer as ArrayBuffer,
    aligned.byteOffset,
    aligned.length / Values.BYTES_PER_ELEMENT,
  );
}

/** Converts 16 bit numbers to floats, given the 32 bits of the float for the 16 bits of the number. */
function widened(data: Uint8Array, floatBits: (bits: number) => number): Float32Array<ArrayBuffer> {
  const bits = new Int32Array(data.length / 2);
  for (let i = 0; i < bits.length; i++) bits[i] = floatBits(data[2 * i]! | (data[2 * i + 1]! << 8));
  return new Float32Array(bits.buffer);
}

function checked(name: string, { dtype, shape, values }: WritableSafetensor) {
  const fail = (message: string): never => {
    throw new ArgumentError("tensors", `"${name}" ${message}`);
  };
  if (name === metadataKey) fail("is the name that the format keeps for metadata; give the tensor another");
  const half = (dtype as string) === "F16" || (dtype as string) === "BF16";
  if (half || !Object.hasOwn(readers, dtype)) fail(`has dtype ${dtype}, which is not written; write F32`);
  if (!(values instanceof readers[dtype])) {
    fail(`has values in another array than ${readers[dtype].name}, which dtype ${dtype} takes`);
  }
  if (!isCounts(shape) || byteLength(dtype, shape) !== values.byteLength) {
    fail(`has ${values.length} values for shape [${shape}]`);
  }
  return { dtype, shape, values };
}

function utf8(argument: string, text: string): Uint8Array {
  if (!/\p{Surrogate}/u.test(text)) return new TextEncoder().encode(text);
  throw new ArgumentError(
    argument,
    `${JSON.stringify(text)} has half a surrogate pair, which UTF-8 cannot hold`,
  );
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.length - b.length;
}
