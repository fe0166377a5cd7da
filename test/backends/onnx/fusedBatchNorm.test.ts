import * as tf from "@tensorflow/tfjs-core";
import { useBackend } from "radiolucent";
import { beforeAll, describe, it } from "vitest";
import { given } from "./given.js";
import { type Computations, expectSame, type Given } from "./onBoth.js";

beforeAll(async () => {
  await useBackend("cpu");
  await useBackend("onnx", { threads: 1 });
});

const tolerance = { relative: 1e-5, absolute: 2e-5 };

describe("batch normalisation with given moments", () => {
  const [x, mean, offset, scale, dy] = ["x", "mean", "offset", "scale", "dy"].map((name) =>
    given(name === "x" || name === "dy" ? [2, 4, 3, 5] : [5], name),
  ) as [Given, Given, Given, Given, Given];
  const variance: Given = { shape: [5], values: [0.5, 2, 1e-3, 0, 7] };
  type Vectors = (tf.Tensor1D | undefined)[];
  const normalize = (x: tf.Tensor, [mean, variance, offset, scale]: Vectors) =>
    tf.batchNorm(x as tf.Tensor4D, mean!, variance!, offset, scale, 0.01);

  it("with and without offset and scale", () =>
    expectSame(
      {
        both: (x, ...rest) => normalize(x!, rest as Vectors),
        offset: (x, mean, variance, offset) => normalize(x!, [mean, variance, offset] as Vectors),
        scale: (x, mean, variance, _, scale) => normalize(x!, [mean, variance, undefined, scale] as Vectors),
        neither: (x, mean, variance) => normalize(x!, [mean, variance] as Vectors),
      },
      [x, mean, variance, offset, scale],
      tolerance,
    ));

  it("gradients", () => {
    const gradients: Computations = Object.fromEntries(
      ["x", "mean", "variance", "offset", "scale"].map((name, index) => [
        name,
        (...inputs: tf.Tensor[]) => {
          const f = (...[x, ...rest]: tf.Tensor[]) => normalize(x!, rest as Vectors);
          return tf.grads(f)(inputs.slice(0, 5), inputs[5])[index]!;
        },
      ]),
    );
    return expectSame(gradients, [x, mean, variance, offset, scale, dy], tolerance);
  });

  it("moments of each pixel run as a CPU kernel", () => {
    const moments = [given([4, 3, 5], "mean"), { ...given([4, 3, 5]), values: new Array(60).fill(2) }];
    const pixels: Computations = {
      pixels: (x, mean, variance) =>
        tf.batchNorm(x as tf.Tensor4D, mean as tf.Tensor4D, variance as tf.Tensor4D),
    };
    return expectSame(pixels, [x, ...moments.map((moment) => ({ ...moment, shape: [1, 4, 3, 5] }))], {
      ...tolerance,
      fallbacks: ["FusedBatchNorm"],
    });
  });
});
