import { ArgumentError } from "../errors.js";
import type { ImageSize } from "./mask.js";

/**
 * A rectangle on an image, in pixels: x to the right, y down. Coordinates are continuous: pixel i covers [i, i + 1), so
 * the whole image is { x: 0, y: 0, width, height }.
 */
export interface Box {
  /** Left edge. */
  readonly x: number;
  /** Upper edge. */
  readonly y: number;
  /** From the left to the right edge, above 0. */
  readonly width: number;
  /** From the upper to the lower edge, above 0. */
  readonly height: number;
}

/**
 * Carries a box along when a rectangle is moved and stretched onto another: from one size of an image to another size
 * (published NIH boxes are for 1024 x 1024), from a film to its place in {@link resizeWithPad}, and back with the two
 * exchanged. A size stands for the rectangle of the whole image.
 *
 * @param box on the image that `from` lies on
 * @param from an image's size, or a part of an image
 * @param to where it comes to lie
 * @returns not clipped to `to`
 * @throws ArgumentError when a coordinate is not finite, or a side is not above 0
 */
export function scaleBox(box: Box, from: ImageSize | Box, to: ImageSize | Box): Box {
  const [source, target] = [
    { x: 0, y: 0, ...from },
    { x: 0, y: 0, ...to },
  ];
  checkBox(box, "box");
  checkBox(source, "from");
  checkBox(target, "to");
  const across = target.width / source.width;
  const down = target.height / source.height;
  return {
    x: target.x + (box.x - source.x) * across,
    y: target.y + (box.y - source.y) * down,
    width: box.width * across,
    height: box.height * down,
  };
}

/**
 * The part of a box that lies inside an image; undefined where none does.
 *
 * @throws ArgumentError when a coordinate is not finite, or a side is not above 0
 */
export function clipBox(box: Box, { width, height }: ImageSize): Box | undefined {
  checkBox(box, "box");
  const x = Math.max(0, box.x);
  const y = Math.max(0, box.y);
  const right = Math.min(width, box.x + box.width);
  const bottom = Math.min(height, box.y + box.height);
  return right > x && bottom > y ? { x, y, width: right - x, height: bottom - y } : undefined;
}

/** @throws ArgumentError when a coordinate is not finite, or a side is not above 0 */
export function checkBox(box: Box, argument: string): void {
  const { x, y, width, height } = box;
  if (![x, y, width, height].every(Number.isFinite) || !(width > 0 && height > 0)) {
    throw new ArgumentError(
      argument,
      `is x ${x}, y ${y}, width ${width}, height ${height}; expected finite numbers and sides above 0`,
    );
  }
}
