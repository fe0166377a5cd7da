import {
  cast,
  div,
  greater,
  maximum,
  mul,
  type Scalar,
  sum,
  type Tensor,
  tensor1d,
  where,
} from "@tensorflow/tfjs-core";
import { assertOption, type ClassWeights } from "./checks.js";

/** How the losses of the classes become one: their sum, or the mean over the classes that have a known sample. */
export type LossReduction = "sum-over-classes" | "mean";

/** @throws ArgumentError for another word */
export function assertReduction(reduction: LossReduction): void {
  const known = reduction === "sum-over-classes" || reduction === "mean";
  assertOption("reduction", reduction, known, '"sum-over-classes" or "mean"');
}

/**
 * One number from those of the classes. With weights it is their weighted sum or weighted mean.
 *
 * @param losses shape [classes], 0 for a class that does not count
 * @param counts shape [classes], 0 for a class that does not count and at least some number above 0 for others
 */
export function reduceClasses(
  losses: Tensor,
  counts: Tensor,
  reduction: LossReduction,
  weights?: ClassWeights,
): Scalar {
  const factors = weights && tensor1d(weights);
  const total = sum<Scalar>(factors ? mul(losses, factors) : losses);
  if (reduction === "sum-over-classes") return total;
  const counted = cast(greater(counts, 0), "float32");
  if (!factors) return div<Scalar>(total, maximum(sum(counted), 1));
  const divisor = sum(mul(counted, factors));
  return div<Scalar>(total, where(greater(divisor, 0), divisor, 1));
}
