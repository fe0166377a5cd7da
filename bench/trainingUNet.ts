import type { LayersModel } from "@tensorflow/tfjs-layers";
import { resNet } from "../src/models/resNet.js";
import { unet } from "../src/models/unet.js";

/**
 * A U-Net on a ResNet34 encoder, layer for layer that of segmentation_models_pytorch (`Unet("resnet34")`, which
 * `training.py` builds too): [batch, size, size, 3] to logits [batch, size, size, 1].
 */
export function resNet34UNet(size: number): LayersModel {
  const encoder = resNet({ depth: 34, height: size, width: size, channels: 3, momentum: 0.9 });
  return unet({ encoder, masks: ["square"], momentum: 0.9 });
}
