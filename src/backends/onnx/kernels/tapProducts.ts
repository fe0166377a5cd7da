import type { Graph } from "../graph/graph.js";
import { channelsFirst, emitProduct, joinsImages, type Planes } from "./contraction.js";
import type { Window } from "./window.js";

/**
 * Gradient of a convolution with steps of 1 by its filter: for each of the filter's elements the product of the image and
 * the gradient of the result, one of them moved by the element's place. The one with fewer channels is moved.
 *
 * @param x the image
 * @param dy the gradient of the result
 * @returns name of a value whose elements are those of [height, width, in, out]
 */
export function emitTapProducts(graph: Graph, x: Planes, dy: Planes, batch: number, window: Window): string {
  const movesGradient =
    dy.channels <= x.channels &&
    window.every(({ filter, before, after }) => before < filter && after < filter);
  const taps = window[0].filter * window[1].filter;
  const pixels = window.reduce(
    (product, { length, places }) => product * (movesGradient ? length : places),
    1,
  );
  const isJoined = joinsImages(x, dy, pixels, taps * x.channels * dy.channels);
  const [image, gradient] = [x, dy].map(({ name }) =>
    isJoined && batch > 1 ? channelsFirst(graph, name) : name,
  );
  const moved = movesGradient ? movedGradients(graph, gradient!, window) : movedImages(graph, image!, window);
  const products = moved.map((name) => {
    const [a, b] = movesGradient ? [image!, name] : [name, gradient!];
    return emitProduct(graph, { ...x, name: a }, { ...dy, name: b }, batch, pixels, isJoined);
  });
  return products.length === 1 ? products[0]! : graph.op("Concat", products, { axis: 0 });
}

/** For each of the filter's elements, what it sees of the image. */
const movedImages = (graph: Graph, image: string, window: Window): string[] =>
  cuts(
    graph,
    image,
    window.map(({ before, after, filter, places, length }) => ({
      before,
      after,
      length,
      size: places,
      starts: Array.from({ length: filter }, (_, tap) => tap),
    })),
  );

/** For each of the filter's elements, the gradients of the results in which it meets each pixel. */
const movedGradients = (graph: Graph, gradient: string, window: Window): string[] =>
  cuts(
    graph,
    gradient,
    window.map(({ before, after, filter, places, length }) => ({
      before: filter - 1 - before,
      after: filter - 1 - after,
      length: places,
      size: length,
      starts: Array.from({ length: filter }, (_, tap) => filter - 1 - tap),
    })),
  );

/** How an axis is lengthened with zeros, and where parts of it start and how long they are. */
interface Cut {
  readonly before: number;
  readonly after: number;
  readonly length: number;
  readonly size: number;
  readonly starts: readonly number[];
}

/** The parts of planes with each two starts, those of the first axis slowest. */
function cuts(graph: Graph, planes: string, axes: readonly Cut[]): string[] {
  const [rows, columns] = axes as [Cut, Cut];
  const isPadded = axes.some(({ before, after }) => before > 0 || after > 0);
  const pads = [0, 0, rows.before, columns.before, 0, 0, rows.after, columns.after];
  const padded = isPadded ? graph.op("Pad", [planes, graph.ints(pads)]) : planes;
  const isWhole = ({ before, length, size }: Cut, start: number) => start === before && size === length;
  return rows.starts.flatMap((top) =>
    columns.starts.map((left) => {
      if (isWhole(rows, top) && isWhole(columns, left)) return planes;
      const ends = [top + rows.size, left + columns.size];
      return graph.op("Slice", [padded, graph.ints([top, left]), graph.ints(ends), graph.ints([2, 3])]);
    }),
  );
}
