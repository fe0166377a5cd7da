import { clone, dispose, type Tensor, tidy, type Variable } from "@tensorflow/tfjs-core";
import type { LayerVariable } from "@tensorflow/tfjs-layers";

/** The values that some weights had. */
export interface WeightSnapshot {
  /** One a weight. */
  readonly values: readonly Tensor[];
  /** Gives the weights those values again, bit for bit. */
  restore(): void;
  /** Frees the values. */
  dispose(): void;
}

/** Remembers the values of weights. Memory is taken only once the weights change: until then both share it. */
export function snapshotWeights(weights: readonly LayerVariable[]): WeightSnapshot {
  return snapshotOf(
    weights,
    weights.map((weight) => weight.read()),
  );
}

/** A snapshot of weights that has the given values, which stay the caller's. */
export function snapshotOf(weights: readonly LayerVariable[], tensors: readonly Tensor[]): WeightSnapshot {
  const values = tidy(() => tensors.map((tensor) => clone(tensor)));
  return {
    values,
    restore() {
      // Not through LayerVariable.write, which would apply the layer's constraint to them.
      weights.forEach((weight, i) => {
        (weight.read() as Variable).assign(values[i]!);
      });
    },
    dispose: () => dispose(values),
  };
}
