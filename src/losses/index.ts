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
export { type AsymmetricLossOptions, asymmetricLoss } from "./asymmetricLoss.js";
export { type AucMarginLoss, type AucMarginLossOptions, aucMarginLoss } from "./aucMarginLoss.js";
export {
  type BinaryCrossentropyDiceLossOptions,
  binaryCrossentropyDiceLoss,
} from "./binaryCrossentropyDiceLoss.js";
export type { CrossEntropyOptions } from "./crossEntropy.js";
export { type DiceLossOptions, diceLoss } from "./diceLoss.js";
export { type FocalLossOptions, focalLoss } from "./focalLoss.js";
export { type FocalTverskyLossOptions, focalTverskyLoss } from "./focalTverskyLoss.js";
export type { Loss } from "./loss.js";
export type { OverlapLossOptions } from "./overlap.js";
export type { LossReduction } from "./reduceClasses.js";
export { type TverskyLossOptions, tverskyLoss } from "./tverskyLoss.js";
export {
  type WeightedBinaryCrossentropyOptions,
  weightedBinaryCrossentropy,
} from "./weightedBinaryCrossentropy.js";
