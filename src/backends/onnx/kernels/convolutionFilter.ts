import type { Graph } from "../graph/graph.js";
import type { Value } from "../graph/value.js";

/** [a, b] -> [b, a]: transposing two axes is much faster in ONNX Runtime than transposing four. */
const transposed = (graph: Graph, name: string, a: number, b: number): string =>
  a === 1 || b === 1
    ? graph.reshape(name, [b, a])
    : graph.op("Transpose", [graph.reshape(name, [a, b])], { perm: [1, 0] });

/** A filter [height, width, in, out] as ONNX's convolutions take it, [out, in, height, width]. */
export function filterForward(graph: Graph, filter: Value): string {
  if (filter.order !== "rows") return graph.named(filter, "filter");
  const rows = graph.named(filter);
  return graph.once(`forward ${rows}`, () => {
    const [height, width, ins, outs] = filter.shape as [number, number, number, number];
    const taps = height * width;
    const outFirst = transposed(graph, rows, taps * ins, outs);
    if (taps === 1 || ins === 1) return graph.reshape(outFirst, [outs, ins, height, width]);
    const split = graph.reshape(outFirst, [outs, taps, ins]);
    return graph.reshape(graph.op("Transpose", [split], { perm: [0, 2, 1] }), [outs, ins, height, width]);
  });
}

/** A filter turned by half a turn as the convolution of the gradient takes it, [in, out, height, width]. */
export function filterBackward(graph: Graph, filter: Value): string {
  const rows = graph.named(filter);
  return graph.once(`backward ${rows}`, () => {
    const [height, width, ins, outs] = filter.shape as [number, number, number, number];
    const taps = height * width;
    return graph.reshape(transposed(graph, turned(graph, rows, taps, ins * outs), taps, ins * outs), [
      ins,
      outs,
      height,
      width,
    ]);
  });
}

/**
 * A depthwise filter [height, width, in, out for each in] as ONNX's convolutions with groups take it,
 * [in * out, 1, height, width].
 */
export const depthwiseForward = (graph: Graph, filter: Value): string => {
  const rows = graph.named(filter);
  return graph.once(`depthwise ${rows}`, () => {
    const [height, width, ins, multiplier] = filter.shape as [number, number, number, number];
    const channels = ins * multiplier;
    return graph.reshape(transposed(graph, rows, height * width, channels), [channels, 1, height, width]);
  });
};

/**
 * A depthwise filter turned by half a turn as the convolution of the gradient takes it, with groups,
 * [in, out for each in, height, width].
 */
export function depthwiseBackward(graph: Graph, filter: Value): string {
  const rows = graph.named(filter);
  return graph.once(`depthwise backward ${rows}`, () => {
    const [height, width, ins, multiplier] = filter.shape as [number, number, number, number];
    const [taps, channels] = [height * width, ins * multiplier];
    const turnedRows = turned(graph, rows, taps, channels);
    return graph.reshape(transposed(graph, turnedRows, taps, channels), [ins, multiplier, height, width]);
  });
}

/** [taps, rest] with the last tap first. */
const turned = (graph: Graph, name: string, taps: number, rest: number): string =>
  taps === 1
    ? graph.reshape(name, [1, rest])
    : graph.op("Slice", [
        graph.reshape(name, [taps, rest]),
        graph.ints([-1]),
        graph.ints([-taps - 1]),
        graph.ints([0]),
        graph.ints([-1]),
      ]);
