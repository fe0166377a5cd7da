/**
 * Class frequencies, the weights made of them, and plans of what an epoch holds.
 *
 * ```ts
 * import { balancedContributionWeights, classFrequencies } from "radiolucent/balance";
 * const weights = balancedContributionWeights(classFrequencies([[1, 0, 0], [0, 1, 1], [1, 0, 1]]));
 * ```
 *
 * @module
 */
export { type BalancedBatchesOptions, type BalancedPlan, balancedBatches } from "./balancedBatches.js";
export { type ClassFrequencies, classFrequencies } from "./classFrequencies.js";
export {
  balancedContributionWeights,
  type ClassWeights,
  effectiveNumberWeights,
  inverseFrequencyWeights,
} from "./classWeights.js";
export { type OversamplingOptions, type OversamplingPlan, oversampleRare } from "./oversampleRare.js";
export { type RepeatHardestOptions, type RepeatHardestPlan, repeatHardest } from "./repeatHardest.js";
export { sampleLosses } from "./sampleLosses.js";
export { everySample, type PlannedSample, type SamplingPlan } from "./samplingPlan.js";
