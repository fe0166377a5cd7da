import type { LayersModel } from "@tensorflow/tfjs-layers";
import { ArgumentError } from "../errors.js";
import type { ExplanationTarget, ResolvedTarget } from "./target.js";

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
