import { backend_util } from "@tensorflow/tfjs-core";
import type { Shape } from "../graph/value.js";

/** How a filter moves along one axis of an image. */
export interface WindowAxis {
  /** Length of the image. */
  readonly length: number;
  /** Number of places of the filter: the length of the result. */
  readonly places: number;
  /** Length of the filter. */
  readonly filter: number;
  /** Steps between two places. */
  readonly stride: number;
  /** Steps between two of the filter's elements. */
  readonly dilation: number;
  /** Zeros in front of the image. */
  readonly before: number;
  /** Zeros behind the image that the last place reaches; negative where the image's end is not reached. */
  readonly after: number;
}

/** How a filter moves over an image, along the height and along the width. */
export type Window = readonly [WindowAxis, WindowAxis];

/** What TensorFlow.js says about a convolution or pooling. */
export interface WindowAttributes {
  readonly strides: number | [number, number];
  readonly pad: "valid" | "same" | number | backend_util.ExplicitPadding;
  readonly dimRoundingMode?: "floor" | "round" | "ceil";
  readonly dilations?: number | [number, number] | null;
}

/** A window and the shape of what comes out, [batch, height, width, channels]. */
export interface Placed {
  readonly window: Window;
  readonly outShape: Shape;
}

/**
 * The window of a convolution.
 *
 * @param inShape [batch, height, width, channels]
 * @param filterShape [height, width, in, out], or of a depthwise convolution [height, width, in, out for each in]
 */
export function convolutionWindow(
  inShape: Shape,
  filterShape: Shape,
  { strides, pad, dimRoundingMode, dilations }: WindowAttributes,
  depthwise = false,
): Placed {
  const info = backend_util.computeConv2DInfo(
    inShape as [number, number, number, number],
    filterShape as [number, number, number, number],
    strides,
    dilations ?? 1,
    pad,
    dimRoundingMode,
    depthwise,
  );
  const axis = (
    length: number,
    places: number,
    filter: number,
    stride: number,
    dilation: number,
    before: number,
  ): WindowAxis => ({
    length,
    places,
    filter,
    stride,
    dilation,
    before,
    after: (places - 1) * stride + (filter - 1) * dilation + 1 - length - before,
  });
  const { padInfo } = info;
  return {
    window: [
      axis(
        info.inHeight,
        info.outHeight,
        info.filterHeight,
        info.strideHeight,
        info.dilationHeight,
        padInfo.top,
      ),
      axis(info.inWidth, info.outWidth, info.filterWidth, info.strideWidth, info.dilationWidth, padInfo.left),
    ],
    outShape: info.outShape,
  };
}

/** The window of a pooling. */
export const poolingWindow = (
  inShape: Shape,
  attributes: WindowAttributes & { readonly filterSize: number | [number, number] },
): Placed => {
  const { filterSize } = attributes;
  const [height, width] = typeof filterSize === "number" ? [filterSize, filterSize] : filterSize;
  return convolutionWindow(inShape, [height, width, inShape[3]!, inShape[3]!], attributes);
};

/** Text that tells windows over images of one size apart. */
export const windowKey = (window: Window): string =>
  window.map((axis) => [axis.filter, axis.places, axis.stride, axis.dilation, axis.before]).join();

/**
 * Whether ONNX finds as many places. It does not where TensorFlow.js counts those along the width with the filter's height
 * and the stride along the height, as it does when the padding is a number.
 */
export const isRegular = (window: Window): boolean => window.every(({ after, stride }) => after > -stride);

/** ONNX's attributes of a window. */
export const windowAttributes = (window: Window) => ({
  kernel_shape: window.map(({ filter }) => filter),
  strides: window.map(({ stride }) => stride),
  dilations: window.map(({ dilation }) => dilation),
  pads: [...window.map(({ before }) => before), ...window.map(({ after }) => Math.max(0, after))],
});

/** ONNX's attributes of the transposed convolution that leads from the window's results back to the image. */
export const transposedAttributes = (window: Window) => ({
  ...windowAttributes(window),
  output_padding: window.map(({ after }) => Math.max(0, -after)),
});

/** Whether each element of the image is one place, and the filter is that element. */
export const isPointwise = (window: Window): boolean =>
  window.every(
    ({ filter, stride, before, after }) => filter === 1 && stride === 1 && before === 0 && after === 0,
  );

/** Whether some place of the filter lies wholly outside of the image. */
export const hasEmptyPlace = (window: Window): boolean =>
  window.some(({ length, places, filter, stride, dilation, before }) => {
    const reach = (filter - 1) * dilation;
    return before > reach || (places - 1) * stride - before >= length;
  });
