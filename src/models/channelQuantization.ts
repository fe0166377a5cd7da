import type { io } from "@tensorflow/tfjs-core";

/**
 * How model.json describes a weight of which each output channel has a scale of its own. Value i of the weight belongs
 * to channel floor(i / stride) mod channels. The weight's bytes are one float32 scale a channel, one float32 least value
 * a channel, then one byte a value, all little-endian; value = byte * scale + least value.
 *
 * TensorFlow.js itself does not know this type and refuses such a weight by its name, so that nobody computes with the
 * bytes by mistake.
 */
export interface ChannelQuantization {
  /** Tells this quantisation apart from TensorFlow.js's own. */
  readonly dtype: "uint8-per-channel";
  /** How many channels there are. */
  readonly channels: number;
  /** How many consecutive values belong to one channel. */
  readonly stride: number;
  /** What the weight was. */
  readonly original_dtype: "float32";
}

/** A weight's quantisation by channel; undefined for any other weight. */
export function channelQuantizationOf(entry: io.WeightsManifestEntry): ChannelQuantization | undefined {
  const quantization = entry.quantization as ChannelQuantization | io.WeightsManifestEntry["quantization"];
  return quantization?.dtype === "uint8-per-channel" ? quantization : undefined;
}

/** The entry of a weight whose channels have scales of their own. */
export function channelEntry(
  { name, shape }: Pick<io.WeightsManifestEntry, "name" | "shape">,
  quantization: ChannelQuantization,
): io.WeightsManifestEntry {
  return { name, shape, dtype: "float32", quantization } as unknown as io.WeightsManifestEntry;
}

/** The values of a weight whose bytes {@link ChannelQuantization} describes. */
export function channelValues(
  bytes: ArrayBuffer,
  { channels, stride }: Pick<ChannelQuantization, "channels" | "stride">,
): Float32Array<ArrayBuffer> {
  const scales = new Float32Array(bytes, 0, channels);
  const least = new Float32Array(bytes, 4 * channels, channels);
  const quantized = new Uint8Array(bytes, 8 * channels);
  return Float32Array.from(quantized, (byte, i) => {
    const channel = Math.floor(i / stride) % channels;
    return byte * scales[channel]! + least[channel]!;
  });
}
