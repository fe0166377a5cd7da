import { input, type LayersModel, layers, model, type SymbolicTensor } from "@tensorflow/tfjs-layers";
import { applyLayer } from "../src/models/applyLayer.js";
import { seededGlorotUniform } from "../src/models/seededGlorotUniform.js";

/**
 * A U-Net on a ResNet34 encoder, layer for layer that of segmentation_models_pytorch (`Unet("resnet34")`, which
 * `training.py` builds too): [batch, size, size, 3] to logits [batch, size, size, 1].
 *
 * Convolutions of stride 2 pad at the bottom and right only, where PyTorch's pad on all sides; the work is the same.
 */
export function resNet34UNet(size: number): LayersModel {
  const convolve = (
    name: string,
    x: SymbolicTensor,
    filters: number,
    { kernelSize = 3, strides = 1, useBias = false } = {},
  ) =>
    applyLayer(
      layers.conv2d({
        name,
        filters,
        kernelSize,
        strides,
        padding: "same",
        useBias,
        kernelInitializer: seededGlorotUniform(0, name),
      }),
      x,
    );
  const normalize = (name: string, x: SymbolicTensor) =>
    applyLayer(layers.batchNormalization({ name: `${name}_bn`, momentum: 0.9, epsilon: 1e-5 }), x);
  const relu = (x: SymbolicTensor) => applyLayer(layers.activation({ activation: "relu" }), x);
  const stage = (name: string, x: SymbolicTensor, filters: number, options = {}) =>
    relu(normalize(name, convolve(name, x, filters, options)));

  const residual = (name: string, x: SymbolicTensor, filters: number, strides: number) => {
    const first = stage(`${name}_1`, x, filters, { strides });
    const second = normalize(`${name}_2`, convolve(`${name}_2`, first, filters));
    const shortcut =
      strides === 1
        ? x
        : normalize(`${name}_0`, convolve(`${name}_0`, x, filters, { kernelSize: 1, strides }));
    return relu(applyLayer(layers.add(), [second, shortcut]));
  };

  const image = input({ name: "image", shape: [size, size, 3] });
  let x = stage("stem", image, 64, { kernelSize: 7, strides: 2 });
  const skips: SymbolicTensor[] = [x];
  x = applyLayer(layers.maxPooling2d({ poolSize: 3, strides: 2, padding: "same" }), x);
  [3, 4, 6, 3].forEach((count, level) => {
    for (let i = 0; i < count; i++) {
      x = residual(`encoder${level}_${i}`, x, 64 * 2 ** level, level > 0 && i === 0 ? 2 : 1);
    }
    if (level < 3) skips.push(x);
  });
  [256, 128, 64, 32, 16].forEach((filters, level) => {
    x = applyLayer(layers.upSampling2d({ size: [2, 2], interpolation: "nearest" }), x);
    const skip = skips.pop();
    if (skip) x = applyLayer(layers.concatenate(), [x, skip]);
    x = stage(`decoder${level}_1`, x, filters);
    x = stage(`decoder${level}_2`, x, filters);
  });
  return model({ inputs: image, outputs: convolve("mask", x, 1, { useBias: true }) });
}
