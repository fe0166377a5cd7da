import type { Tensor4D } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import ndarray, { type NdArray } from "ndarray";
import { ArgumentError } from "../errors.js";
import { checkPositiveIntegers } from "../models/checkOptions.js";
import { type Baseline, baselineImage } from "./baseline.js";
import { type ManyPassesOptions, probeImages } from "./imageProbe.js";
import { readPixelBatch } from "./modelPass.js";
import { type RemovalScoreOptions, relevanceOrder, removalScale, stretchedMaps } from "./pixelRemoval.js";
import { imageStreams, type SeedOptions } from "./seeding.js";
import { type HeadTarget, resolveTarget } from "./target.js";

/** What is measured, the target being the one that the maps explain, and how pixels go and come. */
export interface DeletionInsertionOptions
  extends HeadTarget,
    ManyPassesOptions,
    SeedOptions,
    RemovalScoreOptions {
  /** Which curves: "both" by default. */
  readonly mode?: "deletion" | "insertion" | "both";
  /** In how many steps all pixels go or come: 50 by default, at most one a pixel. */
  readonly steps?: number;
  /** What stands where a pixel is not shown: by default "mean" for deletion and "blur" for insertion. */
  readonly baseline?: Baseline;
}

/** Scores while pixels are altered one after the other, a curve an image. */
export interface RemovalCurves {
  /** Shape [batch, steps + 1], from no pixel altered to all. */
  readonly scores: NdArray<Float64Array>;
  /** Area under each curve over the share of pixels in [0, 1] (trapezoids), so a mean score. */
  readonly area: Float64Array;
}

/** Curves by the maps' order of pixels, and by chance. */
export interface RemovalComparison {
  /** By descending relevance. */
  readonly relevance: RemovalCurves;
  /** In a random order of the pixels, each image its own. */
  readonly random: RemovalCurves;
}

/** How scores follow the pixels that maps call relevant. */
export interface DeletionInsertion {
  /** Share of the pixels that are altered at each point of the curves, from 0 to 1. */
  readonly shares: Float64Array;
  /** Pixels are removed from the image; a faithful map's area is small, below that of the random order. Undefined unless asked for. */
  readonly deletion: RemovalComparison | undefined;
  /** Pixels are put into the baseline; a faithful map's area is large, above that of the random order. Undefined unless asked for. */
  readonly insertion: RemovalComparison | undefined;
}

/**
 * Deletion and insertion (Petsiuk, Das and Saenko, RISE, BMVC 2018, section 4.3): the score of a model, a probability where
 * there is one, while the pixels of an image are removed, or put into a baseline, by descending relevance. Step s of n alters
 * the first round(s pixels / n) of them. Equal relevance goes from left to right and from top to bottom: many equal values, as
 * zeros of a map cut at 0, make that order matter, so rather give signed maps. A map that is smaller than the images is
 * stretched as `resizeImage` does. A segmentation's region is that of the image as it is.
 *
 * @param images shape [batch, height, width, channels], normalised as the model expects; a tensor stays the caller's
 * @param maps shape [batch, mapHeight, mapWidth]: one an image, greater where more relevant
 * @throws ArgumentError for no images, images of another shape than the model's input, maps that are not one an image or not
 *   finite, steps below 1, an unknown mode, a baseline that is not finite, probabilities of a target that has none, or keys
 *   that are not one an image
 * @throws ModelError for an unknown class or head, a class name on a model without contract, a model with several inputs
 */
export async function deletionInsertion(
  model: LayersModel,
  images: NdArray<Float32Array> | Tensor4D,
  maps: NdArray<Float32Array>,
  options: DeletionInsertionOptions,
): Promise<DeletionInsertion> {
  const { mode = "both", steps = 50, baseline } = options;
  checkPositiveIntegers("steps", [steps]);
  if (mode !== "deletion" && mode !== "insertion" && mode !== "both") {
    throw new ArgumentError("options.mode", `is "${mode}"; expected "deletion", "insertion" or "both"`);
  }
  const target = resolveTarget(model, options.target, options);
  const scale = removalScale(model, options.target, target, options, "probability");
  const batch = await readPixelBatch(model, images);
  const { shape, count } = batch;
  const stretched = stretchedMaps(maps, count, shape);
  const streams = imageStreams(options, count);
  const modes = mode === "both" ? (["deletion", "insertion"] as const) : [mode];

  const pixels = shape[0] * shape[1];
  const parts = Math.min(steps, pixels);
  const altered = Array.from({ length: parts + 1 }, (_, step) => Math.round((step * pixels) / parts));
  const points = altered.length;
  const copies = modes.length * 2 * points;
  // For each image: mode by mode, first by relevance, then by chance, point by point.
  const curves = await probeImages(model, batch, [target], copies, options, async (probe) => {
    const random = streams[probe.index]!.shuffle(Array.from({ length: pixels }, (_, i) => i));
    const orders = [relevanceOrder(stretched[probe.index]!), random];
    const ends = modes.map((one) => {
      const other = baselineImage(probe.pixels, shape, baseline ?? (one === "deletion" ? "mean" : "blur"));
      return one === "deletion" ? { from: probe.pixels, to: other } : { from: other, to: probe.pixels };
    });
    const [scores] = await probe.scoreCopies((copy, into) => {
      const { from, to } = ends[Math.floor(copy / (2 * points))]!;
      const order = orders[Math.floor(copy / points) % 2]!;
      into.set(from);
      for (let i = 0; i < altered[copy % points]!; i++) {
        const first = order[i]! * shape[2];
        for (let at = first; at < first + shape[2]; at++) into[at] = to[at]!;
      }
    });
    return Float64Array.from(scores!, scale);
  });

  const shares = Float64Array.from(altered, (many) => many / pixels);
  const compared = (one: "deletion" | "insertion"): RemovalComparison | undefined => {
    const place = (modes as readonly string[]).indexOf(one);
    if (place < 0) return undefined;
    const [relevance, random] = [0, 1].map((order) => {
      const first = (2 * place + order) * points;
      return curvesOf(
        curves.map((curve) => curve.subarray(first, first + points)),
        shares,
      );
    });
    return { relevance: relevance!, random: random! };
  };
  return { shares, deletion: compared("deletion"), insertion: compared("insertion") };
}

function curvesOf(curves: readonly Float64Array[], shares: Float64Array): RemovalCurves {
  const scores = new Float64Array(curves.length * shares.length);
  for (const [i, curve] of curves.entries()) scores.set(curve, i * shares.length);
  const area = Float64Array.from(curves, (curve) => {
    let sum = 0;
    for (let i = 1; i < shares.length; i++)
      sum += ((curve[i]! + curve[i - 1]!) / 2) * (shares[i]! - shares[i - 1]!);
    return sum;
  });
  return { scores: ndarray(scores, [curves.length, shares.length]), area };
}
