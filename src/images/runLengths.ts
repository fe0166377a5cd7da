import { ArgumentError } from "../errors.js";
import type { Mask } from "../image.js";
import { checkSize, type ImageSize, maskOf, readMask } from "./mask.js";

/**
 * What the first number of each pair means. Pixels are counted down the columns, the leftmost column first.
 *
 * - "relative": pixels between the end of the run before (at first the image's first pixel) and this run, as in the
 *   SIIM-ACR pneumothorax table.
 * - "absolute": the place of the run's first pixel, the image's first pixel being 1, as in most Kaggle contests.
 */
export type RleStarts = "relative" | "absolute";

/**
 * Decodes run lengths: pairs of numbers, the second of each being the run's length. "-1" and "" are empty masks.
 *
 * Several strings are one mask: their union, overlaps included. In the SIIM table 624 of 2,669 positive images have
 * more than one row.
 *
 * @param rle one string or all strings of an image; an empty list is an empty mask
 * @param options the image's size, and what the starts mean
 * @returns 1 inside, 0 outside
 * @throws ArgumentError naming the string and the number, where one is not a whole number from 0, a run is of length 0,
 *   runs over the image's end or (absolute) begins before the end of the one before, or the count of numbers is odd;
 *   also when a side is not a whole number above 0
 */
export function decodeRle(
  rle: string | readonly string[],
  { width, height, starts }: ImageSize & { readonly starts: RleStarts },
): Mask {
  checkSize({ width, height }, "options.");
  checkStarts(starts);
  const values = new Uint8Array(width * height);
  const texts = typeof rle === "string" ? [rle] : rle;
  texts.forEach((text, index) => {
    const runs = readRuns(text, width * height, starts);
    if (typeof runs === "string") {
      throw new ArgumentError(typeof rle === "string" ? "rle" : `rle[${index}]`, runs);
    }
    for (const { first, length } of runs) {
      let row = first % height;
      let column = (first - row) / height;
      for (let i = 0; i < length; i++) {
        values[row * width + column] = 1;
        if (++row === height) {
          row = 0;
          column++;
        }
      }
    }
  });
  return maskOf(values, { width, height });
}

/**
 * Encodes a mask as run lengths that {@link decodeRle} reads, with runs as long as can be.
 *
 * @returns "-1" for an empty mask
 * @throws ArgumentError when the mask has not two dimensions, or `starts` is none of its words
 */
export function encodeRle(mask: Mask, { starts }: { readonly starts: RleStarts }): string {
  checkStarts(starts);
  const { values, width } = readMask(mask);
  const numbers: number[] = [];
  let end = 0;
  let first = -1;
  const endRun = (place: number) => {
    numbers.push(starts === "relative" ? first - end : first + 1, place - first);
    end = place;
    first = -1;
  };
  let place = 0;
  for (let column = 0; column < width; column++) {
    for (let at = column; at < values.length; at += width, place++) {
      if (values[at] !== 0) {
        if (first < 0) first = place;
      } else if (first >= 0) endRun(place);
    }
  }
  if (first >= 0) endRun(place);
  return numbers.join(" ") || "-1";
}

/**
 * Which reading of the starts a table of run lengths allows: the one under which every string decodes. Read as absolute,
 * relative starts soon go backwards; read as relative, absolute starts soon run over the image's end.
 *
 * @param rles strings of any number of images of one size; the more the surer
 * @returns undefined where both readings are possible (as with one run a string) or neither is
 * @throws ArgumentError when a side is not a whole number above 0
 */
export function detectRleStarts(rles: Iterable<string>, size: ImageSize): RleStarts | undefined {
  checkSize(size, "size.");
  const possible = new Set<RleStarts>(["relative", "absolute"]);
  for (const rle of rles) {
    for (const starts of possible) {
      if (typeof readRuns(rle, size.width * size.height, starts) === "string") possible.delete(starts);
    }
  }
  return possible.size === 1 ? [...possible][0] : undefined;
}

/** A run's first pixel, from 0 down the columns, and its length. */
interface Run {
  readonly first: number;
  readonly length: number;
}

/** The runs of a string, or what is wrong with it. */
function readRuns(rle: string, pixels: number, starts: RleStarts): Run[] | string {
  const text = rle.trim();
  if (text === "" || text === "-1") return [];
  const words = text.split(/\s+/);
  if (words.length % 2 === 1) return `holds ${words.length} numbers; expected pairs of start and length`;
  const wrong = words.findIndex((word) => !/^\d+$/.test(word));
  if (wrong >= 0) return `number ${wrong + 1} is "${words[wrong]}"; expected a whole number from 0`;
  const runs: Run[] = [];
  let end = 0;
  for (let w = 0; w < words.length; w += 2) {
    const start = Number(words[w]);
    const length = Number(words[w + 1]);
    const first = starts === "relative" ? end + start : start - 1;
    if (first < end) {
      return `number ${w + 1} starts a run at ${start}, and absolute starts go from ${end + 1} here; are they relative?`;
    }
    if (length === 0) return `number ${w + 2} is a length of 0`;
    if (first + length > pixels) {
      const hint = starts === "relative" ? "; are the starts absolute, or is it another size?" : "";
      return `numbers ${w + 1} and ${w + 2} make a run to pixel ${first + length} of ${pixels}${hint}`;
    }
    runs.push({ first, length });
    end = first + length;
  }
  return runs;
}

function checkStarts(starts: RleStarts): void {
  if (starts !== "relative" && starts !== "absolute") {
    throw new ArgumentError("options.starts", `is ${starts}; expected "relative" or "absolute"`);
  }
}
