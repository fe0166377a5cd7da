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
  /** Takes in the gradient of a batch and the sum of its squares, and frees it in time. */
  add(gradients: NamedTensorMap, samples: number, squares: number): void;
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
  let squares: number | undefined;
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
    add(gradients, count, ownSquares) {
      // The gradient of a single batch stays as it is; from the second on they are weighed by their samples.
      const before = sums;
      const share = count / (samples + count);
      squares = batches === 0 ? ownSquares : undefined;
      sums = variables.map(({ name }, i) => {
        const gradient = gradients[name];
        const sum = before[i];
        if (batches === 0) return gradient ?? undefined;
        if (gradient == null) return sum && tidy(() => mul(sum, 1 - share));
        if (sum === undefined) return tidy(() => mul(gradient, share));
        return tidy(() => add(mul(sum, 1 - share), mul(gradient, share)));
      });
      const kept = new Set(sums);
      const all = [...before, ...Object.values(gradients)];
      dispose(all.filter((tensor): tensor is Tensor => tensor != null && !kept.has(tensor)));
      samples += count;
      batches++;
    },
    step(optimizer, clipping) {
      const clipped = clipping ? clip(sums, clipping, squares) : sums;
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

/** @param squares sum of the gradients' squares, where it is known: then one that is short enough stays as it is */
function clip(
  gradients: (Tensor | undefined)[],
  clipping: GradientClipping,
  squares: number | undefined,
): (Tensor | undefined)[] {
  const present = gradients.filter((gradient) => gradient !== undefined);
  const apply = (change: (gradient: Tensor) => Tensor) =>
    gradients.map((gradient) => gradient && change(gradient));
  return tidy(() => {
    if ("value" in clipping) {
      return apply((gradient) => clipByValue(gradient, -clipping.value, clipping.value));
    }
    // As PyTorch's clip_grad_norm_.
    if (squares !== undefined) {
      const factor = clipping.norm / (Math.sqrt(squares) + 1e-6);
      return factor >= 1 ? gradients : apply((gradient) => mul(gradient, factor));
    }
    const norm = sqrt(addN(present.map((gradient) => sum<Scalar>(square(gradient)))));
    const factor = minimum(1, div(clipping.norm, add(norm, 1e-6)));
    return apply((gradient) => mul(gradient, factor));
  });
}
