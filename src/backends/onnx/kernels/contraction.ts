import { type Graph, microsoft } from "../graph/graph.js";

/** Images with their channels second, as one side of a product. */
export interface Planes {
  /** Name of the value. */
  readonly name: string;
  /** Number of channels. */
  readonly channels: number;
}

/** a b^T for matrices or stacks of them. */
export function timesTransposed(graph: Graph, a: string, b: string, rank: 2 | 3): string {
  if (!graph.target.portable) return graph.op("FusedMatMul", [a, b], { transA: 0, transB: 1 }, microsoft);
  const perm = rank === 2 ? [1, 0] : [0, 2, 1];
  return graph.op("MatMul", [a, graph.op("Transpose", [b], { perm })]);
}

/**
 * Whether the channels of all images are moved together, so that one product sums over the images too; else there is a
 * product for each image, and their sum. Moving is cheaper where images are small and channels are many.
 *
 * @param results elements of all products
 */
export const joinsImages = (a: Planes, b: Planes, pixels: number, results: number): boolean =>
  (a.channels + b.channels) * pixels < 1.5 * results;

/** Planes [batch, channels, ...] as [channels, batch, ...]. */
export const channelsFirst = (graph: Graph, name: string): string =>
  graph.once(`channels first ${name}`, () => graph.op("Transpose", [name], { perm: [1, 0, 2, 3] }));

/** Sums over images and pixels the products of each two channels: the elements of [channels of a, channels of b]. */
export function emitContraction(graph: Graph, a: Planes, b: Planes, batch: number, pixels: number): string {
  const isJoined = joinsImages(a, b, pixels, a.channels * b.channels);
  const [left, right] = [a, b].map(({ name, channels }) => ({
    name: isJoined && batch > 1 ? channelsFirst(graph, name) : name,
    channels,
  }));
  return emitProduct(graph, left!, right!, batch, pixels, isJoined);
}

/** {@link emitContraction} of planes that lie with their channels first already where images are joined. */
export function emitProduct(
  graph: Graph,
  a: Planes,
  b: Planes,
  batch: number,
  pixels: number,
  isJoined: boolean,
): string {
  if (isJoined || batch === 1) {
    const [left, right] = [a, b].map(({ name, channels }) => graph.reshape(name, [channels, batch * pixels]));
    return timesTransposed(graph, left!, right!, 2);
  }
  const [left, right] = [a, b].map(({ name, channels }) => graph.reshape(name, [batch, channels, pixels]));
  return sumOverImages(graph, timesTransposed(graph, left!, right!, 3), batch, a.channels * b.channels);
}

/** The sum of `batch` values of a size one after the other, [1, size]: a product with ones is faster than ReduceSum. */
export function sumOverImages(graph: Graph, name: string, batch: number, size: number): string {
  const ones = graph.constant("float32", [1, batch], new Array<number>(batch).fill(1));
  return graph.op("MatMul", [ones, graph.reshape(name, [batch, size])]);
}
