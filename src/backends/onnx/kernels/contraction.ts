import { type Graph, microsoft } from "../graph/graph.js";

/** Images as matrices [batch, channels, pixels]. */
export interface Planes {
  /** Name of the value. */
  readonly name: string;
  /** Number of channels. */
  readonly channels: number;
}

/** a b^T for matrices or stacks of them. */
function timesTransposed(graph: Graph, a: string, b: string): string {
  return graph.op("FusedMatMul", [a, b], { transA: 0, transB: 1 }, microsoft);
}

/** From this many times the size of the result on, the images are not moved to make one product of them. */
const worthMoving = 1.5;

/** Sums over images and pixels the products of each two channels: [channels of a, channels of b]. */
export function emitContraction(graph: Graph, a: Planes, b: Planes, batch: number, pixels: number): string {
  if (batch === 1) {
    const [left, right] = [a, b].map(({ name, channels }) => graph.reshape(name, [channels, pixels]));
    return timesTransposed(graph, left!, right!);
  }
  if ((a.channels + b.channels) * pixels < worthMoving * a.channels * b.channels) {
    const [left, right] = [a, b].map(({ name, channels }) =>
      graph.once(`channels first ${name}`, () => {
        const moved = graph.op("Transpose", [graph.reshape(name, [batch, channels, pixels])], {
          perm: [1, 0, 2],
        });
        return graph.reshape(moved, [channels, batch * pixels]);
      }),
    );
    return timesTransposed(graph, left!, right!);
  }
  const [left, right] = [a, b].map(({ name, channels }) => graph.reshape(name, [batch, channels, pixels]));
  return graph.op("ReduceSum", [timesTransposed(graph, left!, right!), graph.ints([0])], { keepdims: 0 });
}
