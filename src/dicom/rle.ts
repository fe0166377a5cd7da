/**
 * Decodes a frame of DICOM's run-length coding (PS3.5 annex G): one segment for each byte of each sample, the most
 * significant first, each a PackBits stream.
 *
 * @param bytesPerSample 1, 2 or 4
 * @returns samples pixel by pixel, bytes of a sample from the least significant; or what is wrong with the frame
 */
export function decodeRle(
  frame: Uint8Array,
  pixels: number,
  samples: number,
  bytesPerSample: number,
): Uint8Array | string {
  if (frame.length < 64) return "has a run-length frame without its head";
  const view = new DataView(frame.buffer, frame.byteOffset, 64);
  const segments = view.getUint32(0, true);
  if (segments !== samples * bytesPerSample) {
    return `has ${segments} run-length segments in a frame; expected ${samples * bytesPerSample}`;
  }
  const result = new Uint8Array(pixels * segments);
  for (let segment = 0; segment < segments; segment++) {
    const start = view.getUint32(4 + 4 * segment, true);
    const end = segment + 1 < segments ? view.getUint32(8 + 4 * segment, true) : frame.length;
    if (start < 64 || end > frame.length) return "has a run-length segment outside its frame";
    const sample = Math.floor(segment / bytesPerSample);
    const byte = bytesPerSample - 1 - (segment % bytesPerSample);
    const count = unpack(frame, start, end, result, sample * bytesPerSample + byte, segments);
    if (count < pixels) return `has a run-length segment of ${count} bytes; expected ${pixels}`;
  }
  return result;
}

/** Unpacks into every `step`-th place and says how many were filled; what is too much is left out. */
function unpack(
  source: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
  first: number,
  step: number,
): number {
  let at = start;
  let to = first;
  while (at < end && to < target.length) {
    const control = source[at++]!;
    if (control === 128) continue;
    if (control < 128) {
      for (let left = control + 1; left > 0 && at < end && to < target.length; left--, to += step) {
        target[to] = source[at++]!;
      }
    } else if (at < end) {
      const value = source[at++]!;
      for (let left = 257 - control; left > 0 && to < target.length; left--, to += step) target[to] = value;
    }
  }
  return (to - first) / step;
}
