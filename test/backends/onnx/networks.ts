import {
  initializers,
  input,
  type LayersModel,
  layers,
  model,
  type SymbolicTensor,
} from "@tensorflow/tfjs-layers";
import { applyLayer } from "../../../src/models/applyLayer.js";
import { classificationHead } from "../../../src/models/classificationHead.js";
import { layerKit } from "../../../src/models/layerKit.js";
import { resNet } from "../../../src/models/resNet.js";
import { randomStream } from "../../../src/random.js";

const classes = ["a", "b", "c", "d", "e"];

/**
 * Layers whose batch normalisation adds 1e-3 to the variance: with the builders' less, the gradient of a scale before
 * another normalisation nearly cancels, and Adam makes steps of what rounding leaves of it.
 */
const smallKit = () => {
  const kit = layerKit({ seed: 1, epsilon: 1e-3 });
  const normalizedRelu = (name: string, x: SymbolicTensor) =>
    kit.relu(`${name}_relu`, kit.normalize(`${name}_bn`, x));
  return { kit, normalizedRelu };
};

/** Bottlenecks, concatenation, a transition with average pooling. */
export function smallDenseNet(size: number, channels: 1 | 3): LayersModel {
  const { kit, normalizedRelu } = smallKit();
  const image = input({ name: "image", shape: [size, size + 1, channels] });
  let x = normalizedRelu("stem", kit.convolve("stem", image, 16, 7, { strides: 2 }));
  x = kit.maxPool("max", kit.pad("border", x, 1), 3, 2);
  for (const block of [1, 2]) {
    for (const layer of [1, 2, 3]) {
      const name = `b${block}_${layer}`;
      let y = kit.convolve(`${name}_1`, normalizedRelu(`${name}_0`, x), 16, 1);
      y = kit.convolve(`${name}_2`, normalizedRelu(`${name}_1`, y), 8, 3);
      x = kit.concatenate(`${name}_join`, [x, y]);
    }
    if (block === 1) {
      x = kit.convolve("transition", normalizedRelu("transition", x), 20, 1);
      x = kit.averagePool("average", x, 2);
    }
  }
  const pooled = kit.globalAverage("pool", normalizedRelu("last", x));
  return model({ inputs: image, outputs: classificationHead(pooled, { classes, name: "head", seed: 1 }) });
}

/** Two groups of residual blocks, the second of which halves the maps. */
export function smallResNet(size: number, channels: 1 | 3): LayersModel {
  const format = { height: size, width: size + 1, channels, classes, seed: 1 };
  return resNet({ ...format, blocks: [2, 2], bottleneck: false, initialFilters: 8 });
}

/** Two levels down and up: by resizing, and by a transposed convolution; a map as large as the image. */
export function smallUNet(size: number, channels: 1 | 3): LayersModel {
  const { kit, normalizedRelu } = smallKit();
  const convolve = (name: string, x: SymbolicTensor, filters: number) =>
    normalizedRelu(name, kit.convolve(name, x, filters, 3));
  const image = input({ name: "image", shape: [size, size, channels] });
  const one = convolve("down1", image, 8);
  const two = convolve("down2", kit.maxPool("pool1", one, 2), 12);
  const three = convolve("down3", kit.maxPool("pool2", two, 2), 16);
  const larger = kit.upsample("resize", three, "bilinear");
  const up = convolve("up2", kit.concatenate("join2", [larger, two]), 12);
  const transposed = layers.conv2dTranspose({
    name: "transposed",
    filters: 8,
    kernelSize: 2,
    strides: 2,
    padding: "same",
    kernelInitializer: initializers.glorotUniform({
      seed: randomStream(1)
        .fork("transposed")
        .integer(2 ** 32),
    }),
  });
  const last = convolve("up1", kit.concatenate("join1", [applyLayer(transposed, up), one]), 8);
  return model({ inputs: image, outputs: kit.convolve("map", last, 1, 1) });
}
