import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { initializers, input, layers, model } from "@tensorflow/tfjs-layers";
import ndarray, { type NdArray } from "ndarray";
import { beforeAll, expect, test } from "vitest";
import { gradCam } from "../../src/explain/gradCam.js";
import { inputGradient } from "../../src/explain/inputGradient.js";

// In a file of its own: building any of the library's models corrects the gradient for the whole process.
beforeAll(() => tf.setBackend("cpu"));

function upsamplingNet() {
  const kernelInitializer = (seed: number) => initializers.randomNormal({ seed });
  const image = input({ shape: [4, 4, 1] });
  const first = layers.conv2d({
    name: "first",
    filters: 2,
    kernelSize: 3,
    kernelInitializer: kernelInitializer(1),
  });
  const second = layers.conv2d({ filters: 2, kernelSize: 3, kernelInitializer: kernelInitializer(2) });
  const wide = layers.upSampling2d({ size: [2, 2] }).apply(first.apply(image));
  const pooled = layers.flatten().apply(second.apply(wide));
  const output = layers.dense({ units: 1, kernelInitializer: kernelInitializer(3) }).apply(pooled);
  return model({ inputs: image, outputs: output as never });
}

test("behind nearest upsampling, whose gradient TensorFlow.js's cpu backend gets wrong, images of a batch are as alone", async () => {
  const net = upsamplingNet();
  const both = ndarray(
    Float32Array.from({ length: 32 }, (_, i) => Math.sin(1.7 * i)),
    [2, 4, 4, 1],
  );
  const alone = (i: number) => both.lo(i).hi(1) as NdArray<Float32Array>;
  const gradient = await inputGradient(net, both, { target: 0 });
  const cam = await gradCam(net, both, { target: 0, layer: "first" });
  const close = (of: NdArray<Float32Array>, single: NdArray<Float32Array>, i: number) => {
    const own = single.data;
    own.forEach((value, k) => {
      expect(of.data[i * own.length + k]!).toBeCloseTo(value, 5);
    });
  };
  for (const i of [0, 1]) {
    close(gradient.attribution, (await inputGradient(net, alone(i), { target: 0 })).attribution, i);
    close(cam.weightedSum, (await gradCam(net, alone(i), { target: 0, layer: "first" })).weightedSum, i);
  }
});
