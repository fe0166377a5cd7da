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
  const size = attributes.kernel_shape as readonly [number, number];
  const filter = tapFilter(graph, channels, size, order);
  return {
    name: graph.op("Conv", [name, filter], { ...attributes, group: channels }),
    channels: channels * size[0] * size[1],
  };
}

/** For each channel and tap of a window a filter that is 1 at the tap: [channels * taps, 1, height, width]. */
export function tapFilter(
  graph: Graph,
  channels: number,
  [height, width]: readonly [number, number],
  order: "forward" | "reverse" = "forward",
): string {
  const taps = height * width;
  const shape = [channels * taps, 1, height, width];
  return graph.keyedConstant(`taps ${shape} ${order}`, "float32", shape, () => {
    const values = new Float32Array(channels * taps * taps);
    for (let row = 0; row < channels * taps; row++) {
      const tap = row % taps;
      values[row * taps + (order === "forward" ? tap : taps - 1 - tap)] = 1;
    }
    return values;
  });
}
