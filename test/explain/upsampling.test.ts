import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { initializers, input, type LayersModel, layers, model } from "@tensorflow/tfjs-layers";
import ndarray, { type NdArray } from "ndarray";
import { beforeAll, beforeEach, expect, test } from "vitest";
import { gradCam } from "../../src/explain/camMethods.js";
import { inputGradient } from "../../src/explain/inputGradient.js";
import { integratedGradients } from "../../src/explain/integratedGradients.js";
import { smoothGrad } from "../../src/explain/smoothGrad.js";

// In a file of its own: building any of the library's models corrects the gradient for the whole process.
beforeAll(() => tf.setBackend("cpu"));
const theirs = tf.getGradient(tf.ResizeNearestNeighbor);
beforeEach(() => {
  tf.unregisterGradient(tf.ResizeNearestNeighbor);
  tf.registerGradient(theirs);
});

function upsamplingNet() {
  const kernelInitializer = (seed: number) => initializers.randomNormal({ seed, stddev: 0.5 });
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

const explain = {
  inputGradient: async (net: LayersModel, images: NdArray<Float32Array>) =>
    (await inputGradient(net, images, { target: 0 })).attribution,
  gradCam: async (net: LayersModel, images: NdArray<Float32Array>) =>
    (await gradCam(net, images, { target: 0, layer: "first" })).weightedSum,
};

test.each(Object.entries(explain))(
  "behind nearest upsampling, whose gradient TensorFlow.js's cpu backend gets wrong, %s of a batch's images is as alone",
  async (_, run) => {
    const net = upsamplingNet();
    const both = ndarray(
      Float32Array.from({ length: 32 }, (__, i) => Math.sin(1.7 * i)),
      [2, 4, 4, 1],
    );
    const together = await run(net, both);
    for (const i of [0, 1]) {
      const own = (await run(net, both.lo(i).hi(1) as NdArray<Float32Array>)).data;
      own.forEach((value, k) => {
        expect(together.data[i * own.length + k]!).toBeCloseTo(value, 5);
      });
    }
  },
);

test.each(Object.entries({ integratedGradients, smoothGrad }))(
  "nor does %s depend on how many copies run at a time",
  async (_, attribute) => {
    const net = upsamplingNet();
    const image = ndarray(
      Float32Array.from({ length: 16 }, (__, i) => Math.sin(1.7 * i)),
      [1, 4, 4, 1],
    );
    const options = {
      target: (logits: tf.Tensor) => tf.sum(tf.square(logits)) as tf.Scalar,
      steps: 4,
      samples: 4,
    };
    const together = (await attribute(net, image, options)).attribution.data;
    const alone = (await attribute(net, image, { ...options, batchSize: 1 })).attribution.data;
    alone.forEach((value, k) => {
      expect(together[k]!).toBeCloseTo(value, 5);
    });
  },
);
