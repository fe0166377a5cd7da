import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { input, type LayersModel, layers, model } from "@tensorflow/tfjs-layers";
import ndarray from "ndarray";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type ActivationMap,
  eigenCam,
  gradCam,
  gradCamPlusPlus,
  hiResCam,
  layerCam,
  scoreCam,
  xGradCam,
} from "../../src/explain/index.js";

// A picture of two pixels, 2 and 3. A convolution 1 x 1 with three channels and a ReLU:
//   A0 = x = 2, 3    A1 = max(2x - 2, 0) = 2, 4    A2 = max(3 - x, 0) = 1, 0
// and a dense layer on all six values, whose weights are the gradients g of its first logit:
//   g0 = 1, -1       g1 = 1/2, 1                   g2 = 2, 1
// Those of the second logit are all -1.
const picture = ndarray(Float32Array.from([2, 3]), [1, 1, 2, 1]);

describe("by hand, on a net of two layers", () => {
  let net: LayersModel;
  beforeAll(async () => {
    await tf.setBackend("cpu");
    const image = input({ shape: [1, 2, 1] });
    const conv = layers.conv2d({ name: "conv", filters: 3, kernelSize: 1, activation: "relu" });
    const head = layers.dense({ name: "head", units: 2 });
    const outputs = head.apply(layers.flatten().apply(conv.apply(image)));
    net = model({ inputs: image, outputs: outputs as never });
    tf.tidy(() => {
      conv.setWeights([tf.tensor4d([1, 2, -1], [1, 1, 1, 3]), tf.tensor1d([0, -2, 3])]);
      const weights = [1, 0.5, 2, -1, 1, 1].map((g) => [g, -1]);
      head.setWeights([tf.tensor2d(weights), tf.tensor1d([5, 0])]);
    });
  });
  afterAll(() => void net.dispose());

  function expectSum(map: ActivationMap, expected: readonly number[], digits = 5): void {
    expect(map.layer).toBe("conv");
    expect(map.weightedSum.shape).toEqual([1, 1, 2]);
    for (const [i, value] of expected.entries()) expect(map.weightedSum.data[i]).toBeCloseTo(value, digits);
    const raw = expected.map((value) => Math.max(value, 0));
    for (const [i, value] of raw.entries()) {
      expect(map.raw.data[i]).toBeCloseTo(value, digits);
      expect(map.normalized.data[i]).toBeCloseTo(value / Math.max(...raw), digits);
    }
  }

  test("Grad-CAM weighs channels by the mean of g: 0, 3/4 and 3/2", async () => {
    expectSum(await gradCam(net, picture, { target: 0 }), [(3 / 4) * 2 + 3 / 2, (3 / 4) * 4]);
  });

  test("Grad-CAM++ weighs them by the sum of max(g, 0) g^2 / (2 g^2 + g^3 sum(A)): 1/7, 1/10 + 1/8 and 1/2 + 1/3", async () => {
    const [w0, w1, w2] = [1 / 7, 1 / 10 + 1 / 8, 1 / 2 + 1 / 3];
    expectSum(await gradCamPlusPlus(net, picture, { target: 0 }), [2 * w0 + 2 * w1 + w2, 3 * w0 + 4 * w1]);
  });

  test("HiResCAM is the sum of g A, which adds up to the logit less its bias", async () => {
    const map = await hiResCam(net, picture, { target: 0 });
    expectSum(map, [2 + 1 + 2, -3 + 4]);
    const logits = net.predict(tf.tensor4d(picture.data, [1, 1, 2, 1])) as tf.Tensor;
    expect(map.weightedSum.data[0]! + map.weightedSum.data[1]!).toBeCloseTo(logits.dataSync()[0]! - 5, 5);
  });

  test("LayerCAM is the sum of max(g, 0) A", async () => {
    expectSum(await layerCam(net, picture, { target: 0 }), [2 + 1 + 2, 4]);
  });

  test("XGrad-CAM weighs channels by sum(g A) / sum(A): -1/5, 5/6 and 2", async () => {
    expectSum(await xGradCam(net, picture, { target: 0 }), [-2 / 5 + 10 / 6 + 2, -3 / 5 + 20 / 6]);
  });

  test("Score-CAM weighs them by the softmax of the logits of 0, 3 and 0, 3 and 2, 0, which are 12, 12 and 13", async () => {
    const [same, other] = [Math.exp(12), Math.exp(13)].map((e) => e / (2 * Math.exp(12) + Math.exp(13)));
    expectSum(await scoreCam(net, picture, { target: 0 }), [4 * same! + other!, 7 * same!]);
  });

  test("Eigen-CAM is the distance along (1/2, 1, -1/2), positive where the channels' mean is the greater", async () => {
    expectSum(await eigenCam(net, picture), [-Math.sqrt(1.5), Math.sqrt(1.5)]);
  });

  test.each(Object.entries({ gradCam, gradCamPlusPlus, hiResCam, layerCam, xGradCam }))(
    "%s stays all zero for a logit that everything speaks against, without NaN or peak",
    async (_, cam) => {
      const map = await cam(net, picture, { target: 1 });
      for (const scale of ["each", "shared"] as const) {
        const scaled = await cam(net, picture, { target: 1, scale });
        expect([...scaled.raw.data, ...scaled.normalized.data, ...scaled.maximum]).toEqual([0, 0, 0, 0, 0]);
      }
      expect(map.peaks).toEqual([undefined]);
    },
  );
});
