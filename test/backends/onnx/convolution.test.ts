import * as tf from "@tensorflow/tfjs-core";
import { useBackend } from "radiolucent";
import { beforeAll, describe, expect, it } from "vitest";
import { given } from "./given.js";
import { type Computations, expectSame } from "./onBoth.js";

beforeAll(async () => {
  await useBackend("cpu");
  await useBackend("onnx", { threads: 1 });
});

type Strides = [number, number];
type Pad = Parameters<typeof tf.conv2d>[3];

const tolerance = { relative: 1e-5, absolute: 2e-5 };

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
    [12, 13],
    [13, 12],
  ] as const) {
    it(`the filter's gradient element by element, from ${ins} channels to ${outs}`, () => {
      expectFilterGradient([8, 40, 39, ins], [3, 3, ins, outs], "same");
      expectFilterGradient([8, 50, 49, ins], [2, 3, ins, outs], "valid");
      expectFilterGradient([8, 61, 70, ins], [3, 1, ins, outs], explicit(3, 0, 0, 1));
    });
  }

  it("so for many channels, all images at once", () =>
    expectFilterGradient([16, 9, 10, 110], [3, 3, 110, 111], "same"));
});

/** Expects of many images the sum of what each gives, by the form for few pixels that is compared with the CPU above. */
function expectFilterGradient(image: number[], filterShape: number[], pad: Pad): void {
  const [shape, filter] = [image, filterShape] as [tf.Tensor4D["shape"], tf.Tensor4D["shape"]];
  const { outShape } = tf.backend_util.computeConv2DInfo(shape, filter, 1, 1, pad);
  const attributes = { strides: [1, 1], pad, dataFormat: "NHWC", filterShape } as unknown as tf.NamedAttrMap;
  const difference = tf.tidy(() => {
    const [x, dy] = [image, outShape].map((shape, i) =>
      tf.tensor(given(shape, `operand ${i}`).values as number[], shape),
    ) as [tf.Tensor, tf.Tensor];
    const gradient = (x: tf.Tensor, dy: tf.Tensor): tf.Tensor =>
      tf.engine().runKernel(tf.Conv2DBackpropFilter, { x, dy }, attributes);
    const [images, gradients] = [tf.split(x, image[0]!), tf.split(dy, image[0]!)];
    const each = images.map((x, i) => gradient(x, gradients[i]!));
    return tf.max(tf.abs(tf.sub(gradient(x, dy), tf.addN(each)))).dataSync()[0]!;
  });
  expect(difference).toBeLessThan(1e-3);
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
