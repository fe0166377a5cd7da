import type { Augmentation } from "./augmentation.js";
import type { ImageSize } from "./mask.js";

/** A map of points of the plane, x to the right and y down: (xx x + xy y + x0, yx x + yy y + y0). */
export interface Affine {
  /** x by x. */
  readonly xx: number;
  /** x by y. */
  readonly xy: number;
  /** x of the origin. */
  readonly x0: number;
  /** y by x. */
  readonly yx: number;
  /** y by y. */
  readonly yy: number;
  /** y of the origin. */
  readonly y0: number;
}

/**
 * Where an augmentation moves the points of an image, about the image's centre: first left and right are swapped and the
 * size changes, then it shears, then it turns, then it shifts.
 */
export function augmentationAffine(augmentation: Augmentation, { width, height }: ImageSize): Affine {
  const { magnification, shiftX, shiftY, flipped } = augmentation;
  const turn = (augmentation.rotation * Math.PI) / 180;
  const lean = Math.tan((augmentation.shear * Math.PI) / 180);
  const [cosine, sine] = [Math.cos(turn), Math.sin(turn)];
  const across = flipped ? -magnification : magnification;
  const linear = {
    xx: cosine * across,
    xy: (sine - cosine * lean) * magnification,
    yx: -sine * across,
    yy: (cosine + sine * lean) * magnification,
  };
  const centre = { x: width / 2, y: height / 2 };
  return {
    ...linear,
    x0: centre.x + shiftX * width - linear.xx * centre.x - linear.xy * centre.y,
    y0: centre.y + shiftY * height - linear.yx * centre.x - linear.yy * centre.y,
  };
}

/** The map back. */
export function invertAffine({ xx, xy, x0, yx, yy, y0 }: Affine): Affine {
  const determinant = xx * yy - xy * yx;
  const back = { xx: yy / determinant, xy: -xy / determinant, yx: -yx / determinant, yy: xx / determinant };
  return { ...back, x0: -back.xx * x0 - back.xy * y0, y0: -back.yx * x0 - back.yy * y0 };
}
