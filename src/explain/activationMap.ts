import type { NdArray } from "ndarray";
import type { ExplanationMap, MapScale } from "./explanationMap.js";
import type { ExplanationTarget, HeadTarget } from "./target.js";

/** How a layer's channels become a map; each is the name of a function that says more. */
export type CamMethod =
  | "gradCam"
  | "gradCamPlusPlus"
  | "hiResCam"
  | "layerCam"
  | "xGradCam"
  | "scoreCam"
  | "eigenCam";

/** Where a model looks according to one method at one layer, one map an image. */
export interface ActivationMap extends ExplanationMap {
  /** Name of the method. */
  readonly method: CamMethod;
  /** Name of the layer that was weighed. */
  readonly layer: string;
  /** Name of the output that was explained. */
  readonly head: string;
  /** What was explained, as it was asked for; undefined where nothing was, which Eigen-CAM allows. */
  readonly target: ExplanationTarget | undefined;
  /**
   * Shape [batch, mapHeight, mapWidth]: the channels' weighted sum, negative where the evidence speaks against; raw is
   * max(weightedSum, 0).
   */
  readonly weightedSum: NdArray<Float32Array>;
}

/** What to explain, and where in the network. */
export interface CamOptions extends HeadTarget {
  /**
   * Name of the layer whose output is weighed, also of one inside a nested model. Default: the last layer before the
   * head whose output is [batch, height, width, channels].
   */
  readonly layer?: string;
  /** "shared" normalises by the greatest value over all images. Default "each". */
  readonly scale?: MapScale;
}
