/**
 * Loss functions for labels that are rare and labels that are unknown.
 *
 * ```ts
 * import { balancedContributionWeights, classFrequencies, weightedBinaryCrossentropy } from "radiolucent";
 * const weights = balancedContributionWeights(classFrequencies(dataset.labels));
 * const loss = weightedBinaryCrossentropy(weights); // (labels, logits) => one number
 * ```
 *
 * @module
 */
export type { Loss } from "./loss.js";
export {
  type WeightedBinaryCrossentropyOptions,
  weightedBinaryCrossentropy,
} from "./weightedBinaryCrossentropy.js";
