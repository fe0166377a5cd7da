/** Which values of a weight, row first, belong to one output channel: value i to floor(i / stride) mod channels. */
export interface ChannelLayout {
  /** How many there are. */
  readonly channels: number;
  /** How many consecutive values belong to one. */
  readonly stride: number;
}

/**
 * The output channels of a kernel: those of its last axis; of its last but one in transposed convolutions; in depthwise
 * ones each input channel times the multiplier.
 *
 * @param shape of two axes or more
 * @param layerClass class of the layer in the topology
 */
export function channelLayout(
  name: string,
  shape: readonly number[],
  layerClass: string | undefined,
): ChannelLayout {
  const [before, last] = shape.slice(-2) as [number, number];
  if (name.endsWith("depthwise_kernel")) return { channels: before * last, stride: 1 };
  if (layerClass?.endsWith("Transpose")) return { channels: before, stride: last };
  return { channels: last, stride: 1 };
}
