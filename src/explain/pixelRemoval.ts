import type { LayersModel } from "@tensorflow/tfjs-layers";
import ndarray, { type NdArray } from "ndarray";
import { ArgumentError } from "../errors.js";
import { resizeImage } from "../images/resizeImage.js";
import { rowMajor } from "../matrix.js";
import { floats } from "./modelPass.js";
import type { ExplanationTarget, ResolvedTarget } from "./target.js";

/**
 * Maps stretched over their images, as `resizeImage` does.
 *
 * @param maps shape [batch, mapHeight, mapWidth]
 * @param count how many images there are
 * @returns one a map, [height, width] row-major
 * @throws ArgumentError unless there is one map an image, not empty, of finite values
 */
export function stretchedMaps(
  maps: NdArray<Float32Array>,
  count: number,
  [height, width]: readonly [height: number, width: number, ...rest: number[]],
): Float32Array[] {
  const [batch, rows, columns] = maps.shape as [number, number, number];
  if (maps.shape.length !== 3 || batch !== count || rows * columns === 0) {
    throw new ArgumentError(
      "maps",
      `have shape [${maps.shape}]; expected [batch, height, width], one for each of ${count} images`,
    );
  }
  const values = floats(rowMajor(maps));
  const wrong = values.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) {
    throw new ArgumentError(
      "maps",
      `hold ${values[wrong]} in map ${Math.floor(wrong / (rows * columns))}; expected finite numbers, which can be ordered`,
    );
  }
  return Array.from({ length: count }, (_, i) => {
    const map = values.subarray(i * rows * columns, (i + 1) * rows * columns);
    // The range is what Image asks for; resizing doesn't look at it.
    return resizeImage({ pixels: ndarray(map, [rows, columns]), range: [0, 1] }, height, width).pixels.data;
  });
}

/** Pixels by descending relevance; equal ones from left to right and from top to bottom. */
export function relevanceOrder(map: Float32Array): Uint32Array {
  return Uint32Array.from(map, (_, i) => i).sort((a, b) => map[b]! - map[a]! || a - b);
}

/** On what scale scores of altered images are given. */
export interface RemovalScoreOptions {
  /**
   * "probability": the sigmoid of the logit, for a class of a classification head. "logit": the score as the target gives
   * it; the only one for a function of the logits and for a mask.
   */
  readonly score?: "probability" | "logit";
}

/**
 * Brings a target's scores onto the scale that was asked for.
 *
 * @param fallback the scale where none was asked for and the target has both
 * @throws ArgumentError for probabilities of a target that has none
 */
export function removalScale(
  model: LayersModel,
  target: ExplanationTarget,
  { output }: ResolvedTarget,
  { score }: RemovalScoreOptions,
  fallback: "probability" | "logit",
): (score: number) => number {
  const isClass = typeof target !== "function" && model.outputs[output]!.shape.length === 2;
  if (score === "probability" && !isClass) {
    throw new ArgumentError(
      "options.score",
      'is "probability"; the target is no class of a classification head and has none: expected "logit"',
    );
  }
  return (isClass ? (score ?? fallback) : "logit") === "probability"
    ? (logit) => 1 / (1 + Math.exp(-logit))
    : (logit) => logit;
}
