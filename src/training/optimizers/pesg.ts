import {
  add,
  clipByValue,
  clone,
  mul,
  Optimizer,
  type Scalar,
  scalar,
  type serialization,
  sub,
  type Tensor,
  tidy,
  type Variable,
  zerosLike,
} from "@tensorflow/tfjs-core";
import { ArgumentError } from "../../errors.js";
import type { AucMarginLoss } from "../../losses/aucMarginLoss.js";
import { assertAboveZero, assertAtLeastZero, assertFraction, assertOption } from "../../losses/checks.js";
import { type Gradients, gradientList } from "./gradientList.js";
import { disposeSlots, type Slots, slotAt } from "./slots.js";

/** How {@link pesg} steps. */
export interface PesgOptions {
  /** The loss whose variables are trained: its a and b with the weights, its alpha against them. */
  readonly loss: AucMarginLoss;
  /** Length of a step, finite and at least 0; 0.1 by default. */
  readonly learningRate?: number;
  /**
   * Share of the newest gradient in the running mean that a step follows, at least 0 and at most 1; 0.9 by default. This
   * is LibAUC's use of the word: 0 and 1 both follow the newest gradient alone.
   */
  readonly momentum?: number;
  /** Each number of a gradient is cut to this size, above 0; 1 by default. */
  readonly clipValue?: number;
  /** Pull towards 0, finite and at least 0; 1e-5 by default. */
  readonly weightDecay?: number;
  /** Pull towards the reference weights, finite and at least 0; 2e-3 by default. 0 keeps no reference. */
  readonly epochDecay?: number;
  /**
   * What alpha climbs: "running-means", the default, is 2 (margin + b - a) - 2 alpha, with the new a and b, as LibAUC's
   * code has it; "gradient" is the gradient of the batch's loss, as in the paper.
   */
  readonly ascent?: "running-means" | "gradient";
}

/**
 * Proximal epoch stochastic gradient, the optimizer of `aucMarginLoss`: descent in the model's weights, in a and in b,
 * ascent in alpha. At each step, from the gradient g of a weight w with the reference r,
 *
 *     d = clip(g, -clipValue, clipValue) + epochDecay * (w - r) + weightDecay * w
 *     u = d at the first step, then (1 - momentum) * u + momentum * d
 *     w = w - learningRate * u
 *     alpha = clip(alpha + learningRate * ascent, 0, 999)
 *
 * alpha is moved last. A variable without a gradient stays as it is. The reference is at first the weights before the
 * first step, and from the end of a stage ({@link Pesg.endStage}) on their mean over that stage.
 *
 * Source: Z. Yuan et al., "Large-scale Robust Deep AUC Maximization", ICCV 2021, and LibAUC's `PESG` in its mode "sgd".
 * LibAUC draws the first reference from a normal distribution of deviation 0.01, whatever the weights are; the paper, and
 * this, start from the weights.
 *
 * @throws ArgumentError for an option outside its range; a step throws it when the gradients of the loss's variables are
 * not among those given, or a gradient is that of an unknown variable
 */
export function pesg(options: PesgOptions): Pesg {
  return new Pesg(options);
}

/** The optimizer that {@link pesg} makes. `learningRate` may be set between steps. */
export class Pesg extends Optimizer {
  /** Name under which TensorFlow.js knows the class. */
  static readonly className = "PESG";
  /** Length of the next step. */
  learningRate: number;
  /** As in {@link PesgOptions}. */
  readonly momentum: number;
  /** As in {@link PesgOptions}. */
  readonly clipValue: number;
  /** As in {@link PesgOptions}. */
  readonly weightDecay: number;
  /** As in {@link PesgOptions}. */
  readonly epochDecay: number;
  /** Steps since the last stage ended. */
  stageSteps = 0;
  /** @internal */
  readonly accumulatedGradient: Slots = [];
  /** @internal */
  readonly referenceWeights: Slots = [];
  /** @internal */
  readonly weightSums: Slots = [];
  readonly #loss: AucMarginLoss;
  readonly #ascent: NonNullable<PesgOptions["ascent"]>;

  constructor({
    loss,
    learningRate = 0.1,
    momentum = 0.9,
    clipValue = 1,
    weightDecay = 1e-5,
    epochDecay = 2e-3,
    ascent = "running-means",
  }: PesgOptions) {
    super();
    assertAtLeastZero("learningRate", learningRate);
    assertFraction("momentum", momentum);
    assertAboveZero("clipValue", clipValue);
    assertAtLeastZero("weightDecay", weightDecay);
    assertAtLeastZero("epochDecay", epochDecay);
    const known = ascent === "running-means" || ascent === "gradient";
    assertOption("ascent", ascent, known, '"running-means" or "gradient"');
    this.#loss = loss;
    this.#ascent = ascent;
    this.learningRate = learningRate;
    this.momentum = momentum;
    this.clipValue = clipValue;
    this.weightDecay = weightDecay;
    this.epochDecay = epochDecay;
    this.iterations_ = 0;
  }

  override applyGradients(variableGradients: Gradients): void {
    const list = gradientList(variableGradients);
    const { alpha, variables } = this.#loss;
    const missing = variables.find((own) => !list.some(({ variable }) => variable === own));
    if (missing) {
      throw new ArgumentError(
        "variableGradients",
        `lacks "${missing.name}" of the loss that the optimizer was made for; train loss.variables with the weights`,
      );
    }
    tidy(() => {
      const numbers = {
        rate: scalar(this.learningRate),
        decay: scalar(this.epochDecay + this.weightDecay),
        epochDecay: scalar(this.epochDecay),
        momentum: scalar(this.momentum),
        rest: scalar(1 - this.momentum),
      };
      list.forEach(({ variable, gradient }, place) => {
        if (variable !== alpha) tidy(() => this.descend(variable, gradient, place, numbers));
      });
      const climb = list.find(({ variable }) => variable === alpha)?.gradient;
      if (climb) this.climb(climb, numbers.rate);
    });
    this.stageSteps++;
    this.incrementIterations();
  }

  /**
   * Ends a stage: the mean of the weights over its steps becomes the reference, and the learning rate is divided.
   * LibAUC's `update_regularizer(decay_factor=divisor)`. A stage without a step leaves the reference as it is. A
   * `learningRate` given to `fit` sets the rate anew in each epoch; leave it out to keep the divided one.
   *
   * @param divisor of the learning rate, above 0; 1, the default, leaves it as it is. The authors divide by 10
   * @throws ArgumentError for another divisor
   */
  endStage(divisor = 1): void {
    if (!(divisor > 0 && Number.isFinite(divisor))) {
      throw new ArgumentError("divisor", `is ${divisor}; expected a finite number above 0`);
    }
    this.learningRate /= divisor;
    if (this.stageSteps === 0) return;
    tidy(() => {
      const share = scalar(1 / this.stageSteps);
      this.weightSums.forEach((slot, place) => {
        if (slot === undefined) return;
        this.referenceWeights[place]!.variable.assign(mul(slot.variable, share));
        slot.variable.assign(zerosLike(slot.variable));
      });
    });
    this.stageSteps = 0;
  }

  override getConfig(): serialization.ConfigDict {
    const { learningRate, momentum, clipValue, weightDecay, epochDecay } = this;
    return { learningRate, momentum, clipValue, weightDecay, epochDecay };
  }

  override dispose(): void {
    disposeSlots(this.accumulatedGradient, this.referenceWeights, this.weightSums);
  }

  private descend(
    variable: Variable,
    gradient: Tensor | undefined,
    place: number,
    numbers: Readonly<Record<"rate" | "decay" | "epochDecay" | "momentum" | "rest", Scalar>>,
  ): void {
    const pulled = this.epochDecay > 0;
    const first = () => clone(variable);
    const reference = pulled && slotAt(this.referenceWeights, place, "reference", { variable, first });
    if (gradient !== undefined) {
      let direction = add(
        clipByValue(gradient, -this.clipValue, this.clipValue),
        mul(variable, numbers.decay),
      );
      if (reference) direction = sub(direction, mul(reference, numbers.epochDecay));
      direction = this.average(variable, direction, place, numbers);
      variable.assign(sub(variable, mul(direction, numbers.rate)));
    }
    if (!pulled) return;
    const sum = slotAt(this.weightSums, place, "sum", { variable });
    sum.assign(add(sum, variable));
  }

  /** The running mean of directions, which starts with the first. */
  private average(
    variable: Variable,
    direction: Tensor,
    place: number,
    { momentum, rest }: Readonly<Record<"momentum" | "rest", Scalar>>,
  ): Tensor {
    if (this.momentum === 0 || this.momentum === 1) return direction;
    const slots = this.accumulatedGradient;
    if (slots[place] === undefined) {
      return slotAt(slots, place, "momentum", { variable, first: () => clone(direction) });
    }
    const mean = slots[place].variable;
    mean.assign(add(mul(mean, rest), mul(direction, momentum)));
    return mean;
  }

  private climb(gradient: Tensor, rate: Scalar): void {
    const { alpha, margin, a, b } = this.#loss;
    const slope = this.#ascent === "gradient" ? gradient : mul(sub(add(sub(b, a), margin), alpha), 2);
    alpha.assign(clipByValue(add(alpha, mul(slope, rate)), 0, 999));
  }
}
