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
export { type GradCam, type GradCamOptions, gradCam } from "./gradCam.js";
export type { MapPeak } from "./mapPeak.js";
export type { ExplanationTarget, TargetOptions } from "./target.js";
