/**
 * Where a model looks.
 *
 * ```ts
 * import { gradCam } from "radiolucent";
 * const cam = await gradCam(model, images, { target: "Effusion" });
 * console.log(cam.layer, cam.normalized.shape, cam.maximum, cam.peaks);
 * ```
 *
 * @module
 */
export type { ActivationMap, CamMethod, CamOptions } from "./activationMap.js";
export { type ActivationMapsOptions, activationMaps } from "./activationMaps.js";
export type { Baseline } from "./baseline.js";
export {
  type EigenCamOptions,
  eigenCam,
  type GradCam,
  type GradCamOptions,
  gradCam,
  gradCamPlusPlus,
  hiResCam,
  layerCam,
  type ScoreCamOptions,
  scoreCam,
  xGradCam,
} from "./camMethods.js";
export {
  type DeletionInsertion,
  type DeletionInsertionOptions,
  deletionInsertion,
  type RemovalComparison,
  type RemovalCurves,
} from "./deletionInsertion.js";
export type { AttributionMap, ExplanationMap, MapScale } from "./explanationMap.js";
export type { ExplanationProgress, ManyPassesOptions } from "./imageProbe.js";
export { type InputGradientOptions, inputGradient } from "./inputGradient.js";
export {
  type IntegratedGradients,
  type IntegratedGradientsOptions,
  integratedGradients,
} from "./integratedGradients.js";
export type { MapPeak } from "./mapPeak.js";
export {
  type Occlusion,
  type OcclusionOptions,
  type OcclusionsOptions,
  type OcclusionWindowOptions,
  occlusion,
  occlusions,
} from "./occlusion.js";
export type { RemovalScoreOptions } from "./pixelRemoval.js";
export {
  type Explain,
  type LayerRandomization,
  type RandomizationCheck,
  type RandomizationOptions,
  randomizationCheck,
} from "./randomizationCheck.js";
export { type Road, type RoadOptions, road } from "./road.js";
export type { SeedOptions } from "./seeding.js";
export { type SmoothGradOptions, smoothGrad } from "./smoothGrad.js";
export type { ExplanationTarget, HeadTarget, TargetFunction, TargetOptions } from "./target.js";
