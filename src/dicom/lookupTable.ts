import { type DataSet, elementError } from "./dataSet.js";
import { readUint16s } from "./elements.js";
import { tagText } from "./tags.js";

/** A lookup table of a file: modality, VOI or palette (PS3.3 sections C.11.1.1, C.11.2.1.1 and C.7.6.3.1.5). */
export interface LookupTable {
  /** The input that maps to the first entry; inputs below it map there too, those above the last entry to the last. */
  readonly first: number;
  /** The outputs. */
  readonly entries: Uint16Array | Uint8Array;
  /** Bits that an entry may use. */
  readonly bits: number;
}

/**
 * Reads a lookup table.
 *
 * @param signed whether the inputs may be negative, which decides how the descriptor's second value is read
 */
export function readLookupTable(
  dataSet: DataSet,
  descriptorTag: number,
  dataTag: number,
  signed: boolean,
): LookupTable {
  const { file, bytes } = dataSet;
  const descriptor = readUint16s(dataSet, descriptorTag);
  const data = dataSet.elements.get(dataTag);
  if (descriptor.length !== 3 || data === undefined) {
    const tag = descriptor.length === 3 ? dataTag : descriptorTag;
    throw elementError(
      file,
      "truncated",
      tag,
      `has a lookup table without its descriptor or data ${tagText(tag)}; fetch it again, or give options.window`,
    );
  }
  const [size, start, bits] = descriptor as unknown as [number, number, number];
  const count = size === 0 ? 65536 : size;
  const first = signed && start >= 0x8000 ? start - 0x10000 : start;
  if (bits < 8 || bits > 16) {
    throw elementError(
      file,
      "unsupported",
      descriptorTag,
      `has a lookup table of ${bits} bits ${tagText(descriptorTag)}; expected 8 to 16`,
    );
  }
  const length = data.end - data.start;
  // Tables of 8 bits may be packed, one entry a byte.
  const packed = bits === 8 && length < 2 * count;
  if (length < (packed ? count : 2 * count)) {
    throw elementError(
      file,
      "truncated",
      dataTag,
      `has a lookup table of ${length} bytes ${tagText(dataTag)}; expected ${2 * count}, so fetch it again, or give options.window`,
    );
  }
  const entries = packed
    ? bytes.subarray(data.start, data.start + count)
    : readUint16s(dataSet, dataTag).subarray(0, count);
  if (entries.some((entry) => entry >= 2 ** bits)) {
    throw elementError(
      file,
      "unsupported",
      dataTag,
      `has a lookup table with entries ${tagText(dataTag)} of more than the ${bits} bits that it states; correct it, or give options.window`,
    );
  }
  return { first, entries, bits };
}

/** What a table maps a value to. */
export function lookUp({ first, entries }: LookupTable, value: number): number {
  const index = Math.round(value) - first;
  return entries[index <= 0 ? 0 : index >= entries.length ? entries.length - 1 : index]!;
}
