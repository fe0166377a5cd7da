import {
  add,
  cast,
  isNaN as isUnknown,
  logicalNot,
  mul,
  reshape,
  sub,
  type Tensor,
  where,
  zerosLike,
} from "@tensorflow/tfjs-core";

/** Labels and predictions where the labels are known. */
export interface KnownCells {
  /** 1 where the label is known, else 0. */
  readonly known: Tensor;
  /** The labels; 0 where unknown. */
  readonly present: Tensor;
  /** 1 - label; 0 where unknown. */
  readonly absent: Tensor;
  /** The predictions; 0 where the label is unknown, whatever they are. */
  readonly x: Tensor;
}

/**
 * Takes what has no label out of labels and predictions, which get the given shape. A prediction without a label must
 * not reach a loss: 0 times an infinite gradient would be NaN.
 *
 * @param smoothing share of each label that goes to 1/2
 */
export function knownCells(yTrue: Tensor, yPred: Tensor, shape: number[], smoothing = 0): KnownCells {
  const given = cast(reshape(yTrue, shape), "float32");
  const labels = smoothing === 0 ? given : add(mul(given, 1 - smoothing), smoothing / 2);
  const known = logicalNot(isUnknown(labels));
  const zeros = zerosLike(labels);
  return {
    known: cast(known, "float32"),
    present: where(known, labels, zeros),
    absent: where(known, sub(1, labels), zeros),
    x: where(known, reshape(yPred, shape), zeros),
  };
}
