import type { Graph } from "../graph/graph.js";

/**
 * The patches of planes under a window: [batch, channels * taps, places], the taps of a channel one after the other. A
 * depthwise convolution, with a filter for each tap that is 1 there, writes them in one pass.
 *
 * @param attributes ONNX's attributes of the window
 * @param lastFirst whether the taps of a channel come in reverse
 */
export function emitPatches(
  graph: Graph,
  planes: string,
  channels: number,
  attributes: Readonly<Record<string, readonly number[]>>,
  lastFirst = false,
): string {
  const [height, width] = attributes.kernel_shape as [number, number];
  const taps = height * width;
  const shape = [channels * taps, 1, height, width];
  const filter = graph.keyedConstant(`taps ${shape} ${lastFirst}`, "float32", shape, () => {
    const values = new Float32Array(channels * taps * taps);
    for (let row = 0; row < channels * taps; row++) {
      const tap = row % taps;
      values[row * taps + (lastFirst ? taps - 1 - tap : tap)] = 1;
    }
    return values;
  });
  return graph.op("Conv", [planes, filter], { ...attributes, group: channels });
}
