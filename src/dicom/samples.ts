/** Samples as a DICOM file stores them. */
export type StoredSamples = Uint8Array | Int8Array | Uint16Array | Int16Array | Uint32Array | Int32Array;

/** How samples lie in bytes. */
export interface SampleLayout {
  /** Bits that a sample takes: 8, 16 or 32. */
  readonly bitsAllocated: number;
  /** Bits that hold its value; the others, such as those of overlays, are dropped. */
  readonly bitsStored: number;
  /** The highest of those bits. */
  readonly highBit: number;
  /** Whether the highest of them is the sign. */
  readonly signed: boolean;
  /** Byte order. */
  readonly littleEndian: boolean;
  /** Bits of the numbers that come out; by default those allocated. */
  readonly width?: number;
}

/** Reads samples: their bits moved to the bottom, whatever lies around them dropped, and the sign spread. */
export function unpackSamples(data: Uint8Array, layout: SampleLayout): StoredSamples {
  const { bitsAllocated, bitsStored, highBit, signed, littleEndian, width = bitsAllocated } = layout;
  const count = (data.length * 8) / bitsAllocated;
  const values = emptySamples(count, Math.max(width, bitsAllocated), signed);
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const up = 31 - highBit;
  const down = 32 - bitsStored;
  const read =
    bitsAllocated === 8
      ? (i: number) => data[i]!
      : bitsAllocated === 16
        ? (i: number) => view.getUint16(2 * i, littleEndian)
        : (i: number) => view.getUint32(4 * i, littleEndian);
  if (signed) for (let i = 0; i < count; i++) values[i] = (read(i) << up) >> down;
  else for (let i = 0; i < count; i++) values[i] = (read(i) << up) >>> down;
  return values;
}

/** Reads samples of one bit, the first in the lowest bit (PS3.5 section 8.1.1). */
export function unpackBits(data: Uint8Array, count: number): Uint8Array {
  const values = new Uint8Array(count);
  for (let i = 0; i < count; i++) values[i] = (data[i >> 3]! >> (i & 7)) & 1;
  return values;
}

function emptySamples(count: number, width: number, signed: boolean): StoredSamples {
  if (width === 8) return signed ? new Int8Array(count) : new Uint8Array(count);
  if (width === 16) return signed ? new Int16Array(count) : new Uint16Array(count);
  return signed ? new Int32Array(count) : new Uint32Array(count);
}
