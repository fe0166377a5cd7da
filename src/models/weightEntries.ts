import { type io, util } from "@tensorflow/tfjs-core";
import { channelQuantizationOf } from "./channelQuantization.js";

const valueBytes: Readonly<Record<string, number>> = {
  float32: 4,
  int32: 4,
  bool: 1,
  complex64: 8,
  uint8: 1,
  uint16: 2,
  float16: 2,
};

/** How many bytes a weight takes in a weights file; NaN for a type whose size its shape does not tell. */
export function bytesOfEntry(entry: io.WeightsManifestEntry): number {
  const { shape, dtype, quantization } = entry;
  const size = util.sizeFromShape(shape);
  const channels = channelQuantizationOf(entry);
  if (channels) return size + 8 * channels.channels;
  return size * (valueBytes[quantization?.dtype ?? dtype] ?? Number.NaN);
}

/** How many bytes weights take together. */
export function bytesOfEntries(entries: readonly io.WeightsManifestEntry[]): number {
  return entries.reduce((sum, entry) => sum + bytesOfEntry(entry), 0);
}

/** Weights with their bytes, in order. */
export function* entriesWithBytes(
  entries: readonly io.WeightsManifestEntry[],
  data: ArrayBuffer,
): Generator<{ readonly entry: io.WeightsManifestEntry; readonly bytes: ArrayBuffer }> {
  let offset = 0;
  for (const entry of entries) {
    const end = offset + bytesOfEntry(entry);
    yield { entry, bytes: data.slice(offset, end) };
    offset = end;
  }
}

/**
 * The bytes of weights in one piece. TensorFlow.js's own `CompositeArrayBuffer` gives zeros for what lies in the middle of
 * several pieces, where the last is longer than the others or the first is empty.
 */
export function joinedWeights(data: io.WeightData | undefined): ArrayBuffer {
  const pieces = [data ?? []].flat();
  if (pieces.length === 1) return pieces[0]!;
  const whole = new Uint8Array(pieces.reduce((length, { byteLength }) => length + byteLength, 0));
  let offset = 0;
  for (const piece of pieces) {
    whole.set(new Uint8Array(piece), offset);
    offset += piece.byteLength;
  }
  return whole.buffer;
}
