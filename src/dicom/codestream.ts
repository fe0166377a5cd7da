/** What the head of a coded frame says of it. */
export interface FrameHead {
  /** Rows of the frame. */
  readonly height: number;
  /** Columns. */
  readonly width: number;
  /** Samples of a pixel. */
  readonly components: number;
  /** Bits of a sample, 1 to 38. */
  readonly precision: number;
  /** Whether samples are signed; JPEG and JPEG-LS have no word for it. */
  readonly signed: boolean;
  /** Whether all components have the frame's own size. JPEG's decoder fills in what was left out, JPEG 2000's does not. */
  readonly fullSize: boolean;
  /** Whether the decoder gives components one after the other, instead of pixel by pixel. */
  readonly planar: boolean;
  /** Where the codestream starts; a JP2 file has boxes around it. */
  readonly start: number;
}

/**
 * Reads the frame header of a JPEG (ITU-T T.81 annex B) or JPEG-LS (T.87 annex C) stream up to its first scan.
 * Undefined where there is none.
 */
export function readJpegHead(stream: Uint8Array): FrameHead | undefined {
  if (stream[0] !== 0xff || stream[1] !== 0xd8) return undefined;
  let head: FrameHead | undefined;
  let isLs = false;
  for (let at = 2; at + 4 <= stream.length; ) {
    if (stream[at] !== 0xff) return undefined;
    const marker = stream[at + 1]!;
    if (marker === 0xff) {
      at++;
      continue;
    }
    const length = (stream[at + 2]! << 8) | stream[at + 3]!;
    // Others have no place before a scan, and dcmjs-codecs looks for the depth for ever where it meets one.
    if (marker < 0xc0 || (marker >= 0xd0 && marker <= 0xd9) || length < 2) return undefined;
    const body = stream.subarray(at + 4, at + 2 + length);
    if (marker === 0xda) {
      // The interleave mode stands behind the components and NEAR; 0 is one component after the other.
      const interleave = body[2 + 2 * (body[0] ?? 0)];
      return head && { ...head, planar: isLs && head.components > 1 && interleave === 0 };
    }
    isLs ||= marker === 0xf7;
    const isFrame = isLs || (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker));
    if (head === undefined && isFrame && body.length >= 6) {
      head = {
        precision: body[0]!,
        height: (body[1]! << 8) | body[2]!,
        width: (body[3]! << 8) | body[4]!,
        components: body[5]!,
        signed: false,
        fullSize: true,
        planar: false,
        start: 0,
      };
    }
    at += 2 + length;
  }
  return undefined;
}

/** Reads the SIZ marker of a JPEG 2000 codestream (ITU-T T.800 section A.5.1). Undefined where there is none. */
export function readJpeg2000Head(stream: Uint8Array): FrameHead | undefined {
  const start = findCodestream(stream);
  if (start === undefined || stream.length < start + 45) return undefined;
  const view = new DataView(stream.buffer, stream.byteOffset + start);
  const components = view.getUint16(40);
  if (components === 0 || view.byteLength < 42 + 3 * components || !isTiled(view)) return undefined;
  const parts = Array.from({ length: components }, (_, i) =>
    [0, 1, 2].map((byte) => view.getUint8(42 + 3 * i + byte)),
  );
  const [depth] = parts[0]!;
  return {
    height: view.getUint32(12) - view.getUint32(20),
    width: view.getUint32(8) - view.getUint32(16),
    components,
    precision: (depth! & 0x7f) + 1,
    signed: depth! >= 0x80,
    fullSize: parts.every((part) => part[0] === depth && part[1] === 1 && part[2] === 1),
    planar: false,
    start,
  };
}

/**
 * Whether the first tile covers the image's corner and the tiles are no more than the standard allows (section B.3), which
 * OpenJPH takes for granted: it counts to 2^32 where that is not so.
 */
function isTiled(view: DataView): boolean {
  const tilesAlong = (at: number) => {
    const [end, start, size, origin] = [8, 16, 24, 32].map((field) => view.getUint32(field + at)) as [
      number,
      number,
      number,
      number,
    ];
    return start < end && origin <= start && origin + size > start ? Math.ceil((end - origin) / size) : 0;
  };
  const tiles = tilesAlong(0) * tilesAlong(4);
  return tiles > 0 && tiles <= 65535;
}

/** Where SOC and SIZ stand: at once, or in a JP2 file's "jp2c" box. */
function findCodestream(stream: Uint8Array): number | undefined {
  const last = Math.min(stream.length - 4, 4096);
  for (let at = 0; at <= last; at++) {
    const found = [0xff, 0x4f, 0xff, 0x51].every((byte, i) => stream[at + i] === byte);
    if (found) return at;
  }
  return undefined;
}

/** Whether an end-of-image (JPEG) or end-of-codestream (JPEG 2000) marker stands in a stream; no coded data holds one. */
export function hasEndMarker(stream: Uint8Array): boolean {
  for (let at = stream.length - 2; at >= 2; at--) {
    if (stream[at] === 0xff && stream[at + 1] === 0xd9) return true;
  }
  return false;
}
