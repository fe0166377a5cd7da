/**
 * Architectures and heads, and the contract that a model carries.
 *
 * ```ts
 * import { contractOf, denseNet } from "radiolucent";
 * const model = denseNet({ depth: 121, height: 224, width: 224, classes: ["Edema", "Effusion"], seed: 7 });
 * contractOf(model).heads; // [{ name: "predictions", classes: ["Edema", "Effusion"], output: "logits" }]
 * ```
 *
 * @module
 */
export { type ClassificationHeadOptions, classificationHead } from "./classificationHead.js";
export {
  contractOf,
  type FeatureStage,
  type ModelContract,
  type ModelHead,
  type ModelInput,
  type ModelThresholds,
  setContract,
} from "./contract.js";
export { type DenseNetOptions, denseNet } from "./denseNet.js";
export type { EncoderOptions, ImageClassifierOptions, ImageNetworkOptions } from "./imageClassifier.js";
export { type SimpleCnnOptions, simpleCnn } from "./simpleCnn.js";
