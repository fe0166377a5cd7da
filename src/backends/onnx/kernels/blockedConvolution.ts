import { blockedDomain, type Graph } from "../graph/graph.js";
import type { Value } from "../graph/value.js";

type Attributes = Readonly<Record<string, number | readonly number[]>>;

/** The gradient by the image is faster in blocks where it has more channels than the image or few pixels. */
const fewPixels = 200;

/** Whether a convolution forward with a filter [height, width, in, out] is faster in blocks of channels. */
export function takesBlocks(graph: Graph, [height, width, ins, outs]: Value["shape"]): boolean {
  const { channelBlock } = graph.target;
  if (channelBlock === 0 || height! * width! === 1 || outs! % channelBlock !== 0) return false;
  return ins! % channelBlock === 0 || ins! < channelBlock;
}

/** Whether that is so of the convolution that leads back to the image, from `pixels` pixels of the gradient. */
export function takesBlocksBack(graph: Graph, filter: Value["shape"], pixels: number): boolean {
  const [, , ins, outs] = filter;
  return (
    takesBlocks(graph, filter) && ins! >= graph.target.channelBlock && (outs! >= ins! || pixels <= fewPixels)
  );
}

/**
 * A convolution of planes in ONNX Runtime's order of blocks, which its optimiser would choose for filters that do not
 * change: [batch, channels / block, height, width, block].
 */
export function emitBlockedConvolution(
  graph: Graph,
  planes: string,
  filter: Value,
  attributes: Attributes,
  { bias, relu }: { readonly bias?: string; readonly relu?: boolean } = {},
): string {
  const { channelBlock: block } = graph.target;
  const [height, width, ins, outs] = filter.shape as [number, number, number, number];
  const rows = graph.named(filter);
  const isNarrow = ins < block;
  const weights = graph.once(`blocked ${rows}`, () => {
    if (isNarrow) {
      const split = graph.reshape(rows, [height * width, ins, outs / block, block]);
      return graph.reshape(graph.op("Transpose", [split], { perm: [2, 1, 0, 3] }), [
        outs,
        ins,
        height,
        width,
      ]);
    }
    // Two transposes of long runs take half the time of one of five axes.
    const byIns = swapped(graph, rows, [height * width, ins / block, block * outs]);
    return graph.reshape(swapped(graph, byIns, [height * width * ins, outs / block, block]), [
      outs,
      ins,
      height,
      width,
    ]);
  });
  const inputs = [isNarrow ? planes : inBlocks(graph, planes), weights, ...(bias ? [bias] : [])];
  return convolveBlocks(graph, inputs, [height, width], outs, {
    ...attributes,
    ...(relu && { activation: "Relu" }),
  });
}

/** The convolution of a gradient that leads back to the image: with the filter turned, its channels exchanged. */
export function emitBlockedBackward(
  graph: Graph,
  planes: string,
  filter: Value,
  attributes: Attributes,
): string {
  const { channelBlock: block } = graph.target;
  const [height, width, ins, outs] = filter.shape as [number, number, number, number];
  const taps = height * width;
  const rows = graph.named(filter);
  const weights = graph.once(`blocked backward ${rows}`, () => {
    const list = [graph.reshape(rows, [taps, ins * outs]), graph.ints([-1]), graph.ints([-taps - 1])];
    const turned = graph.op("Slice", [...list, graph.ints([0]), graph.ints([-1])]);
    const outsFirst = graph.op("Transpose", [graph.reshape(turned, [taps, ins, outs])], { perm: [0, 2, 1] });
    const byOuts = swapped(graph, outsFirst, [taps, outs / block, block * ins]);
    return graph.reshape(swapped(graph, byOuts, [outs * taps, ins / block, block]), [
      ins,
      outs,
      height,
      width,
    ]);
  });
  return convolveBlocks(graph, [inBlocks(graph, planes), weights], [height, width], ins, attributes);
}

/** [a, b, run] -> [b, a, run] */
const swapped = (graph: Graph, name: string, shape: readonly [number, number, number]): string =>
  graph.op("Transpose", [graph.reshape(name, shape)], { perm: [1, 0, 2] });

function convolveBlocks(
  graph: Graph,
  inputs: readonly string[],
  size: readonly number[],
  channels: number,
  attributes: Readonly<Record<string, number | readonly number[] | string>>,
): string {
  const result = graph.op("Conv", inputs, { ...attributes, kernel_shape: size }, blockedDomain);
  return graph.op("ReorderOutput", [result], { channels }, blockedDomain);
}

const inBlocks = (graph: Graph, planes: string): string =>
  graph.once(`in blocks ${planes}`, () => graph.op("ReorderInput", [planes], {}, blockedDomain));
