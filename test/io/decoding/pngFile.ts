import { crc32, deflateSync } from "node:zlib";

/** A PNG file to be written chunk by chunk, by none of the libraries that read it. */
export interface PngFile {
  readonly width: number;
  readonly height: number;
  readonly depth: 8 | 16;
  /** 0 grey, 2 colour, 4 grey and alpha, 6 colour and alpha. */
  readonly colourType: 0 | 2 | 4 | 6;
  /** As many bytes as the samples need; they are taken in turn. */
  readonly samples: Uint8Array;
  /** The filters of the rows, taken in turn. */
  readonly filters: readonly number[];
  /** Into how many chunks the pixels are cut. */
  readonly parts?: number;
  /** Chunks before the pixels. */
  readonly before?: readonly Buffer[];
  /** Chunks after the pixels. */
  readonly after?: readonly Buffer[];
}

const channels = { 0: 1, 2: 3, 4: 2, 6: 4 } as const;

export function pngChunk(type: string, content: Uint8Array = new Uint8Array()): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), content]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(content.length, 0);
  ends.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}

export function pngFile(png: PngFile): Buffer {
  const { width, height, depth, colourType, parts = 1, before = [], after = [] } = png;
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([depth, colourType], 8);
  const packed = deflateSync(filteredRows(png));
  const length = Math.ceil(packed.length / parts);
  const pixels = Array.from({ length: parts }, (_, i) =>
    pngChunk("IDAT", packed.subarray(i * length, (i + 1) * length)),
  );
  const signature = Buffer.from("\x89PNG\r\n\x1a\n", "latin1");
  return Buffer.concat([signature, pngChunk("IHDR", head), ...before, ...pixels, ...after, pngChunk("IEND")]);
}

/** Rows as the specification's section 9 filters them. */
function filteredRows({ width, height, depth, colourType, samples, filters }: PngFile): Buffer {
  const pixel = (channels[colourType] * depth) / 8;
  const length = width * pixel;
  const raw = (y: number, x: number) => (y < 0 || x < 0 ? 0 : samples[(y * length + x) % samples.length]!);
  const rows = Buffer.alloc(height * (length + 1));
  for (let y = 0; y < height; y++) {
    const filter = filters[y % filters.length]!;
    rows[y * (length + 1)] = filter;
    for (let x = 0; x < length; x++) {
      const [a, b, c] = [raw(y, x - pixel), raw(y - 1, x), x < pixel ? 0 : raw(y - 1, x - pixel)];
      const guess = [0, a, b, (a + b) >> 1, paeth(a, b, c)][filter] ?? 0;
      rows[y * (length + 1) + 1 + x] = raw(y, x) - guess;
    }
  }
  return rows;
}

function paeth(a: number, b: number, c: number): number {
  const p = a + b - c;
  const [pa, pb, pc] = [Math.abs(p - a), Math.abs(p - b), Math.abs(p - c)];
  if (pa <= pb && pa <= pc) return a;
  return pb <= pc ? b : c;
}
