import * as tf from "@tensorflow/tfjs-core";
import { useBackend } from "radiolucent";
import { beforeAll, describe, it } from "vitest";
import { type Computations, expectSame, type Given, normals } from "./onBoth.js";

beforeAll(async () => {
  await useBackend("cpu");
  await useBackend("onnx", { threads: 1 });
});

type Strides = [number, number];
type Pad = Parameters<typeof tf.conv2d>[3];

const tolerance = { relative: 1e-5, absolute: 2e-5 };

const given = (shape: readonly number[], seed = ""): Given => ({
  shape,
  values: normals(
    `${seed}${shape}`,
    shape.reduce((a, b) => a * b, 1),
  ),
});

/** Explicit padding of height and width. */
const explicit = (
  top: number,
  bottom: number,
  left: number,
  right: number,
): tf.backend_util.ExplicitPadding => [
  [0, 0],
  [top, bottom],
  [left, right],
  [0, 0],
];

/** A function of an image and a filter, and its gradients by both for a given gradient of the result. */
const withGradients = (f: (x: tf.Tensor4D, filter: tf.Tensor4D) => tf.Tensor): Computations => ({
  forward: (x, filter) => f(x as tf.Tensor4D, filter as tf.Tensor4D),
  image: (x, filter, dy) => tf.grad((x) => f(x as tf.Tensor4D, filter as tf.Tensor4D))(x!, dy),
  filter: (x, filter, dy) => tf.grad((filter) => f(x as tf.Tensor4D, filter as tf.Tensor4D))(filter!, dy),
});

/** Expects the same of a convolution and its gradients. */
async function expectConvolution(
  image: readonly number[],
  filter: readonly number[],
  strides: Strides,
  pad: Pad,
  depthwise = false,
): Promise<void> {
  const [shape, filterShape] = [image, filter] as unknown as [tf.Tensor4D["shape"], tf.Tensor4D["shape"]];
  const { outShape } = tf.backend_util.computeConv2DInfo(
    shape,
    filterShape,
    strides,
    1,
    pad,
    undefined,
    depthwise,
  );
  const inputs = [given(image), given(filter), given(outShape, "dy")];
  const convolve = depthwise ? tf.depthwiseConv2d<tf.Tensor4D> : tf.conv2d<tf.Tensor4D>;
  await expectSame(
    withGradients((x, filter) => convolve(x, filter, strides, pad)),
    inputs,
    tolerance,
  );
}

/** Filters, with paddings under which each place meets the image. */
const windows: readonly { readonly filter: Strides; readonly pads: readonly Pad[] }[] = [
  { filter: [1, 1], pads: ["same", "valid"] },
  { filter: [3, 3], pads: ["same", "valid", 1, 2, explicit(2, 1, 0, 1)] },
  { filter: [2, 3], pads: ["same", "valid", explicit(0, 1, 2, 0)] },
  { filter: [7, 7], pads: ["same", explicit(3, 3, 3, 3), explicit(6, 5, 4, 6)] },
];

describe("any strides, paddings and odd sizes: convolution and both gradients as on the CPU backend", () => {
  for (const { filter, pads } of windows) {
    for (const strides of [
      [1, 1],
      [2, 2],
      [1, 2],
      [3, 3],
    ] as Strides[]) {
      it(`filter ${filter}, strides ${strides}`, async () => {
        for (const pad of pads) {
          // TensorFlow.js counts the places along the width with the stride along the height where the padding is a number.
          if (typeof pad === "number" && strides[0] !== strides[1]) continue;
          for (const [height, width] of [
            [7, 6],
            [5, 9],
          ]) {
            await expectConvolution([2, height!, width!, 3], [...filter, 3, 4], strides, pad);
            await expectConvolution([1, height!, width!, 5], [...filter, 5, 2], strides, pad);
          }
        }
      });
    }
  }
});

describe("depthwise, with one and with two results for each channel", () => {
  for (const strides of [
    [1, 1],
    [2, 2],
    [3, 3],
  ] as Strides[]) {
    it(`strides ${strides}`, async () => {
      for (const { filter, pads } of windows) {
        for (const pad of pads.filter((pad) => !Array.isArray(pad))) {
          await expectConvolution([2, 7, 6, 3], [...filter, 3, 2], strides, pad, true);
          await expectConvolution([1, 5, 9, 4], [...filter, 4, 1], strides, pad, true);
        }
      }
    });
  }

  it("of one channel", () => expectConvolution([2, 5, 4, 1], [3, 3, 1, 3], [1, 1], "same", true));
});

describe("the forms for sizes at which they are faster", () => {
  it("in blocks of channels", async () => {
    await expectConvolution([2, 6, 5, 16], [3, 3, 16, 32], [1, 1], "same");
    await expectConvolution([2, 6, 5, 32], [3, 3, 32, 16], [1, 1], "valid");
    await expectConvolution([2, 6, 5, 3], [3, 3, 3, 16], [2, 2], "same");
    await expectConvolution([2, 6, 5, 16], [2, 3, 16, 16], [2, 2], explicit(1, 0, 2, 1));
  });

  it("a filter of one element over many channels and few pixels", async () => {
    await expectConvolution([3, 2, 3, 40], [1, 1, 40, 50], [1, 1], "same");
    await expectConvolution([3, 4, 5, 40], [1, 1, 40, 20], [2, 2], "same");
  });

  for (const [ins, outs] of [
    [12, 14],
    [14, 12],
  ] as const) {
    it(`the filter's gradient element by element, from ${ins} channels to ${outs}`, async () => {
      for (const [filter, pad] of [
        [[3, 3], "same"],
        [[2, 3], "valid"],
        [[1, 3], explicit(0, 0, 2, 1)],
        [[3, 1], explicit(3, 0, 0, 1)],
      ] as const) {
        await expectFilterGradient([2, 40, 33, ins], [...filter, ins, outs], pad as Pad);
      }
    });
  }

  it("so for many channels, all images at once", () =>
    expectFilterGradient([6, 9, 10, 56], [3, 3, 56, 57], "same"));
});

async function expectFilterGradient(image: number[], filterShape: number[], pad: Pad): Promise<void> {
  const [shape, filter] = [image, filterShape] as [tf.Tensor4D["shape"], tf.Tensor4D["shape"]];
  const { outShape } = tf.backend_util.computeConv2DInfo(shape, filter, 1, 1, pad);
  const attributes = { strides: [1, 1], pad, dataFormat: "NHWC", filterShape };
  const gradient = (x: tf.Tensor, dy: tf.Tensor) =>
    tf
      .engine()
      .runKernel(tf.Conv2DBackpropFilter, { x, dy }, attributes as unknown as tf.NamedAttrMap) as tf.Tensor;
  await expectSame({ gradient: gradient as Computations[string] }, [given(image), given(outShape, "dy")], {
    relative: 1e-5,
    absolute: 2e-4,
  });
}

describe("variants", () => {
  const image = given([2, 9, 8, 3]);

  it("dilated filters", async () => {
    for (const dilations of [2, 3, [1, 2]] as (number | Strides)[]) {
      for (const pad of ["same", "valid"] as const) {
        const of = (convolve: typeof tf.conv2d | typeof tf.depthwiseConv2d): Computations => ({
          dilated: (x, filter) =>
            convolve(x as tf.Tensor4D, filter as tf.Tensor4D, 1, pad, "NHWC", dilations),
        });
        await expectSame(of(tf.conv2d), [image, given([3, 2, 3, 4])], tolerance);
        await expectSame(of(tf.depthwiseConv2d), [image, given([3, 2, 3, 2])], tolerance);
      }
    }
  });

  it("numbers of places that are rounded down, to the nearest or up", async () => {
    for (const mode of ["floor", "round", "ceil"] as const) {
      for (const strides of [2, 3]) {
        const rounded: Computations = {
          rounded: (x, filter) =>
            tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, strides, 1, "NHWC", 1, mode),
        };
        await expectSame(rounded, [given([2, 8, 7, 3]), given([3, 3, 3, 4])], tolerance);
      }
    }
  });

  it("the transposed convolution and its gradients; rows that the filter does not meet are 0", async () => {
    for (const strides of [
      [1, 1],
      [2, 2],
      [3, 3],
      [2, 1],
    ] as Strides[]) {
      for (const [height, width] of [
        [3, 3],
        [2, 4],
        [1, 1],
      ] as const) {
        for (const pad of ["same", "valid"] as const) {
          const size =
            pad === "same"
              ? [4 * strides[0], 5 * strides[1]]
              : [4 * strides[0] + height - 1, 4 * strides[1] + width];
          const shape = [2, ...size, 3] as tf.Tensor4D["shape"];
          const transposed = withGradients((x, filter) => tf.conv2dTranspose(x, filter, shape, strides, pad));
          await expectSame(
            transposed,
            [given([2, 4, 5, 2]), given([height, width, 3, 2]), given(shape, "dy")],
            tolerance,
          );
        }
      }
    }
  });

  it("no result at all where the filter is larger than the image", async () => {
    const none: Computations = {
      none: (x, filter) => tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, "valid"),
    };
    await expectSame(none, [given([2, 2, 4, 3]), given([3, 3, 3, 4])], tolerance);
  });

  it("channels first and places that TensorFlow.js miscounts run as CPU kernels", async () => {
    const first: Computations = {
      first: (x, filter) => tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, "same", "NCHW"),
    };
    await expectSame(first, [given([2, 3, 5, 4]), given([3, 3, 3, 4])], {
      ...tolerance,
      fallbacks: ["Conv2D"],
    });
    const miscounted: Computations = {
      miscounted: (x, filter) => tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 2, "NHWC", 3),
    };
    await expectSame(miscounted, [image, given([3, 2, 3, 4])], { ...tolerance, fallbacks: ["Conv2D"] });
  });
});

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
