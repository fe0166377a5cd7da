import { ModelError } from "../errors.js";

/** The array that holds the elements of each type; the two half floats become Float32Array, which holds all their values. */
export interface SafetensorsArrays {
  /** 0 and 1. */
  readonly BOOL: Uint8Array;
  /** Whole numbers of 8 bits, from 0. */
  readonly U8: Uint8Array;
  /** Whole numbers of 8 bits. */
  readonly I8: Int8Array;
  /** Whole numbers of 16 bits. */
  readonly I16: Int16Array;
  /** Whole numbers of 16 bits, from 0. */
  readonly U16: Uint16Array;
  /** IEEE 754 half floats. */
  readonly F16: Float32Array;
  /** The upper half of a 32-bit float. */
  readonly BF16: Float32Array;
  /** Whole numbers of 32 bits. */
  readonly I32: Int32Array;
  /** Whole numbers of 32 bits, from 0. */
  readonly U32: Uint32Array;
  /** Floats of 32 bits. */
  readonly F32: Float32Array;
  /** Floats of 64 bits. */
  readonly F64: Float64Array;
  /** Whole numbers of 64 bits. */
  readonly I64: BigInt64Array;
  /** Whole numbers of 64 bits, from 0. */
  readonly U64: BigUint64Array;
}

/** Element types of the format that JavaScript has arrays for, and the two half floats. */
export type SafetensorsDtype = keyof SafetensorsArrays;

/** Array class of each dtype that can be read. */
export const readers = {
  BOOL: Uint8Array,
  U8: Uint8Array,
  I8: Int8Array,
  I16: Int16Array,
  U16: Uint16Array,
  F16: Float32Array,
  BF16: Float32Array,
  I32: Int32Array,
  U32: Uint32Array,
  F32: Float32Array,
  F64: Float64Array,
  I64: BigInt64Array,
  U64: BigUint64Array,
} as const satisfies { [D in SafetensorsDtype]: new (length: number) => SafetensorsArrays[D] };

/** The reference writer puts dtypes in the reverse of this order. */
export const dtypes = Object.keys(readers) as SafetensorsDtype[];

export const headerStart = 8;
export const headerLimit = 100_000_000;
export const metadataKey = "__metadata__";

/** Throws a ModelError about a file. */
export type Fail = (subject: string, message: string, cause?: unknown) => never;

/** A tensor as the header describes it; `from` and `to` are bytes of the data. */
export interface SafetensorsEntry {
  readonly name: string;
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
  readonly from: number;
  readonly to: number;
}

/** Reads the header: tensors in the order of their data, the texts, and the byte at which the data starts. */
export function readHeader(all: Uint8Array, fail: Fail) {
  if (all.length < headerStart) {
    fail("header", `is ${all.length} bytes long; a safetensors file starts with 8 bytes of header length`);
  }
  const length = new DataView(all.buffer, all.byteOffset).getBigUint64(0, true);
  if (length > headerLimit) {
    const advice = "is this a safetensors file? Turn .pt and .pth files into one first";
    fail(
      "header",
      `bytes 0 to 7 give a header of ${length} bytes; the format allows ${headerLimit}: ${advice}`,
    );
  }
  const dataStart = headerStart + Number(length);
  if (dataStart > all.length) {
    fail(
      "header",
      `bytes 0 to 7 give a header of ${length} bytes, and the file ends at byte ${all.length}: it is cut off or no safetensors file`,
    );
  }
  const json = parseHeader(all.subarray(headerStart, dataStart), fail);
  const metadata = json[metadataKey] ?? {};
  if (!isObject(metadata) || Object.values(metadata).some((text) => typeof text !== "string")) {
    fail(metadataKey, `${metadataKey} must map names to texts`);
  }
  const entries = Object.entries(json)
    .filter(([name]) => name !== metadataKey)
    .map(([name, info]) => entryOf(name, info, fail))
    .sort((a, b) => a.from - b.from || a.to - b.to);
  return { entries, metadata: metadata as Record<string, string>, dataStart };
}

function parseHeader(header: Uint8Array, fail: Fail): Record<string, unknown> {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(header);
    const json: unknown = JSON.parse(text);
    if (isObject(json)) {
      const twice = repeatedKey(text);
      return twice === undefined ? json : fail(twice, `"${twice}" stands twice in the header`);
    }
  } catch (error) {
    if (error instanceof ModelError) throw error;
    fail("header", "the header (from byte 8 on) is not whole JSON in UTF-8: the file is damaged", error);
  }
  return fail("header", "the header (from byte 8 on) is not a JSON object");
}

/** A key that stands twice in one object of a JSON text that is known to be right. */
function repeatedKey(json: string): string | undefined {
  const open: Set<string>[] = [];
  let text: string | undefined;
  for (let i = 0; i < json.length; i++) {
    switch (json[i]) {
      case '"': {
        const start = i++;
        while (json[i] !== '"') i += json[i] === "\\" ? 2 : 1;
        text = JSON.parse(json.slice(start, i + 1)) as string;
        break;
      }
      case ":": {
        const keys = open.at(-1)!;
        if (keys.has(text!)) return text;
        keys.add(text!);
        break;
      }
      case "{":
        open.push(new Set());
        break;
      case "}":
        open.pop();
    }
  }
  return undefined;
}

function entryOf(name: string, info: unknown, fail: Fail): SafetensorsEntry {
  const tensor = `tensor "${name}"`;
  if (!isObject(info)) return fail(name, `${tensor} has no dtype, shape and data_offsets in the header`);
  const { dtype, shape, data_offsets: offsets } = info;
  if (typeof dtype !== "string" || !Object.hasOwn(readers, dtype)) {
    return fail(
      name,
      `${tensor} has dtype ${JSON.stringify(dtype)}; expected one of ${dtypes.join(", ")}: convert it before saving`,
    );
  }
  if (!isCounts(shape)) {
    return fail(name, `${tensor} has shape ${JSON.stringify(shape)}; expected a list of whole numbers`);
  }
  if (!isCounts(offsets) || offsets.length !== 2 || offsets[1]! < offsets[0]!) {
    return fail(
      name,
      `${tensor} has data_offsets ${JSON.stringify(offsets)}; expected its first byte and the one after its last`,
    );
  }
  return { name, dtype: dtype as SafetensorsDtype, shape, from: offsets[0]!, to: offsets[1]! };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether a value is a list of whole numbers, at least 0, that are exact. */
export function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0 && !Object.is(n, -0));
}
