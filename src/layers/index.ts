/**
 * Layers that TensorFlow.js lacks or gets wrong.
 *
 * ```ts
 * import { SeededDropout } from "radiolucent";
 * const dropped = new SeededDropout({ rate: 0.2, seed: 7 }).apply(features);
 * ```
 *
 * @module
 */
export { FrozenBatchNormalization, type FrozenBatchNormalizationConfig } from "./frozenBatchNormalization.js";
export { honourTrainable } from "./honourTrainable.js";
export { SeededDropout, type SeededDropoutConfig } from "./seededDropout.js";
