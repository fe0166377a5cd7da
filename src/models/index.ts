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
export {
  type AssignWeightsOptions,
  assignWeights,
  type StoredTensor,
  type StoredWeights,
} from "./assignWeights.js";
export {
  type CheckpointedModel,
  type CheckpointOptions,
  checkpointGradients,
} from "./checkpointing/checkpointGradients.js";
export { type ClassificationHeadOptions, classificationHead } from "./classificationHead.js";
export {
  contractOf,
  type FeatureStage,
  type ModelCalibration,
  type ModelContract,
  type ModelHead,
  type ModelInput,
  type ModelThresholds,
  setContract,
} from "./contract.js";
export type { DecoderOptions } from "./decoder.js";
export { type DenseNetOptions, denseNet } from "./denseNet.js";
export { type EfficientNetBlock, type EfficientNetOptions, efficientNet } from "./efficientNet.js";
export { type FreezeReport, type FrozenLayers, freeze, unfreeze } from "./freeze.js";
export type { EncoderOptions, ImageClassifierOptions, ImageNetworkOptions } from "./imageClassifier.js";
export type { Initializer } from "./layerKit.js";
export { type LoadSafetensorsOptions, loadSafetensors } from "./loadSafetensors.js";
export {
  type ClassificationTask,
  type MultitaskHeads,
  multitaskModel,
  type SegmentationTask,
} from "./multitaskModel.js";
export { type DownloadProgress, type OpenModelOptions, openModel } from "./openModel.js";
export {
  type QuantizationOptions,
  type QuantizationReport,
  quantizeArtifacts,
  type WeightQuantization,
} from "./quantizeArtifacts.js";
export { type ResNetOptions, resNet } from "./resNet.js";
export {
  encodeSafetensors,
  parseSafetensors,
  type Safetensor,
  type Safetensors,
  type SafetensorsArrays,
  type SafetensorsDtype,
  type SafetensorsValues,
  type WritableSafetensor,
} from "./safetensors.js";
export { type SegmentationHeadOptions, segmentationHead } from "./segmentationHead.js";
export { type SimpleCnnOptions, simpleCnn } from "./simpleCnn.js";
export { storeModel } from "./storeModel.js";
export { type NameMap, torchDenseNet, torchResNet } from "./torchNames.js";
export { type EncoderUnetOptions, type PlainUnetOptions, unet } from "./unet.js";
export { type UnetPlusPlusOptions, unetPlusPlus } from "./unetPlusPlus.js";
export {
  formatWeightReport,
  type LoadedLayer,
  type MissingWeight,
  type SkippedTensors,
  type WeightReport,
} from "./weightReport.js";
