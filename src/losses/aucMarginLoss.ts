import {
  add,
  cast,
  div,
  engine,
  greater,
  logicalAnd,
  maximum,
  mul,
  scalar,
  sigmoid,
  square,
  sub,
  sum,
  type Tensor,
  tensor1d,
  tidy,
  type Variable,
  variable,
  where,
  zeros,
} from "@tensorflow/tfjs-core";
import { ArgumentError } from "../errors.js";
import { assertAboveZero, assertFraction, assertOption, checkedClasses } from "./checks.js";
import { type KnownCells, knownCells } from "./knownCells.js";
import type { Loss } from "./loss.js";
import { assertReduction, type LossReduction, reduceClasses } from "./reduceClasses.js";

/** How {@link aucMarginLoss} compares, weighs and adds up. */
export interface AucMarginLossOptions {
  /** How many classes predictions have; a whole number of at least 1. */
  readonly classCount: number;
  /** By how much present samples ought to score above absent ones, above 0; 1 by default. */
  readonly margin?: number;
  /**
   * "v1", the default, weighs the two sides by how frequent they are, so that the loss of a batch is an unbiased estimate
   * of that of the set; "v2" takes the plain means of both, for batches drawn so that both sides are in them.
   */
  readonly version?: "v1" | "v2";
  /** For "v1": frequency of presence of each class in the training set, from 0 to 1; each batch's own by default. */
  readonly positiveFraction?: ArrayLike<number>;
  /** Whether predictions are logits (the default, as the library's heads give) or probabilities. */
  readonly fromLogits?: boolean;
  /** How the losses of the classes become one; "mean", the default here as in LibAUC, or "sum-over-classes". */
  readonly reduction?: LossReduction;
}

/** A loss with variables of its own, some of which are to make it large: see {@link aucMarginLoss}. */
export interface AucMarginLoss extends Loss {
  /** `a`, `b`, `alpha`; all are to be trained. */
  readonly variables: readonly Variable[];
  /** The margin. */
  readonly margin: number;
  /** Shape [classes]: follows the mean score of present samples; makes the loss small. */
  readonly a: Variable;
  /** Shape [classes]: follows the mean score of absent samples; makes the loss small. */
  readonly b: Variable;
  /** Shape [classes], at least 0: makes the loss large. */
  readonly alpha: Variable;
  /** Frees the variables; the loss is of no use afterwards. */
  dispose(): void;
}

/**
 * AUC margin loss: a min-max problem whose solution makes the area under the ROC curve of each class large. With the
 * scores h = sigmoid(logit) and, for one class, E+ and E- the means over the known present and absent samples, "v2" is
 *
 *     E+[(h - a)^2] + E-[(h - b)^2] + 2 alpha (margin + E-[h] - E+[h]) - alpha^2
 *
 * to be made small in the model's weights, a and b, and large in alpha >= 0. "v1" has, with the frequency of presence p
 * and means E over all known samples,
 *
 *     (1 - p) E[(h - a)^2 y] + p E[(h - b)^2 (1 - y)]
 *         + 2 alpha (p (1 - p) margin + E[p h (1 - y) - (1 - p) h y]) - p (1 - p) alpha^2
 *
 * which, where p is the batch's own, is p (1 - p) times "v2".
 *
 * It needs an optimizer that climbs in alpha: `pesg({ loss })`. Any other one walks alpha the wrong way. a, b and alpha
 * start at 0. As AUC knows no scale, the scores it gives are no probabilities; calibrate them, and start from weights
 * trained with a cross-entropy, as the authors advise.
 *
 * Labels are 1, 0, NaN (unknown) or a fraction between 0 and 1, which counts on both sides. An unknown label counts
 * nowhere, and the gradient of its prediction is 0, whatever that prediction is. A class that lacks a side in the batch
 * gives 0, with a gradient of 0, but with `positiveFraction`, where the side that is there counts. "mean" is over the
 * classes with a known sample for "v1", with both sides for "v2". When no class is there, and for an empty batch, the
 * loss is 0.
 *
 * Source: Z. Yuan et al., "Large-scale Robust Deep AUC Maximization", ICCV 2021; LibAUC's `AUCMLoss` and, for several
 * classes, `MultiLabelAUCMLoss`, which takes sigmoids in. The latter leaves the margin out of "v1", an oversight that
 * shows for margins other than 1; LibAUC recomputes p on every batch even when one is given, and gives NaN for "v2" where
 * a side is missing.
 *
 * @returns a function of labels and predictions, both of shape [batch, ..., classes], with its variables; call `dispose`
 * when done
 * @throws ArgumentError for an option outside its range; the returned function throws it when labels and predictions
 * differ in shape or have another number of classes
 */
export function aucMarginLoss(options: AucMarginLossOptions): AucMarginLoss {
  const { classCount, margin = 1, version = "v1", fromLogits = true, reduction = "mean" } = options;
  assertOption(
    "classCount",
    classCount,
    Number.isInteger(classCount) && classCount >= 1,
    "a whole number of at least 1",
  );
  assertAboveZero("margin", margin);
  assertOption("version", version, version === "v1" || version === "v2", '"v1" or "v2"');
  assertReduction(reduction);
  const fraction = checkedFractions(options);
  const [a, b, alpha] = variables(["a", "b", "alpha"], classCount) as [Variable, Variable, Variable];

  const compute: Loss = (yTrue, yPred) =>
    tidy(() => {
      const own = checkedClasses(yTrue, yPred);
      if (own !== classCount) {
        throw new ArgumentError(
          "yPred",
          `has ${own} classes (shape [${yPred.shape}]); expected options.classCount = ${classCount}`,
        );
      }
      const rows = yTrue.size / classCount;
      if (rows === 0) return scalar(0);
      const cells = knownCells(yTrue, yPred, [rows, classCount]);
      const { present, absent, x } = cells;
      const h = fromLogits ? sigmoid(x) : x;
      const { onPresent, onAbsent, once, counts } = version === "v1" ? v1(cells, fraction) : v2(cells);
      const spread = add(
        mul(onPresent, sum(mul(square(sub(h, a)), present), 0)),
        mul(onAbsent, sum(mul(square(sub(h, b)), absent), 0)),
      );
      const gap = sub(mul(onAbsent, sum(mul(h, absent), 0)), mul(onPresent, sum(mul(h, present), 0)));
      const climb = sub(mul(mul(alpha, 2), add(mul(once, margin), gap)), mul(once, square(alpha)));
      return reduceClasses(add(spread, climb), counts, reduction);
    });

  return Object.assign((yTrue: Tensor, yPred: Tensor) => compute(yTrue, yPred), {
    variables: [a, b, alpha],
    optimizer: "PESG",
    margin,
    a,
    b,
    alpha,
    dispose() {
      for (const own of [a, b, alpha]) own.dispose();
    },
  });
}

/** Factors by class, of the sums over present and absent samples and of what comes once; and which classes count. */
interface Factors {
  readonly onPresent: Tensor;
  readonly onAbsent: Tensor;
  readonly once: Tensor;
  readonly counts: Tensor;
}

function v1({ known, present }: KnownCells, fraction: Float32Array | undefined): Factors {
  const counts = sum(known, 0);
  const divisor = maximum(counts, 1);
  const p = fraction ? tensor1d(fraction) : div(sum(present, 0), divisor);
  const q = sub(1, p);
  const anything = cast(greater(counts, 0), "float32");
  return { onPresent: div(q, divisor), onAbsent: div(p, divisor), once: mul(mul(p, q), anything), counts };
}

function v2({ present, absent }: KnownCells): Factors {
  const [presentCount, absentCount] = [sum(present, 0), sum(absent, 0)];
  const both = logicalAnd(greater(presentCount, 0), greater(absentCount, 0));
  const once = cast(both, "float32");
  return {
    onPresent: div(once, where(both, presentCount, 1)),
    onAbsent: div(once, where(both, absentCount, 1)),
    once,
    counts: once,
  };
}

function checkedFractions({ positiveFraction, classCount, version }: AucMarginLossOptions) {
  if (positiveFraction === undefined) return undefined;
  const used = version !== "v2" && positiveFraction.length === classCount;
  assertOption(
    "positiveFraction",
    `of length ${positiveFraction.length}`,
    used,
    `one number for each of ${classCount} classes, and version "v1"`,
  );
  return Float32Array.from(positiveFraction, (fraction, c) => {
    assertFraction(`positiveFraction[${c}]`, fraction);
    return fraction;
  });
}

/** Variables at 0 under the first free names "aucMarginLoss/...", "aucMarginLoss_1/...", and so on. */
function variables(names: readonly string[], classes: number): Variable[] {
  const taken = engine().registeredVariables;
  let prefix = "aucMarginLoss";
  for (let n = 1; names.some((name) => `${prefix}/${name}` in taken); n++) prefix = `aucMarginLoss_${n}`;
  return tidy(() => names.map((name) => variable(zeros([classes]), true, `${prefix}/${name}`)));
}
