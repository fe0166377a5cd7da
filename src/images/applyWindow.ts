import ndarray from "ndarray";
import { ArgumentError } from "../errors.js";
import type { Image } from "../image.js";
import { readPixels } from "./readPixels.js";

/** Which part of an image's values becomes black to white. */
export interface WindowOptions {
  /** The value in the middle (DICOM's Window Center), in the image's own units. */
  readonly center: number;
  /** How many values the window spans (DICOM's Window Width): from 1 for "LINEAR", above 0 otherwise. */
  readonly width: number;
  /** The shape of the curve (DICOM's VOI LUT Function). Default "LINEAR". */
  readonly function?: "LINEAR" | "LINEAR_EXACT" | "SIGMOID";
}

/**
 * Shows a window of an image's values from black to white, as DICOM PS3.3 C.11.2.1.2 defines it. "LINEAR" is meant for
 * whole numbers: its ramp runs from center - width / 2 to center + width / 2 - 1. "LINEAR_EXACT" runs from
 * center - width / 2 to center + width / 2. "SIGMOID" is 1 / (1 + exp(-4 (value - center) / width)).
 *
 * The window is in the units of the pixels, after any rescale slope and intercept; the image's range plays no part.
 *
 * @param image any range; a NaN pixel stays NaN
 * @returns pixels in [0, 1], range [0, 1]
 * @throws ArgumentError when the center is not finite, the width is too small for the function or not finite, or the
 *   function is none of its words
 */
export function applyWindow(image: Image, options: WindowOptions): Image<Float32Array> {
  const { values, height, width } = readPixels(image);
  const curve = windowCurve(options);
  const result = new Float32Array(values.length);
  for (let i = 0; i < values.length; i++) result[i] = curve(values[i]!);
  return { pixels: ndarray(result, [height, width]), range: [0, 1] };
}

function windowCurve({
  center,
  width,
  function: shape = "LINEAR",
}: WindowOptions): (value: number) => number {
  const smallest = shape === "LINEAR" ? 1 : Number.MIN_VALUE;
  if (!(width >= smallest && Number.isFinite(width))) {
    const expected = shape === "LINEAR" ? "from 1 for LINEAR" : "above 0";
    throw new ArgumentError("options.width", `is ${width}; expected a finite number ${expected}`);
  }
  if (!Number.isFinite(center)) {
    throw new ArgumentError("options.center", `is ${center}; expected a finite number`);
  }
  switch (shape) {
    case "LINEAR":
      return ramp(center - 0.5, width - 1);
    case "LINEAR_EXACT":
      return ramp(center, width);
    case "SIGMOID":
      return (value) => 1 / (1 + Math.exp((-4 * (value - center)) / width));
    default:
      throw new ArgumentError(
        "options.function",
        `is ${shape}; expected "LINEAR", "LINEAR_EXACT" or "SIGMOID"`,
      );
  }
}

/** 0 up to middle - span / 2, 1 above middle + span / 2, straight in between; a step where the span is 0. */
function ramp(middle: number, span: number): (value: number) => number {
  const start = middle - span / 2;
  const end = middle + span / 2;
  return (value) => (value <= start ? 0 : value > end ? 1 : (value - middle) / span + 0.5);
}
