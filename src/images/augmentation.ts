import { ArgumentError } from "../errors.js";
import type { RandomStream } from "../random.js";

/** How far augmentation may go. Everything that is left out is not done. */
export interface AugmentationOptions {
  /** Largest rotation in degrees, to either side, up to 180; 36 is a tenth of a turn. */
  readonly rotation?: number;
  /** Magnification is drawn from [1 - zoom, 1 + zoom]; in [0, 1). Below 1 the film shrinks. */
  readonly zoom?: number;
  /** Largest shift across and down, each as a share of that side, to either side; in [0, 1]. */
  readonly shift?: number;
  /** Largest shear in degrees, to either side, below 90: how far the film's upright lines lean. */
  readonly shear?: number;
  /**
   * Probability of swapping left and right. A mirrored chest has its heart on the right, and side labels turn wrong, so
   * it is not done unless asked for.
   */
  readonly flip?: number;
  /** Largest change of all pixels, as a share of the range, to either side. */
  readonly brightness?: number;
  /** Distances from the film's mean are multiplied by a number from [1 - contrast, 1 + contrast]; in [0, 1]. */
  readonly contrast?: number;
  /** Unit pixels are raised to a power from [1 / gamma, gamma], drawn evenly in its logarithm; from 1. */
  readonly gamma?: number;
  /** The standard deviation of Gaussian noise, as a share of the range, is drawn from [0, noise]. */
  readonly noise?: number;
}

/** What is done to one sample. The geometry is about the image's centre; {@link applyAugmentation} says in which order. */
export interface Augmentation {
  /** Degrees, counterclockwise as one looks at the film. */
  readonly rotation: number;
  /** 1 keeps the size. */
  readonly magnification: number;
  /** To the right, as a share of the width. */
  readonly shiftX: number;
  /** Downwards, as a share of the height. */
  readonly shiftY: number;
  /** Degrees by which upright lines lean, their upper ends to the right. */
  readonly shear: number;
  /** Whether left and right are swapped. */
  readonly flipped: boolean;
  /** Added to unit pixels. */
  readonly brightness: number;
  /** Factor of the distance from the mean. */
  readonly contrast: number;
  /** Power of unit pixels. */
  readonly gamma: number;
  /** Standard deviation of the noise on unit pixels. */
  readonly noise: number;
  /** Where the noise comes from. */
  readonly noiseSeed: number;
}

/** Nothing is done. */
export const noAugmentation: Augmentation = {
  rotation: 0,
  magnification: 1,
  shiftX: 0,
  shiftY: 0,
  shear: 0,
  flipped: false,
  brightness: 0,
  contrast: 1,
  gamma: 1,
  noise: 0,
  noiseSeed: 0,
};

/**
 * Draws one augmentation. Every setting takes its number from the stream whether it is asked for or not, so adding one
 * option leaves what the others draw as it was.
 *
 * For results that depend neither on the order of the images nor on how many are made at once, give each sample a stream
 * of its own: `randomStream(seed).fork(epoch).fork(imageId)`.
 *
 * @throws ArgumentError when an option lies outside its bounds
 */
export function drawAugmentation(options: AugmentationOptions, random: RandomStream): Augmentation {
  for (const [name, [least, most]] of Object.entries(bounds)) {
    const value = options[name as keyof AugmentationOptions];
    if (value !== undefined && !(value >= least && value <= most)) {
      throw new ArgumentError(`options.${name}`, `is ${value}; expected a number from ${least} to ${most}`);
    }
  }
  const { rotation = 0, zoom = 0, shift = 0, shear = 0, flip = 0 } = options;
  const { brightness = 0, contrast = 0, gamma = 1, noise = 0 } = options;
  const either = () => 2 * random.uniform() - 1;
  return {
    rotation: rotation * either(),
    magnification: 1 + zoom * either(),
    shiftX: shift * either(),
    shiftY: shift * either(),
    shear: shear * either(),
    flipped: random.uniform() < flip,
    brightness: brightness * either(),
    contrast: 1 + contrast * either(),
    gamma: gamma ** either(),
    noise: noise * random.uniform(),
    noiseSeed: random.integer(2 ** 32),
  };
}

const bounds: Readonly<Record<keyof AugmentationOptions, readonly [number, number]>> = {
  rotation: [0, 180],
  zoom: [0, 0.99],
  shift: [0, 1],
  shear: [0, 89],
  flip: [0, 1],
  brightness: [0, 1],
  contrast: [0, 1],
  gamma: [1, 100],
  noise: [0, 1],
};
