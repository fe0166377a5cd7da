import type { io } from "@tensorflow/tfjs-core";
import { ModelError } from "../errors.js";
import {
  type AffineScale,
  affineScale,
  greatestQuantized,
  quantizedByte,
  valueOfByte,
} from "./affineQuantization.js";
import type { ChannelLayout } from "./channelLayout.js";
import { channelEntry } from "./channelQuantization.js";
import { halfOf, valueOfHalf } from "./halfFloat.js";

/** A weight as it is stored, and the numbers that come back from it. */
export interface QuantizedWeight {
  /** Its line in the manifest. */
  readonly entry: io.WeightsManifestEntry;
  /** Its bytes. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** What is read back from a byte or a half, by its place. */
  readonly restored: (index: number) => number;
}

/** In float16. Undefined where a value lies beyond it. */
export function quantizeToHalf(
  { name, shape }: io.WeightsManifestEntry,
  values: Float32Array,
): QuantizedWeight | undefined {
  const { least, greatest } = rangeOf(name, values, { channels: 1, stride: 1 })[0]!;
  if (Math.max(-least, greatest) >= 65520) return undefined;
  const halves = Uint16Array.from(values, halfOf);
  return {
    entry: withQuantization({ name, shape }, { dtype: "float16", original_dtype: "float32" }),
    bytes: new Uint8Array(halves.buffer),
    restored: (i) => valueOfHalf(halves[i]!),
  };
}

/**
 * In bytes, with one scale for all or, given a layout, one for each channel. Undefined where the values are too large.
 */
export function quantizeToBytes(
  { name, shape }: io.WeightsManifestEntry,
  values: Float32Array,
  layout?: ChannelLayout,
): QuantizedWeight | undefined {
  const { channels, stride } = layout ?? { channels: 1, stride: values.length };
  const ranges = rangeOf(name, values, { channels, stride });
  const sizes = ranges.map(({ least, greatest }) => Math.max(-least, greatest, greatest - least));
  if (sizes.some((size) => size > greatestQuantized)) return undefined;
  const scales = ranges.map(({ least, greatest }) => affineScale(least, greatest));
  const scaleOf = (i: number) => scales[Math.floor(i / stride) % channels]!;
  const quantized = Uint8Array.from(values, (value, i) => quantizedByte(value, scaleOf(i)));
  const restored = (i: number) => valueOfByte(quantized[i]!, scaleOf(i));
  if (layout) {
    const quantization = { dtype: "uint8-per-channel", channels, stride, original_dtype: "float32" } as const;
    return {
      entry: channelEntry({ name, shape }, quantization),
      bytes: withScales(scales, quantized),
      restored,
    };
  }
  const { scale, least: min } = scales[0]!;
  return {
    entry: withQuantization({ name, shape }, { dtype: "uint8", min, scale, original_dtype: "float32" }),
    bytes: quantized,
    restored,
  };
}

function withQuantization(
  entry: Pick<io.WeightsManifestEntry, "name" | "shape">,
  quantization: io.WeightsManifestEntry["quantization"] & { readonly original_dtype: "float32" },
): io.WeightsManifestEntry {
  return { ...entry, dtype: "float32", quantization };
}

function withScales(scales: readonly AffineScale[], quantized: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(8 * scales.length + quantized.length);
  const numbers = new Float32Array(bytes.buffer, 0, 2 * scales.length);
  numbers.set(scales.map(({ scale }) => scale));
  numbers.set(
    scales.map(({ least }) => least),
    scales.length,
  );
  bytes.set(quantized, 8 * scales.length);
  return bytes;
}

/** Least and greatest value of each channel. */
function rangeOf(
  name: string,
  values: Float32Array,
  { channels, stride }: ChannelLayout,
): { least: number; greatest: number }[] {
  const ranges = Array.from({ length: channels }, () => ({ least: Infinity, greatest: -Infinity }));
  values.forEach((value, i) => {
    if (!Number.isFinite(value)) {
      throw new ModelError(
        name,
        `value ${i} of weight "${name}" is ${value}, which cannot be quantised; a model with such a weight is broken, ` +
          "keep: (name) => ... leaves one out",
      );
    }
    const range = ranges[Math.floor(i / stride) % channels]!;
    if (value < range.least) range.least = value;
    if (value > range.greatest) range.greatest = value;
  });
  return ranges;
}
