import type { Image, WindowOptions } from "radiolucent";
import { decodePicture, decodePng } from "./picture.js";

/** The values of a film before any window, and the window that shows it as it came. */
export interface WindowedValues {
  /** In the file's own units. */
  readonly values: Image;
  /** What runs from black to white at first. */
  readonly window: WindowOptions;
}

/** A film, decoded. */
export interface Film {
  /** Name of its file. */
  readonly name: string;
  /** As the library reads it, the same in Node: what the model sees until someone moves the window. */
  readonly image: Image;
  /** What there is to say of it, such as what a synthetic film shows. */
  readonly caption: string;
  /** What to bear in mind of how it was decoded. */
  readonly notes: readonly string[];
  /** What the window's sliders work on. */
  adjustable(): Promise<WindowedValues>;
}

/** A film that can be read, again and again: a batch keeps results and not films. */
export interface FilmSource {
  /** Name of its file. */
  readonly name: string;
  /** Decodes it; throws an error whose message says what is wrong with the file. */
  read(): Promise<Film>;
}

/** A file that someone chose. */
export function fileSource(file: File): FilmSource {
  return {
    name: file.name,
    async read() {
      const bytes = new Uint8Array(await file.arrayBuffer());
      return decode(file.name, bytes);
    },
  };
}

/** A film in memory, of 8 or 16 bits: its window is its whole range. */
export function plainFilm(
  name: string,
  image: Image,
  { caption = sizeOf(image), notes = [] }: Partial<Pick<Film, "caption" | "notes">> = {},
): Film {
  const [low, high] = image.range;
  const window = { center: (low + high) / 2, width: high - low, function: "LINEAR_EXACT" } as const;
  return { name, image, caption, notes, adjustable: async () => ({ values: image, window }) };
}

/** A film's size in words. */
export function sizeOf({ pixels: { shape } }: Image): string {
  return `${shape[1]} × ${shape[0]} pixels`;
}

/** First bytes of formats that are not read, by name. */
const otherFormats: readonly (readonly [name: string, offset: number, start: string])[] = [
  ["GIF", 0, "GIF8"],
  ["WebP", 8, "WEBP"],
  ["BMP", 0, "BM"],
  ["TIFF", 0, "II*\0"],
  ["TIFF", 0, "MM\0*"],
  ["PDF", 0, "%PDF"],
  ["ZIP", 0, "PK\x03\x04"],
  ["HEIC", 4, "ftypheic"],
  ["JPEG 2000", 4, "jP  "],
];

async function decode(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<Film> {
  const startsWith = (start: string, offset = 0) =>
    Array.from(start).every((letter, i) => bytes[offset + i] === letter.charCodeAt(0));
  if (bytes.length === 0) throw new Error("The file is empty; expected a PNG, JPEG or DICOM film.");
  // A file can be DICOM and, by what stands before "DICM", TIFF as well.
  if (!startsWith("DICM", 128)) {
    if (startsWith("\x89PNG\r\n\x1a\n")) return decodePng(name, bytes);
    if (startsWith("\xff\xd8\xff")) return decodePicture(name, bytes, "image/jpeg");
    const other = otherFormats.find(([, offset, start]) => startsWith(start, offset));
    if (other) throw new Error(`This is a ${other[0]} file; expected PNG, JPEG or DICOM, so convert it.`);
  }
  const { readDicomFilm } = await import("./dicomFilm.js");
  return readDicomFilm(name, bytes);
}
