import { serialization } from "@tensorflow/tfjs-core";
import { FrozenBatchNormalization } from "./frozenBatchNormalization.js";
import { SeededDropout } from "./seededDropout.js";

/**
 * Makes the library's own layers known to the loading of models, and those of this copy of the library rather than of
 * another one. A layer registers itself when its module runs, but a bundler may leave that module out.
 */
export function registerLayers(): void {
  serialization.registerClass(FrozenBatchNormalization);
  serialization.registerClass(SeededDropout);
}
