import { add, div, mean, mul, relu, square, sum, type Tensor3D, type Tensor4D } from "@tensorflow/tfjs-core";
import type { CamMethod } from "./activationMap.js";

/**
 * How the maps that need one gradient add up a layer's channels, before the ReLU: from the layer's output A and
 * g = d score / d A, both [batch, height, width, channels], to [batch, height, width].
 */
export const gradientSums = {
  gradCam: (a: Tensor4D, g: Tensor4D): Tensor3D => sum(mul(a, mean(g, [1, 2], true)), -1),

  gradCamPlusPlus(a: Tensor4D, g: Tensor4D): Tensor3D {
    const squared = square(g);
    const third = mul(sum(a, [1, 2], true), mul(squared, g));
    const alpha = div(squared, add(add(mul(squared, 2), third), 1e-6));
    return sum(mul(a, sum(mul(alpha, relu(g)), [1, 2], true)), -1);
  },

  hiResCam: (a: Tensor4D, g: Tensor4D): Tensor3D => sum(mul(a, g), -1),

  layerCam: (a: Tensor4D, g: Tensor4D): Tensor3D => sum(mul(a, relu(g)), -1),

  xGradCam(a: Tensor4D, g: Tensor4D): Tensor3D {
    const share = div(a, add(sum(a, [1, 2], true), 1e-7));
    return sum(mul(a, sum(mul(share, g), [1, 2], true)), -1);
  },
} as const satisfies Readonly<Record<GradientMethod, (a: Tensor4D, g: Tensor4D) => Tensor3D>>;

/** A method that needs one gradient. */
export type GradientMethod = Exclude<CamMethod, "scoreCam" | "eigenCam">;
