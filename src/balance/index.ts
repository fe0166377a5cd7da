/**
 * Class frequencies and the weights made of them.
 *
 * ```ts
 * import { balancedContributionWeights, classFrequencies } from "radiolucent/balance";
 * const weights = balancedContributionWeights(classFrequencies([[1, 0, 0], [0, 1, 1], [1, 0, 1]]));
 * ```
 *
 * @module
 */
export { type ClassFrequencies, classFrequencies } from "./classFrequencies.js";
export {
  balancedContributionWeights,
  type ClassWeights,
  effectiveNumberWeights,
  inverseFrequencyWeights,
} from "./classWeights.js";
