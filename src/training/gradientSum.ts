import {
  add,
  addN,
  clipByValue,
  dispose,
  div,
  minimum,
  mul,
  type NamedTensorMap,
  type Optimizer,
  type Scalar,
  sqrt,
  square,
  sum,
  type Tensor,
  tidy,
  type Variable,
} from "@tensorflow/tfjs-core";

/** A limit on the gradient of a step. */
export type GradientClipping =
  | {
      /** The gradient of all weights together is scaled to this Euclidean norm where it is longer (Pascanu et al. 2013). */
      readonly norm: number;
    }
  | {
      /** Each number of the gradient is brought into [-value, value]. */
      readonly value: number;
    };

/** Gradients of several batches, until a step is taken. */
export interface GradientSum {
  /** How many batches it holds. */
  readonly batches: number;
  /** Takes in the gradient of a batch, and frees it in time. */
  add(gradients: NamedTensorMap, samples: number): void;
  /** Takes one step along the mean gradient over the samples, and starts anew. */
  step(optimizer: Optimizer, clipping: GradientClipping | undefined): void;
  /** Frees what it holds. */
  dispose(): void;
}

/** Starts an empty sum for some variables. */
export function gradientSum(variables: readonly Variable[]): GradientSum {
  let sums: (Tensor | undefined)[] = [];
  let samples = 0;
  let batches = 0;
  const clear = () => {
    dispose(sums.filter((tensor) => tensor !== undefined));
    sums = [];
    samples = 0;
    batches = 0;
  };
  return {
    get batches() {
      return batches;
    },
    add(gradients, count) {
      // The gradient of a single batch stays as it is; from the second on they are weighed by their samples.
      const former = samples;
      const before = sums;
      sums = variables.map(({ name }, i) => {
        const gradient = gradients[name];
        const sum = before[i];
        if (batches === 0 || gradient == null) return gradient ?? sum;
        if (sum === undefined) return tidy(() => mul(gradient, count / (former + count)));
        const total = former + count;
        return tidy(() => add(mul(sum, former / total), mul(gradient, count / total)));
      });
      const kept = new Set(sums);
      const all = [...before, ...Object.values(gradients)];
      dispose(all.filter((tensor): tensor is Tensor => tensor != null && !kept.has(tensor)));
      samples += count;
      batches++;
    },
    step(optimizer, clipping) {
      const clipped = clipping ? clip(sums, clipping) : sums;
      try {
        // Optimizers keep their slots by position: a variable that the loss does not use, which has no gradient, keeps
        // its place in the list and is passed over.
        optimizer.applyGradients(variables.map(({ name }, i) => ({ name, tensor: clipped[i]! })));
      } finally {
        if (clipped !== sums) dispose(clipped.filter((tensor) => tensor !== undefined));
        clear();
      }
    },
    dispose: clear,
  };
}

function clip(
  gradients: readonly (Tensor | undefined)[],
  clipping: GradientClipping,
): (Tensor | undefined)[] {
  const present = gradients.filter((gradient) => gradient !== undefined);
  const apply = (change: (gradient: Tensor) => Tensor) =>
    gradients.map((gradient) => gradient && change(gradient));
  return tidy(() => {
    if ("value" in clipping) {
      return apply((gradient) => clipByValue(gradient, -clipping.value, clipping.value));
    }
    const norm = sqrt(addN(present.map((gradient) => sum<Scalar>(square(gradient)))));
    // As PyTorch's clip_grad_norm_.
    const factor = minimum(1, div(clipping.norm, add(norm, 1e-6)));
    return apply((gradient) => mul(gradient, factor));
  });
}
