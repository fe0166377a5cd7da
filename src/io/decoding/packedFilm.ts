import { crc32 } from "node:zlib";
import ndarray from "ndarray";
import type { Image } from "../../image.js";

// A packed film: magic (8 bytes), CRC-32 of all that follows, rows, columns (uint32 each), 4 bytes of 0, the lowest and
// the highest value (float64), then the pixels (float32), in the machine's own byte order.
const magic = Buffer.from("RLfilm\x00\x01", "latin1");
const headBytes = 40;
const checkedFrom = 12;

/** How many bytes a packed film has. */
export function packedSize(height: number, width: number): number {
  return headBytes + 4 * height * width;
}

/** Packs a film for a file. */
export function packFilm({ pixels, range }: Image<Float32Array>): Uint8Array {
  const [height, width] = pixels.shape as [number, number];
  const bytes = Buffer.alloc(packedSize(height, width));
  bytes.set(magic);
  new Uint32Array(bytes.buffer, bytes.byteOffset + checkedFrom, 2).set([height, width]);
  new Float64Array(bytes.buffer, bytes.byteOffset + 24, 2).set(range);
  new Float32Array(bytes.buffer, bytes.byteOffset + headBytes).set(pixels.data);
  new Uint32Array(bytes.buffer, bytes.byteOffset + 8, 1)[0] = crc32(bytes.subarray(checkedFrom));
  return bytes;
}

/** The film, in the memory of the bytes; undefined where they are not a whole and undamaged film of this size. */
export function unpackFilm(
  bytes: ArrayBuffer,
  height: number,
  width: number,
): Image<Float32Array> | undefined {
  if (bytes.byteLength !== packedSize(height, width)) return undefined;
  if (!magic.equals(new Uint8Array(bytes, 0, magic.length))) return undefined;
  const [checksum, rows, columns] = new Uint32Array(bytes, 8, 3);
  if (rows !== height || columns !== width) return undefined;
  if (crc32(new Uint8Array(bytes, checkedFrom)) !== checksum) return undefined;
  const [low, high] = new Float64Array(bytes, 24, 2) as unknown as [number, number];
  return {
    pixels: ndarray(new Float32Array(bytes, headBytes), [height, width]),
    range: [low, high],
  };
}
