import type { NdArray } from "ndarray";
import { ArgumentError } from "../errors.js";
import { rowMajor } from "../matrix.js";

/**
 * Writes a grey image into a batch of shape [batch, height, width, channels], the value repeated in each channel.
 *
 * @param image shape [height, width]
 * @param batch the values of the batch, row first
 * @param index which image of the batch, from 0
 * @param channels 1 or 3
 * @throws ArgumentError when the image does not fit into the batch at that index
 */
export function writeChannels(
  image: NdArray<Float32Array>,
  batch: Float32Array,
  index: number,
  channels: 1 | 3,
): void {
  const values = rowMajor(image);
  const start = index * values.length * channels;
  if (!(start >= 0 && start + values.length * channels <= batch.length)) {
    throw new ArgumentError(
      "index",
      `image ${index} of shape [${image.shape}, ${channels}] does not fit into a batch of ${batch.length} values`,
    );
  }
  if (channels === 1) {
    batch.set(values, start);
    return;
  }
  for (let i = 0, to = start; i < values.length; i++) {
    const value = values[i]!;
    batch[to++] = value;
    batch[to++] = value;
    batch[to++] = value;
  }
}
