import * as tf from "@tensorflow/tfjs-core";
import { useBackend } from "radiolucent";
import { beforeAll, describe, it } from "vitest";
import { given } from "./given.js";
import { type Computations, expectSame } from "./onBoth.js";

beforeAll(async () => {
  await useBackend("cpu");
  await useBackend("onnx", { threads: 1 });
});

const tolerance = { relative: 1e-5, absolute: 2e-5 };

describe("with bias and activation in one kernel", () => {
  const activations = ["linear", "relu", "relu6", "elu", "sigmoid", "leakyrelu", "prelu"] as const;
  for (const bias of [undefined, [4], [1], [], [5, 6, 4]]) {
    it(bias ? `bias [${bias}]` : "no bias", async () => {
      for (const activation of activations) {
        const fused = ([x, filter, slopes, bias]: tf.Tensor[]) => ({
          x: x as tf.Tensor4D,
          filter: filter as tf.Tensor4D,
          strides: 1,
          pad: "same" as const,
          activation,
          leakyreluAlpha: 0.3,
          ...(bias && { bias }),
          ...(activation === "prelu" && { preluActivationWeights: slopes! }),
        });
        const rest = [given([4], "slopes"), ...(bias ? [given(bias, "bias")] : [])];
        const one: Computations = { full: (...inputs) => tf.fused.conv2d(fused(inputs)) };
        const each: Computations = { depthwise: (...inputs) => tf.fused.depthwiseConv2d(fused(inputs)) };
        await expectSame(one, [given([2, 5, 6, 3]), given([3, 3, 3, 4]), ...rest], tolerance);
        await expectSame(each, [given([2, 5, 6, 2]), given([3, 3, 2, 2]), ...rest], tolerance);
      }
    });
  }

  it("gradients by image, filter and bias", async () => {
    for (const activation of ["linear", "relu"] as const) {
      const fused = (x: tf.Tensor, filter: tf.Tensor, bias: tf.Tensor) =>
        tf.fused.conv2d({
          x: x as tf.Tensor4D,
          filter: filter as tf.Tensor4D,
          strides: 1,
          pad: "same",
          activation,
          bias,
        });
      const gradient =
        (index: number): Computations[string] =>
        (x, filter, bias, dy) =>
          tf.grads(fused as (...inputs: tf.Tensor[]) => tf.Tensor)([x!, filter!, bias!], dy)[index]!;
      await expectSame(
        { image: gradient(0), filter: gradient(1), bias: gradient(2) },
        [given([2, 5, 6, 3]), given([3, 3, 3, 4]), given([4]), given([2, 5, 6, 4], "dy")],
        tolerance,
      );
    }
  });
});
