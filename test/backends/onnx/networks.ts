import {
  type LayersModel,
  layers,
  model,
  type SymbolicTensor,
  input as tfInput,
} from "@tensorflow/tfjs-layers";
import { seededGlorotUniform } from "../../../src/models/seededGlorotUniform.js";

const apply = (layer: { apply(x: unknown): unknown }, x: SymbolicTensor | SymbolicTensor[]) =>
  layer.apply(x) as SymbolicTensor;

const convolution = (name: string, filters: number, kernelSize: number, x: SymbolicTensor, strides = 1) =>
  apply(
    layers.conv2d({
      name,
      filters,
      kernelSize,
      strides,
      padding: "same",
      useBias: false,
      kernelInitializer: seededGlorotUniform(1, name),
    }),
    x,
  );

const normalizedRelu = (name: string, x: SymbolicTensor) =>
  apply(layers.reLU({ name: `${name}_relu` }), apply(layers.batchNormalization({ name: `${name}_bn` }), x));

const head = (x: SymbolicTensor, units: number) =>
  apply(
    layers.dense({ name: "head", units, kernelInitializer: seededGlorotUniform(1, "head") }),
    apply(layers.globalAveragePooling2d({ name: "pool" }), x),
  );

/** Bottlenecks, concatenation, a transition with average pooling. */
export function smallDenseNet(size: number, channels: number): LayersModel {
  const image = tfInput({ shape: [size, size + 1, channels] });
  let x = normalizedRelu("stem", convolution("stem", 16, 7, image, 2));
  x = apply(layers.maxPooling2d({ name: "max", poolSize: 3, strides: 2, padding: "same" }), x);
  for (const block of [1, 2]) {
    for (const layer of [1, 2, 3]) {
      const name = `b${block}_${layer}`;
      let y = convolution(`${name}_1`, 16, 1, normalizedRelu(`${name}_0`, x));
      y = convolution(`${name}_2`, 8, 3, normalizedRelu(`${name}_1`, y));
      x = apply(layers.concatenate({ name: `${name}_join` }), [x, y]);
    }
    if (block === 1) {
      x = convolution("transition", 20, 1, normalizedRelu("transition", x));
      x = apply(layers.averagePooling2d({ name: "average", poolSize: 2, strides: 2 }), x);
    }
  }
  return model({ inputs: image, outputs: head(normalizedRelu("last", x), 5) });
}

/** Two stages of residual blocks, the second of which halves the image. */
export function smallResNet(size: number, channels: number): LayersModel {
  const image = tfInput({ shape: [size, size + 1, channels] });
  let x = normalizedRelu("stem", convolution("stem", 8, 3, image));
  for (const [stage, filters] of [8, 16].entries()) {
    for (const block of [1, 2]) {
      const name = `s${stage}_${block}`;
      const strides = stage === 1 && block === 1 ? 2 : 1;
      let y = normalizedRelu(`${name}_1`, convolution(`${name}_1`, filters, 3, x, strides));
      y = apply(layers.batchNormalization({ name: `${name}_2_bn` }), convolution(`${name}_2`, filters, 3, y));
      const shortcut = strides === 1 ? x : convolution(`${name}_short`, filters, 1, x, 2);
      x = apply(
        layers.reLU({ name: `${name}_out` }),
        apply(layers.add({ name: `${name}_add` }), [y, shortcut]),
      );
    }
  }
  return model({ inputs: image, outputs: head(x, 5) });
}

/** Two levels down and up: by resizing, and by a transposed convolution; a map as large as the image. */
export function smallUNet(size: number, channels: number): LayersModel {
  const image = tfInput({ shape: [size, size, channels] });
  const one = normalizedRelu("d1", convolution("d1", 8, 3, image));
  const two = normalizedRelu(
    "d2",
    convolution("d2", 12, 3, apply(layers.maxPooling2d({ poolSize: 2 }), one)),
  );
  const three = normalizedRelu(
    "d3",
    convolution("d3", 16, 3, apply(layers.maxPooling2d({ poolSize: 2 }), two)),
  );
  const resized = apply(layers.upSampling2d({ size: [2, 2], interpolation: "bilinear" }), three);
  let x = normalizedRelu("u2", convolution("u2", 12, 3, apply(layers.concatenate(), [resized, two])));
  x = apply(
    layers.conv2dTranspose({
      name: "up",
      filters: 8,
      kernelSize: 2,
      strides: 2,
      padding: "same",
      kernelInitializer: seededGlorotUniform(1, "up"),
    }),
    x,
  );
  x = normalizedRelu("u1", convolution("u1", 8, 3, apply(layers.concatenate(), [x, one])));
  return model({ inputs: image, outputs: convolution("map", 1, 1, x) });
}
