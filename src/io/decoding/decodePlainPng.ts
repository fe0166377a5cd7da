import { crc32, inflateSync } from "node:zlib";
import ndarray from "ndarray";
import type { Image } from "../../image.js";
import { luminance } from "../../images/luminance.js";
import { unfilterRows } from "./unfilterRows.js";

/** Chunks that change no pixel; a file with any other is not plain. */
const silent = new Set(["tIME", "tEXt", "pHYs", "gAMA", "cHRM", "sRGB", "iCCP", "bKGD"]);

/** Samples of a pixel by colour type; palettes are not plain. */
const channelsOf: Readonly<Record<number, number>> = { 0: 1, 2: 3, 4: 2, 6: 4 };

/** Larger images are left to the general decoder. */
const mostBytes = 2 ** 28;

/**
 * Decodes a plain PNG file, as nearly all datasets hold: 8 or 16 bits, grey or colour, with or without alpha, not
 * interlaced. Gives what `decodeImage` gives, in less time and at once, so it belongs into a worker.
 *
 * @returns undefined for whatever is not plain or not whole: let `decodeImage` decode it, or say what is wrong
 */
export function decodePlainPng(file: Uint8Array): Image | undefined {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  if (bytes.length < 33 || bytes.toString("latin1", 0, 8) !== "\x89PNG\r\n\x1a\n") return undefined;
  const packed = pixelChunks(bytes);
  if (packed === undefined) return undefined;
  const width = bytes.readUInt32BE(16);
  const height = bytes.readUInt32BE(20);
  const depth = bytes[24]!;
  const channels = channelsOf[bytes[25]!];
  const compressionFilterInterlace = bytes.readUIntBE(26, 3);
  if (channels === undefined || (depth !== 8 && depth !== 16) || compressionFilterInterlace !== 0) {
    return undefined;
  }
  const pixelBytes = (channels * depth) / 8;
  const rowBytes = width * pixelBytes;
  const size = height * (rowBytes + 1);
  if (width === 0 || height === 0 || size > mostBytes) return undefined;

  const rows = inflate(packed, size);
  if (rows === undefined || !unfilterRows(rows, height, rowBytes, pixelBytes)) return undefined;
  const shape = [height, width];
  if (depth === 8) {
    const samples = rows.subarray(0, height * rowBytes);
    return { pixels: ndarray(luminance(samples, channels), shape), range: [0, 255] };
  }
  const samples = new Uint16Array(height * width * channels);
  for (let i = 0; i < samples.length; i++) samples[i] = (rows[2 * i]! << 8) | rows[2 * i + 1]!;
  return { pixels: ndarray(luminance(samples, channels), shape), range: [0, 65535] };
}

/** The compressed pixels; undefined unless the chunks are as in a whole plain file, each with its checksum. */
function pixelChunks(bytes: Buffer): Buffer | undefined {
  const parts: Buffer[] = [];
  let afterParts = false;
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    const end = at + 8 + length;
    if (end + 4 > bytes.length) return undefined;
    if (crc32(bytes.subarray(at + 4, end)) !== bytes.readUInt32BE(end)) return undefined;
    const type = bytes.toString("latin1", at + 4, at + 8);
    if ((type === "IHDR") !== (at === 8)) return undefined;
    if (type === "IHDR" && length !== 13) return undefined;
    if (type === "IEND") return length === 0 && end + 4 === bytes.length ? Buffer.concat(parts) : undefined;
    if (type === "IDAT") {
      if (afterParts) return undefined;
      parts.push(bytes.subarray(at + 8, end));
    } else if (type !== "IHDR") {
      if (!silent.has(type)) return undefined;
      afterParts = parts.length > 0;
    }
    at = end + 4;
  }
  return undefined;
}

/** Exactly `size` bytes, unpacked from exactly these. */
function inflate(packed: Buffer, size: number): Uint8Array | undefined {
  try {
    // One byte more than needed, or a second round would find that all is done; zlib takes no less than 64.
    const chunkSize = Math.max(64, size + 1);
    const result: unknown = inflateSync(packed, { chunkSize, maxOutputLength: chunkSize, info: true });
    const { buffer, engine } = result as { buffer: Buffer; engine: { bytesWritten: number } };
    if (buffer.length !== size || engine.bytesWritten !== packed.length) return undefined;
    return new Uint8Array(buffer.buffer, buffer.byteOffset, size);
  } catch {
    return undefined;
  }
}
