import type { Graph } from "./graph.js";
import { sizeOf, type Value } from "./value.js";

/** Names of the mean and the variance of each channel, shape [channels]. */
export interface Moments {
  /** Mean over batch, height and width. */
  readonly mean: string;
  /** Variance over the same, not corrected for the lost degree of freedom. */
  readonly variance: string;
}

const overPixels = { axes: [0, 2, 3], keepdims: 0 };

/** A mean of more than about thirty standard deviations leaves too few digits of a variance by squares. */
const largestMeanSquare = 1000;

/**
 * Mean and variance of each channel of a value of four axes. Those of several values one after the other are theirs one
 * after the other.
 */
export function emitMoments(graph: Graph, value: Value): Moments {
  return graph.once(`moments ${value.key}`, () => {
    if (value.parts) {
      const parts = value.parts.map((part) => emitMoments(graph, part));
      const join = (names: readonly string[]) => graph.op("Concat", names, { axis: 0 });
      return {
        mean: join(parts.map(({ mean }) => mean)),
        variance: join(parts.map(({ variance }) => variance)),
      };
    }
    const x = graph.named(value, "planes");
    const channels = value.shape[3]!;
    const scale = graph.scalar(channels / sizeOf(value.shape));
    const mean = graph.op("ReduceMean", [x], overPixels);
    // Outside the branch: what is written once within it is not there without.
    const ofPlanes = graph.reshape(mean, [channels, 1, 1]);
    const sumOfSquares = (name: string) => graph.op("ReduceSumSquare", [name], overPixels);
    const ofCentred = () => {
      const centred = graph.op("Sub", [x, ofPlanes]);
      return graph.op("Mul", [sumOfSquares(centred), scale]);
    };
    if (graph.target.accelerated) return { mean, variance: ofCentred() };
    const meanSquare = graph.op("Mul", [mean, mean]);
    const difference = graph.op("Sub", [graph.op("Mul", [sumOfSquares(x), scale]), meanSquare]);
    const excess = graph.op("Sub", [
      meanSquare,
      graph.op("Mul", [difference, graph.scalar(largestMeanSquare)]),
    ]);
    const isFar = graph.op("Greater", [graph.op("ReduceMax", [excess], { keepdims: 0 }), graph.scalar(0)]);
    const variance = graph.op("If", [isFar], {
      then_branch: graph.branch("float32", ofCentred),
      else_branch: graph.branch("float32", () => graph.op("Max", [difference, graph.scalar(0)])),
    });
    return { mean, variance };
  });
}

/** Name of 1 / sqrt(variance + epsilon). */
export function emitInverseDeviation(graph: Graph, variance: string, epsilon: number): string {
  return graph.once(`inverse deviation ${variance} ${epsilon}`, () =>
    graph.op("Reciprocal", [graph.op("Sqrt", [graph.op("Add", [variance, graph.scalar(epsilon)])])]),
  );
}
