import {
  add,
  div,
  log,
  maximum,
  mul,
  neg,
  scalar,
  softplus,
  sub,
  sum,
  type Tensor,
  tensor1d,
  tidy,
} from "@tensorflow/tfjs-core";
import {
  assertAboveZero,
  assertSameLength,
  type ClassWeights,
  checkedClasses,
  checkedWeights,
} from "./checks.js";
import { knownCells } from "./knownCells.js";
import type { Loss } from "./loss.js";
import { assertReduction, type LossReduction, reduceClasses } from "./reduceClasses.js";

/** What the losses that add up logarithms of probabilities have in common. */
export interface CrossEntropyOptions {
  /** Weight of the present samples of each class, finite and at least 0; 1 for all by default. */
  readonly positive?: ArrayLike<number>;
  /** Weight of the absent samples of each class, finite and at least 0; 1 for all by default. */
  readonly negative?: ArrayLike<number>;
  /** Whether predictions are logits (the default, as the library's heads give) or probabilities. */
  readonly fromLogits?: boolean;
  /** Added to probabilities inside the logarithm, above 0; 1e-7 by default. Logits need none. */
  readonly epsilon?: number;
  /**
   * Each class gives the mean over its known samples. "sum-over-classes", the default, adds those means; "mean" takes
   * their mean over the classes that have a known sample.
   */
  readonly reduction?: LossReduction;
}

/** What a loss of the family is computed from; all of shape [rows, classes]. */
export interface CrossEntropyCells {
  /** The label times the weight of present samples; 0 where unknown. */
  readonly present: Tensor;
  /** 1 - label, times the weight of absent samples; 0 where unknown. */
  readonly absent: Tensor;
  /** The prediction; 0 where the label is unknown. */
  readonly x: Tensor;
  /** -log(p). */
  readonly presentLoss: Tensor;
  /** -log(1 - p). */
  readonly absentLoss: Tensor;
}

/** What tells one loss of the family from another. */
export interface CrossEntropyKind {
  /** The loss of each cell, which is 0, with a gradient of 0, where `present` and `absent` are. */
  readonly losses: (cells: CrossEntropyCells) => Tensor;
  /** Share of each label that goes to 1/2; 0 by default. */
  readonly labelSmoothing?: number;
  /** A further option with one number a class: its name and value. */
  readonly perClass?: readonly [string, ClassWeights];
}

/** Checks the options, skips unknown labels and adds up: all that the family of losses has in common. */
export function crossEntropyLoss(options: CrossEntropyOptions, kind: CrossEntropyKind): Loss {
  const { fromLogits = true, epsilon = 1e-7, reduction = "sum-over-classes" } = options;
  const positive = checkedWeights("positive", options.positive);
  const negative = checkedWeights("negative", options.negative);
  assertSameLength(["positive", positive], ["negative", negative]);
  if (kind.perClass) {
    assertSameLength(["positive", positive], kind.perClass);
    assertSameLength(["negative", negative], kind.perClass);
  }
  assertAboveZero("epsilon", epsilon);
  assertReduction(reduction);

  return (yTrue, yPred) =>
    tidy(() => {
      const classes = checkedClasses(yTrue, yPred, positive, negative, kind.perClass?.[1]);
      const rows = yTrue.size / classes;
      if (rows === 0) return scalar(0); // The WASM backend does not set the sums of an empty tensor.
      const { known, x, ...labels } = knownCells(yTrue, yPred, [rows, classes], kind.labelSmoothing);
      const losses = kind.losses({
        present: weigh(labels.present, positive),
        absent: weigh(labels.absent, negative),
        x,
        presentLoss: fromLogits ? softplus(neg(x)) : neg(log(add(x, epsilon))),
        absentLoss: fromLogits ? softplus(x) : neg(log(add(sub(1, x), epsilon))),
      });
      const counts = sum(known, 0);
      return reduceClasses(div(sum(losses, 0), maximum(counts, 1)), counts, reduction);
    });
}

function weigh(values: Tensor, weights: ClassWeights): Tensor {
  return weights ? mul(values, tensor1d(weights)) : values;
}
