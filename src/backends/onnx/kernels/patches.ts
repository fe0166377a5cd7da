import type { Graph } from "../graph/graph.js";
import type { Planes } from "./contraction.js";

/**
 * The patches of planes under a window: [batch, channels * taps, height, width], the taps of a channel one after the
 * other. A depthwise convolution, with a filter for each tap that is 1 there, writes them in one pass.
 *
 * @param attributes ONNX's attributes of the window
 * @param order of the taps of a channel
 */
export function emitPatches(
  graph: Graph,
  { name, channels }: Planes,
  attributes: Readonly<Record<string, readonly number[]>>,
  order: "forward" | "reverse" = "forward",
): Planes {
  const [height, width] = attributes.kernel_shape as readonly [number, number];
  const taps = height * width;
  const shape = [channels * taps, 1, height, width];
  const filter = graph.keyedConstant(`taps ${shape} ${order}`, "float32", shape, () => {
    const values = new Float32Array(channels * taps * taps);
    for (let row = 0; row < channels * taps; row++) {
      const tap = row % taps;
      values[row * taps + (order === "forward" ? tap : taps - 1 - tap)] = 1;
    }
    return values;
  });
  return {
    name: graph.op("Conv", [name, filter], { ...attributes, group: channels }),
    channels: channels * taps,
  };
}
