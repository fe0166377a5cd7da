import { ArgumentError } from "../errors.js";
import type { Mask } from "../image.js";
import { type Box, checkBox, clipBox } from "./box.js";
import { checkSize, type ImageSize, maskOf, readMask } from "./mask.js";

/** A connected part of a mask. */
export interface MaskPart extends Box {
  /** Pixels inside. */
  readonly area: number;
}

/**
 * The union of boxes as a mask: pixels whose centre lies in a box, edges counting as left-closed. A box that holds no
 * pixel's centre marks the pixel that its own centre falls into, so none is lost. Boxes that reach beyond the image are
 * clipped.
 *
 * @param boxes in this image's pixels; none gives an empty mask
 * @param size of the mask
 * @returns 1 inside, 0 outside
 * @throws ArgumentError when a box lies wholly outside the image (most often one of another size), has a side that is
 *   not above 0 or a coordinate that is not finite, or a side of the image is not a whole number above 0
 */
export function boxesToMask(boxes: readonly Box[], size: ImageSize): Mask {
  checkSize(size, "size.");
  const { width, height } = size;
  const values = new Uint8Array(width * height);
  boxes.forEach((box, index) => {
    checkBox(box, `boxes[${index}]`);
    const inside = clipBox(box, size);
    if (inside === undefined) {
      throw new ArgumentError(
        `boxes[${index}]`,
        `(x ${box.x}, y ${box.y}) lies outside the image of ${width} x ${height}; is it of another size? See scaleBox`,
      );
    }
    const [left, right] = covered(inside.x, inside.width);
    const [top, bottom] = covered(inside.y, inside.height);
    for (let y = top; y < bottom; y++) values.fill(1, y * width + left, y * width + right);
  });
  return maskOf(values, size);
}

/** First pixel, and the one after the last, whose centres lie in [start, start + length). */
function covered(start: number, length: number): readonly [number, number] {
  const first = Math.ceil(start - 0.5);
  const end = Math.ceil(start + length - 0.5);
  if (end > first) return [first, end];
  const middle = Math.floor(start + length / 2);
  return [middle, middle + 1];
}

/**
 * The smallest box around all that is inside; undefined for an empty mask.
 *
 * @throws ArgumentError when the mask has not two dimensions
 */
export function maskBounds(mask: Mask): Box | undefined {
  const { values, height, width } = readMask(mask);
  let [left, right, top, bottom] = [width, 0, height, 0];
  for (let y = 0; y < height; y++) {
    const line = values.subarray(y * width, (y + 1) * width);
    const first = line.findIndex((value) => value !== 0);
    if (first < 0) continue;
    const end = line.findLastIndex((value) => value !== 0) + 1;
    left = Math.min(left, first);
    right = Math.max(right, end);
    top = Math.min(top, y);
    bottom = y + 1;
  }
  return right > left ? { x: left, y: top, width: right - left, height: bottom - top } : undefined;
}

/**
 * The connected parts of a mask, each with the smallest box around it, in the order of their first pixels row by row.
 *
 * @param options `connectivity`: 8 (the default) joins pixels that touch at a side or a corner, 4 only at a side
 * @returns none for an empty mask
 * @throws ArgumentError when the mask has not two dimensions, or the connectivity is neither 4 nor 8
 */
export function maskToBoxes(
  mask: Mask,
  { connectivity = 8 }: { readonly connectivity?: 4 | 8 } = {},
): MaskPart[] {
  if (connectivity !== 4 && connectivity !== 8) {
    throw new ArgumentError("options.connectivity", `is ${connectivity}; expected 4 or 8`);
  }
  const { values, height, width } = readMask(mask);
  const waiting = new Uint8Array(values.length);
  for (let i = 0; i < waiting.length; i++) waiting[i] = values[i] === 0 ? 0 : 1;
  const stack = new Int32Array(values.length);
  const parts: MaskPart[] = [];
  for (let start = waiting.indexOf(1); start >= 0; start = waiting.indexOf(1, start + 1)) {
    let [left, right, top, bottom] = [width, 0, height, 0];
    let area = 0;
    let depth = 0;
    stack[depth++] = start;
    waiting[start] = 0;
    while (depth > 0) {
      const at = stack[--depth]!;
      const x = at % width;
      const y = (at - x) / width;
      area++;
      left = Math.min(left, x);
      right = Math.max(right, x + 1);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y + 1);
      for (let v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v++) {
        for (let u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u++) {
          const next = v * width + u;
          if (waiting[next] === 0 || (connectivity === 4 && u !== x && v !== y)) continue;
          waiting[next] = 0;
          stack[depth++] = next;
        }
      }
    }
    parts.push({ x: left, y: top, width: right - left, height: bottom - top, area });
  }
  return parts;
}
