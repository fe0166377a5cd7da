import ndarray from "ndarray";
import sharp from "sharp";
import { ArgumentError } from "../errors.js";
import type { Image } from "../image.js";
import { resizeImage } from "../images/resizeImage.js";
import { rowMajor } from "../matrix.js";
import { html, type Markup } from "../report/html.js";

/** A small picture of a sheet. */
export interface ContactTile {
  /** The image, of any size; absent where there is none to show. */
  readonly image?: Image;
  /** Lines below it. Those that are too long are cut in the middle. */
  readonly caption: readonly string[];
}

/** Pictures under one heading. */
export interface ContactGroup {
  /** The heading. */
  readonly title: string;
  /** The pictures, in reading order. */
  readonly tiles: readonly ContactTile[];
}

/** How a sheet is laid out. */
export interface ContactSheetOptions {
  /** Pictures in a row; default 6. */
  readonly columns?: number;
  /** Side of the square that each picture is fitted into, in pixels; default 180. */
  readonly tile?: number;
}

/**
 * Draws small pictures in rows, under headings and with captions, for a look over many images at once. Each is fitted
 * into its square as a whole, from black to white over its range; what is left of the square is light grey. A tile
 * without an image is a crossed square.
 *
 * Texts need a font that the system knows (fontconfig); without any they are missing.
 *
 * @returns a PNG file's bytes
 * @throws ArgumentError for an option that is not a whole number (`columns` from 1, `tile` from 32), or a sheet of more
 *   than 32,000 pixels on a side
 */
export async function contactSheet(
  groups: readonly ContactGroup[],
  { columns = 6, tile = 180 }: ContactSheetOptions = {},
): Promise<Uint8Array> {
  checkWhole("columns", columns, 1);
  checkWhole("tile", tile, 32);
  const width = gap + columns * (tile + gap);
  const page: Placed[] = [];
  const texts: Markup[] = [];
  let y = gap;
  for (const { title, tiles } of groups) {
    texts.push(
      html`<text x="${gap}" y="${y + 15}" font-size="15" font-weight="bold">${printable(title)}</text>`,
    );
    y += 26;
    for (let start = 0; start < tiles.length; start += columns) {
      const row = tiles.slice(start, start + columns);
      row.forEach(({ image, caption }, i) => {
        const x = gap + i * (tile + gap);
        page.push({ image, x, y });
        caption.forEach((line, l) => {
          const baseline = y + tile + 12 + l * lineHeight;
          const text = shortened(printable(line), Math.floor(tile / letterWidth));
          texts.push(html`<text x="${x}" y="${baseline}" font-size="11">${text}</text>`);
        });
      });
      const lines = Math.max(0, ...row.map(({ caption }) => caption.length));
      y += tile + lines * lineHeight + gap;
    }
    y += gap;
  }
  if (Math.max(width, y) > longestSide) {
    throw new ArgumentError(
      "groups",
      `need a sheet of ${width} x ${y} pixels, more than ${longestSide} on a side; give fewer or smaller tiles`,
    );
  }
  const canvas = ndarray(new Uint8Array(width * y).fill(paper), [y, width]);
  for (const { image, x, y: top } of page) drawTile(canvas.lo(top, x).hi(tile, tile), image);
  const overlay = html`<svg xmlns="http://www.w3.org/2000/svg" font-family="sans-serif"
    width="${width}" height="${y}">${texts}</svg>`;
  return sharp(canvas.data, { raw: { width, height: y, channels: 1 } })
    .composite([{ input: Buffer.from(overlay.source) }])
    .toColourspace("b-w")
    .png()
    .toBuffer();
}

interface Placed {
  readonly image: Image | undefined;
  readonly x: number;
  readonly y: number;
}

const gap = 10;
const lineHeight = 14;
const longestSide = 32_000;
const paper = 255;
const mount = 214;

/** An average letter of 11 pixels, with a reserve for wide ones. */
const letterWidth = 6.8;

function drawTile(square: ndarray.NdArray<Uint8Array>, image: Image | undefined): void {
  const side = square.shape[0]!;
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const crossed = image === undefined && (x === y || x === side - 1 - y);
      square.set(y, x, crossed ? 120 : mount);
    }
  }
  if (image === undefined) return;
  const { pixels, range } = thumbnail(image, side);
  const [height, width] = pixels.shape as [number, number];
  const [top, left] = [Math.floor((side - height) / 2), Math.floor((side - width) / 2)];
  const values = rowMajor(pixels);
  const [low, high] = range;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const unit = (values[y * width + x]! - low) / (high - low);
      square.set(top + y, left + x, Math.round(255 * Math.min(Math.max(unit, 0), 1)));
    }
  }
}

/** The image with its longer side at `side` pixels. */
export function thumbnail(image: Image, side: number): Image<Float32Array> {
  const [height = 0, width = 0] = image.pixels.shape;
  const scale = side / Math.max(height, width);
  return resizeImage(image, Math.max(1, Math.round(height * scale)), Math.max(1, Math.round(width * scale)));
}

/** Without the control characters that XML forbids. */
function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, " ");
}

/** At most so many letters, of which an ellipsis takes the place of the middle. */
function shortened(text: string, most: number): string {
  if (text.length <= most) return text;
  const head = Math.ceil((most - 1) / 2);
  return `${text.slice(0, head)}…${text.slice(text.length - (most - 1 - head))}`;
}

function checkWhole(option: string, value: number, least: number): void {
  if (!(Number.isInteger(value) && value >= least)) {
    throw new ArgumentError(`options.${option}`, `is ${value}; expected a whole number of at least ${least}`);
  }
}
