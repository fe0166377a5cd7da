import type { Tensor4D } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import ndarray, { type NdArray } from "ndarray";
import { ArgumentError } from "../errors.js";
import { checkPositiveIntegers } from "../models/checkOptions.js";
import { type Baseline, baselineImage, type ImageShape } from "./baseline.js";
import { type AttributionMap, attributionMap } from "./explanationMap.js";
import { type ManyPassesOptions, probeImages } from "./imageProbe.js";
import { readPixelBatch } from "./modelPass.js";
import { type ExplanationTarget, type HeadTarget, resolveTarget } from "./target.js";

/** How windows lie and what covers them. */
export interface OcclusionWindowOptions extends ManyPassesOptions {
  /** Height and width of the window in pixels, or one number for both: an eighth of the image's sides, rounded up, by default. */
  readonly windowSize?: number | readonly [height: number, width: number];
  /** How far a window is from the next, down and across, at most the window's size: half of it, rounded up, by default. */
  readonly stride?: number | readonly [down: number, across: number];
  /** What a covered pixel shows: "mean", the image's own mean, by default. */
  readonly baseline?: Baseline;
}

/** What to explain, and how windows lie. */
export interface OcclusionOptions extends HeadTarget, OcclusionWindowOptions {}

/** Several things to explain in the same passes. */
export interface OcclusionsOptions extends OcclusionWindowOptions {
  /** Classes by name or column, functions of the logits, or these with the head and region they are of. */
  readonly targets: readonly (ExplanationTarget | HeadTarget)[];
}

/** How much a score falls when parts of an image are covered. */
export interface Occlusion extends AttributionMap {
  /** Shape [batch, window rows, window columns]: the fall of the score for each window. */
  readonly drops: NdArray<Float32Array>;
}

/**
 * Occlusion (Zeiler and Fergus, Visualizing and understanding convolutional networks, ECCV 2014, section 4.2): how much the
 * score falls when a window of the image is covered, in units of the score and in inference mode. A pixel's attribution is
 * the mean over the windows that cover it. Windows start at 0, stride, 2 stride, ... until the last pixel is covered; those
 * that reach beyond the bottom or right edge are cut. A segmentation's region is that of the uncovered image.
 *
 * @param images shape [batch, height, width, channels], normalised as the model expects; a tensor stays the caller's
 * @throws ArgumentError for no images, images of another shape than the model's input, a window or stride below 1, a window
 *   larger than the image, a stride larger than the window (pixels would never be covered), or a baseline that is not finite
 * @throws ModelError for an unknown class or head, a class name on a model without contract, a model with several inputs
 */
export async function occlusion(
  model: LayersModel,
  images: NdArray<Float32Array> | Tensor4D,
  options: OcclusionOptions,
): Promise<Occlusion> {
  const [result] = await occlusions(model, images, { ...options, targets: [options] });
  return result!;
}

/**
 * As {@link occlusion}, for several targets in the same passes of the model.
 *
 * @returns one result a target, in order
 * @throws ArgumentError for no target, and as {@link occlusion}
 */
export async function occlusions(
  model: LayersModel,
  images: NdArray<Float32Array> | Tensor4D,
  options: OcclusionsOptions,
): Promise<Occlusion[]> {
  const { baseline = "mean" } = options;
  const targets = options.targets.map((asked) =>
    typeof asked === "object" ? resolveTarget(model, asked.target, asked) : resolveTarget(model, asked),
  );
  if (targets.length === 0) throw new ArgumentError("options.targets", "is empty; expected at least one");
  const batch = await readPixelBatch(model, images);
  const { shape } = batch;
  const grid = windowGrid(shape, options);
  const { rows, columns } = grid;
  const results = await probeImages(model, batch, targets, rows * columns, options, async (probe) => {
    const cover = baselineImage(probe.pixels, shape, baseline);
    const scores = await probe.scoreCopies((window, into) => {
      into.set(probe.pixels);
      grid.forEachRun(window, (first, end) => {
        into.set(cover.subarray(first * shape[2], end * shape[2]), first * shape[2]);
      });
    });
    return scores.map((covered, t) => {
      const score = probe.scores[t]!;
      const drops = covered.map((value) => score - value);
      return { score, drops, map: averaged(drops, grid, shape) };
    });
  });
  return targets.map((_, t) => {
    const ofTarget = results.map((each) => each[t]!);
    const drops = new Float32Array(results.length * rows * columns);
    for (const [i, one] of ofTarget.entries()) drops.set(one.drops, i * rows * columns);
    return {
      ...attributionMap(
        ofTarget.map(({ map }) => map),
        ofTarget.map(({ score }) => score),
        shape,
      ),
      drops: ndarray(drops, [results.length, rows, columns]),
    };
  });
}

/** Windows over an image, numbered row by row. */
interface WindowGrid {
  readonly rows: number;
  readonly columns: number;
  /** Calls with the first pixel, row-major, of each row of a window and the one after its last. */
  forEachRun(window: number, visit: (first: number, end: number) => void): void;
}

function windowGrid([height, width]: ImageShape, options: OcclusionWindowOptions): WindowGrid {
  const sides = [height, width];
  const size = pairOf(options.windowSize ?? [Math.ceil(height / 8), Math.ceil(width / 8)]);
  const stride = pairOf(options.stride ?? [Math.ceil(size[0]! / 2), Math.ceil(size[1]! / 2)]);
  checkPositiveIntegers("windowSize", size);
  checkPositiveIntegers("stride", stride);
  const counts = sides.map((side, axis) => {
    if (size[axis]! > side) {
      throw new ArgumentError(
        "options.windowSize",
        `is [${size}]; the images are [${sides}], and a window must fit into them`,
      );
    }
    if (stride[axis]! > size[axis]!) {
      throw new ArgumentError(
        "options.stride",
        `is [${stride}], above the window's [${size}]: pixels between windows would never be covered`,
      );
    }
    return Math.ceil((side - size[axis]!) / stride[axis]!) + 1;
  });
  const [rows, columns] = counts as [number, number];
  return {
    rows,
    columns,
    forEachRun(window, visit) {
      const top = Math.floor(window / columns) * stride[0]!;
      const left = (window % columns) * stride[1]!;
      const right = Math.min(width, left + size[1]!);
      for (let row = top; row < Math.min(height, top + size[0]!); row++)
        visit(row * width + left, row * width + right);
    },
  };
}

const pairOf = (sides: number | readonly [number, number]): readonly number[] =>
  typeof sides === "number" ? [sides, sides] : sides;

/** At each pixel the mean of the values of the windows that cover it. */
function averaged(values: Float32Array, grid: WindowGrid, [height, width]: ImageShape): Float64Array {
  const sums = new Float64Array(height * width);
  const counts = new Float64Array(height * width);
  for (const [window, value] of values.entries()) {
    grid.forEachRun(window, (first, end) => {
      for (let pixel = first; pixel < end; pixel++) {
        sums[pixel]! += value;
        counts[pixel]!++;
      }
    });
  }
  return sums.map((sum, pixel) => sum / counts[pixel]!);
}
