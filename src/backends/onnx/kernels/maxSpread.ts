import type { Graph } from "../graph/graph.js";
import type { Shape } from "../graph/value.js";
import { emitPatches, tapFilter } from "./patches.js";
import { transposedAttributes, type Window, windowAttributes } from "./window.js";

/** What elements are taken to be at most, since the patches have zeros times them. */
const largestElement = 3.3e38;

/** Less than any of them. */
const lowest = -3.4e38;

/**
 * Gradient of pooling by the largest element, for devices that cannot tell the places of these elements: it finds them
 * among the patches of the image, where the first of equal ones counts, and a transposed convolution whose filters have
 * one element each brings the gradient there.
 *
 * @param shape the image's, [batch, height, width, channels]
 */
export function emitMaxSpread(
  graph: Graph,
  planes: string,
  gradient: string,
  [batch, , , channels]: Shape,
  window: Window,
): string {
  const [rows, columns] = window;
  const taps = rows.filter * columns.filter;
  const { pads, ...attributes } = windowAttributes(window);
  const isPadded = pads.some((pad) => pad > 0);
  const [top, left, bottom, right] = pads as [number, number, number, number];
  const padding = [0, 0, top, left, 0, 0, bottom, right];
  const bounds = [-largestElement, largestElement].map((bound) => graph.scalar(bound));
  const bounded = graph.op("Clip", [planes, ...bounds]);
  const padded = isPadded ? graph.op("Pad", [bounded, graph.ints(padding), graph.scalar(lowest)]) : bounded;
  const patches = emitPatches(graph, { name: padded, channels: channels! }, attributes);
  const places = rows.places * columns.places;
  const listed = graph.reshape(patches.name, [batch! * channels!, taps, places]);
  const largest = (name: string) => graph.op("ReduceMax", [name], { axes: [1], keepdims: 1 });
  const isLargest = graph.op("Equal", [listed, largest(listed)]);
  // Of equal ones the first has the largest number.
  const countdown = graph.constant(
    "float32",
    [1, taps, 1],
    [...new Array(taps).keys()].map((tap) => taps - tap),
  );
  const numbers = graph.op("Where", [isLargest, countdown, graph.scalar(0)]);
  const isFirst = graph.op("Equal", [numbers, largest(numbers)]);
  const one = graph.reshape(gradient, [batch! * channels!, 1, places]);
  const spread = graph.op("Where", [isFirst, one, graph.scalar(0)]);
  const filter = tapFilter(graph, channels!, [rows.filter, columns.filter]);
  const shape = [batch!, channels! * taps, rows.places, columns.places];
  return graph.op("ConvTranspose", [graph.reshape(spread, shape), filter], {
    ...transposedAttributes(window),
    group: channels!,
  });
}
