import { add, dispose, keep, mul, sub, type Tensor, tidy, type Variable } from "@tensorflow/tfjs-core";
import type { LayerVariable } from "@tensorflow/tfjs-layers";

/** A model that has averaged weights for the time being. */
export interface AveragedWeights {
  /** Puts the model's own weights back in their place. */
  restore(): void;
  /** Leaves the averages in place. */
  forget(): void;
}

/** A moving average of a model's weights. */
export interface WeightAverage {
  /** The averages, in the order of the weights. */
  readonly values: readonly Tensor[];
  /** Takes in the weights after a step. */
  update(): void;
  /** Gives the model the averages. */
  apply(): AveragedWeights;
  /** Frees the averages. */
  dispose(): void;
}

/**
 * Exponential moving average of all weights of a model, moving statistics included (Polyak and Juditsky 1992; as the EMA of
 * timm): after step t, average = d * average + (1 - d) * weight with d = min(decay, (1 + t) / (10 + t)), so that the first
 * weights don't linger.
 *
 * @param steps steps taken before
 */
export function weightAverage(
  weights: readonly LayerVariable[],
  decay: number,
  saved: { readonly values?: readonly Tensor[]; readonly steps: number },
): WeightAverage {
  let { steps } = saved;
  const values: Tensor[] = weights.map((weight, i) => keep((saved.values?.[i] ?? weight.read()).clone()));
  return {
    values,
    update() {
      steps++;
      const d = Math.min(decay, (1 + steps) / (10 + steps));
      weights.forEach((weight, i) => {
        // In float32 d and 1 - d don't add up to 1: written so, a weight that rests keeps its value.
        const next = tidy(() => keep(add(values[i]!, mul(sub(weight.read(), values[i]!), 1 - d))));
        values[i]!.dispose();
        values[i] = next;
      });
    },
    apply() {
      const own = weights.map((weight) => keep(weight.read().clone()));
      const write = (tensors: readonly Tensor[]) =>
        weights.forEach((weight, i) => {
          (weight.read() as Variable).assign(tensors[i]!);
        });
      write(values);
      return {
        restore() {
          write(own);
          dispose(own);
        },
        forget: () => dispose(own),
      };
    },
    dispose: () => dispose(values),
  };
}
