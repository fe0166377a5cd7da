import { clone, dispose, tidy, type Variable } from "@tensorflow/tfjs-core";
import type { LayerVariable } from "@tensorflow/tfjs-layers";

/** The values that some weights had. */
export interface WeightSnapshot {
  /** Gives the weights those values again, bit for bit. */
  restore(): void;
  /** Frees the values. */
  dispose(): void;
}

/** Remembers the values of weights. Memory is taken only once the weights change: until then both share it. */
export function snapshotWeights(weights: readonly LayerVariable[]): WeightSnapshot {
  const values = tidy(() => weights.map((weight) => clone(weight.read())));
  return {
    restore() {
      // Not through LayerVariable.write, which would apply the layer's constraint to them.
      weights.forEach((weight, i) => {
        (weight.read() as Variable).assign(values[i]!);
      });
    },
    dispose: () => dispose(values),
  };
}
