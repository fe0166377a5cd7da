import ndarray from "ndarray";
import { ArgumentError } from "../errors.js";
import type { Image, Mask } from "../image.js";
import { type RandomStream, randomStream } from "../random.js";
import { type Affine, augmentationAffine, invertAffine } from "./affine.js";
import { type Augmentation, type AugmentationOptions, drawAugmentation } from "./augmentation.js";
import { type Box, checkBox, clipBox } from "./box.js";
import { type ImageSize, maskOf, readMask } from "./mask.js";
import { pixelMoments } from "./pixelMoments.js";
import { type ImagePixels, readPixels } from "./readPixels.js";
import { type Border, warpBilinear, warpNearest } from "./warp.js";

/** An image with all that must move along with it. */
export interface ImageSample {
  /** Any range. */
  readonly image: Image;
  /** Masks of the image's size. */
  readonly masks?: readonly Mask[];
  /** Boxes on the image. */
  readonly boxes?: readonly Box[];
}

/** An image sample after augmentation. */
export interface AugmentedSample {
  /** Float pixels, the range of the image before. */
  readonly image: Image<Float32Array>;
  /** As many as before, 1 inside and 0 outside. */
  readonly masks: readonly Mask[];
  /**
   * As many as before. Each is the upright box around the turned one, clipped to the image (so a turn makes it larger);
   * undefined where it left the image.
   */
  readonly boxes: readonly (Box | undefined)[];
}

/** What comes in from beyond the image's edges. */
export interface BorderOptions {
  /** Default "constant". With the two others masks are continued in the same way as the image. */
  readonly border?: Border;
  /** Value of a constant border. Default the low end of the image's range. */
  readonly fill?: number;
}

/**
 * Draws an augmentation and applies it to an image, its masks and its boxes alike: {@link drawAugmentation}, then
 * {@link applyAugmentation}.
 *
 * @param random a stream for this sample alone, such as `randomStream(seed).fork(epoch).fork(imageId)`: then the result
 *   depends neither on the order of the samples nor on how many are made at once
 * @throws ArgumentError when an option lies outside its bounds, or an image, mask or box is not what it ought to be
 */
export function augment(
  sample: ImageSample,
  options: AugmentationOptions & BorderOptions,
  random: RandomStream,
): AugmentedSample {
  return applyAugmentation(sample, drawAugmentation(options, random), options);
}

/**
 * Applies one augmentation to an image, its masks and its boxes alike.
 *
 * First the geometry: about the image's centre, left and right are swapped, the size changes, then shear, turn and shift.
 * The image is read by bilinear interpolation, masks take the nearest pixel. Then the pixels: contrast about the
 * mean of the film before, brightness, gamma, noise; the border changes along with the film. Where any of these four is
 * asked for, pixels are clipped to the image's range.
 *
 * @param augmentation {@link noAugmentation} gives back exactly the same pixels
 * @throws ArgumentError when a mask differs from the image in size, a box has a side that is not above 0 or a coordinate
 *   that is not finite, the augmentation leaves nothing of the image, the fill is not finite, or the border is none of its
 *   words
 */
export function applyAugmentation(
  { image, masks = [], boxes = [] }: ImageSample,
  augmentation: Augmentation,
  { border = "constant", fill = image.range[0] }: BorderOptions = {},
): AugmentedSample {
  if (border !== "constant" && border !== "nearest" && border !== "reflect") {
    throw new ArgumentError("options.border", `is ${border}; expected "constant", "nearest" or "reflect"`);
  }
  if (!Number.isFinite(fill)) {
    throw new ArgumentError("options.fill", `is ${fill}; expected a finite number`);
  }
  const film = readPixels(image);
  const { width, height } = film;
  const forth = augmentationAffine(augmentation, film);
  const back = invertAffine(forth);
  if (!Object.values(back).every(Number.isFinite)) {
    const { magnification } = augmentation;
    throw new ArgumentError(
      "augmentation",
      `leaves nothing of the image, with magnification ${magnification}`,
    );
  }
  const pixels = warpBilinear({ values: film.values, width, height, back, border }, fill);
  changePixels(pixels, film, augmentation);
  return {
    image: { pixels: ndarray(pixels, [height, width]), range: image.range },
    masks: masks.map((mask, m) => {
      const read = readMask(mask, `sample.masks[${m}]`);
      if (read.width !== width || read.height !== height) {
        throw new ArgumentError(
          `sample.masks[${m}]`,
          `has shape [${mask.shape}] and the image [${height}, ${width}]; resize it with resizeMask`,
        );
      }
      return maskOf(warpNearest({ ...read, back, border }), read);
    }),
    boxes: boxes.map((box, b) => {
      checkBox(box, `sample.boxes[${b}]`);
      return moveBox(box, forth, film);
    }),
  };
}

/** Contrast, brightness, gamma and noise, on unit pixels, in place. */
function changePixels(
  pixels: Float32Array,
  film: ImagePixels,
  { gamma, contrast, brightness, noise, noiseSeed }: Augmentation,
): void {
  if (gamma === 1 && contrast === 1 && brightness === 0 && noise === 0) return;
  const { low, span } = film;
  const clip = (unit: number) => (unit < 0 ? 0 : unit > 1 ? 1 : unit);
  const mean = contrast === 1 ? 0 : pixelMoments(film).mean;
  const random = noise === 0 ? undefined : randomStream(noiseSeed);
  for (let i = 0; i < pixels.length; i++) {
    let unit = (pixels[i]! - low) / span;
    if (contrast !== 1) unit = mean + contrast * (unit - mean);
    unit += brightness;
    if (gamma !== 1) unit = clip(unit) ** gamma;
    if (random) unit += noise * random.normal();
    pixels[i] = low + span * clip(unit);
  }
}

function moveBox({ x, y, width, height }: Box, forth: Affine, size: ImageSize): Box | undefined {
  const xs: number[] = [];
  const ys: number[] = [];
  for (const u of [x, x + width]) {
    for (const v of [y, y + height]) {
      xs.push(forth.xx * u + forth.xy * v + forth.x0);
      ys.push(forth.yx * u + forth.yy * v + forth.y0);
    }
  }
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  return clipBox({ x: left, y: top, width: Math.max(...xs) - left, height: Math.max(...ys) - top }, size);
}
