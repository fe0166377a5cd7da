import {
  add,
  backend,
  div,
  mul,
  Optimizer,
  scalar,
  type serialization,
  sqrt,
  square,
  sub,
  type Tensor,
  tidy,
  type Variable,
} from "@tensorflow/tfjs-core";
import { assertAboveZero, assertAtLeastZero, assertBelowOne } from "../../losses/checks.js";
import { type Gradients, gradientList } from "./gradientList.js";
import { disposeSlots, type Slots, slotAt } from "./slots.js";

/** How {@link adamW} steps. */
export interface AdamWOptions {
  /** Length of a step, finite and at least 0; 1e-3 by default. */
  readonly learningRate?: number;
  /** Share of the mean of gradients that stays at a step, at least 0 and below 1; 0.9 by default. */
  readonly beta1?: number;
  /** Share of the mean of squared gradients that stays at a step, at least 0 and below 1; 0.999 by default. */
  readonly beta2?: number;
  /** Added to the root of the mean square, above 0; 1e-8 by default. Backends with 16-bit numbers need 1e-4. */
  readonly epsilon?: number;
  /** Share of a weight, times the learning rate, that a step takes off; finite and at least 0, 0.01 by default. */
  readonly weightDecay?: number;
  /**
   * Whether a variable decays, by its name and shape; all do by default, as in PyTorch. Biases and the scales of batch
   * normalisation are often spared: `(_, shape) => shape.length > 1`.
   */
  readonly decays?: (variableName: string, shape: readonly number[]) => boolean;
}

/** What the step of a variable changes, and by what. */
interface AdamUpdate {
  readonly variable: Variable;
  readonly gradient: Tensor;
  readonly first: Variable;
  readonly second: Variable;
  /** Factor of the variable before the step. */
  readonly kept: number;
}

/** What all variables have in common: learningRate / (1 - beta1^t) is `rate`, 1 / (1 - beta2^t) is `correction`. */
interface AdamSettings {
  readonly beta1: number;
  readonly beta2: number;
  readonly rate: number;
  readonly correction: number;
  readonly epsilon: number;
}

/** What the library's own backend offers: Adam's step where the values lie, in less memory; it says whether it did it. */
interface SteppingBackend {
  stepAdam?(updates: readonly AdamUpdate[], settings: AdamSettings): boolean;
}

/**
 * Adam with decoupled weight decay. At step t, from the gradient g of a weight w,
 *
 *     w = w - learningRate * weightDecay * w
 *     m = beta1 * m + (1 - beta1) * g
 *     v = beta2 * v + (1 - beta2) * g^2
 *     w = w - learningRate * (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon)
 *
 * t counts the optimizer's steps. A variable without a gradient in a step stays as it is, without decay. With `weightDecay` 0 it is Adam.
 *
 * Source: I. Loshchilov and F. Hutter, "Decoupled Weight Decay Regularization", ICLR 2019, in the form of PyTorch's
 * `torch.optim.AdamW`, whose defaults it has, epsilon 1e-8 among them; PyTorch counts t for
 * each variable, without the steps in which it has no gradient.
 *
 * @throws ArgumentError for an option outside its range; a step throws it for a gradient of an unknown variable
 */
export function adamW(options: AdamWOptions = {}): AdamW {
  return new AdamW(options);
}

/** The optimizer that {@link adamW} makes. `learningRate` may be set between steps. */
export class AdamW extends Optimizer {
  /** Name under which TensorFlow.js knows the class. */
  static readonly className = "AdamW";
  /** Length of the next step. */
  learningRate: number;
  /** As in {@link AdamWOptions}. */
  readonly beta1: number;
  /** As in {@link AdamWOptions}. */
  readonly beta2: number;
  /** As in {@link AdamWOptions}. */
  readonly epsilon: number;
  /** As in {@link AdamWOptions}. */
  readonly weightDecay: number;
  /** @internal */
  readonly accumulatedFirstMoment: Slots = [];
  /** @internal */
  readonly accumulatedSecondMoment: Slots = [];
  readonly #decays: NonNullable<AdamWOptions["decays"]>;

  constructor({
    learningRate = 1e-3,
    beta1 = 0.9,
    beta2 = 0.999,
    epsilon = 1e-8,
    weightDecay = 0.01,
    decays = () => true,
  }: AdamWOptions = {}) {
    super();
    assertAtLeastZero("learningRate", learningRate);
    assertBelowOne("beta1", beta1);
    assertBelowOne("beta2", beta2);
    assertAboveZero("epsilon", epsilon);
    assertAtLeastZero("weightDecay", weightDecay);
    this.learningRate = learningRate;
    this.beta1 = beta1;
    this.beta2 = beta2;
    this.epsilon = epsilon;
    this.weightDecay = weightDecay;
    this.#decays = decays;
    this.iterations_ = 0;
  }

  override applyGradients(variableGradients: Gradients): void {
    const step = this.iterations + 1;
    const { beta1, beta2, epsilon, learningRate } = this;
    const settings: AdamSettings = {
      beta1,
      beta2,
      epsilon,
      rate: learningRate / (1 - beta1 ** step),
      correction: 1 / (1 - beta2 ** step),
    };
    const updates = gradientList(variableGradients).flatMap(({ variable, gradient }, i): AdamUpdate[] => {
      const first = slotAt(this.accumulatedFirstMoment, i, "m", { variable });
      const second = slotAt(this.accumulatedSecondMoment, i, "v", { variable });
      if (gradient === undefined) return [];
      const decays = this.weightDecay > 0 && this.#decays(variable.name, variable.shape);
      return [{ variable, gradient, first, second, kept: decays ? 1 - learningRate * this.weightDecay : 1 }];
    });
    const stepped = (backend() as SteppingBackend).stepAdam?.(updates, settings) ?? false;
    if (!stepped) tidy(() => recordSteps(updates, settings));
    this.incrementIterations();
  }

  override getConfig(): serialization.ConfigDict {
    const { learningRate, beta1, beta2, epsilon, weightDecay } = this;
    return { learningRate, beta1, beta2, epsilon, weightDecay };
  }

  override dispose(): void {
    disposeSlots(this.accumulatedFirstMoment, this.accumulatedSecondMoment);
  }
}

/** One step of all variables as operations, few for each. What changes from step to step is a tensor. */
function recordSteps(updates: readonly AdamUpdate[], { rate, correction, ...settings }: AdamSettings): void {
  // sqrt(v / c) + epsilon = (sqrt(v) + epsilon * sqrt(c)) / sqrt(c), which saves an operation for each variable.
  const root = 1 / Math.sqrt(correction);
  const beta1 = scalar(settings.beta1);
  const rest1 = scalar(1 - settings.beta1);
  const beta2 = scalar(settings.beta2);
  const rest2 = scalar(1 - settings.beta2);
  const epsilon = scalar(settings.epsilon * root);
  const length = scalar(rate * root);
  for (const { variable, gradient, first, second, kept } of updates) {
    tidy(() => {
      const mean = add(mul(first, beta1), mul(gradient, rest1));
      const meanSquare = add(mul(second, beta2), mul(square(gradient), rest2));
      const change = mul(div(mean, add(sqrt(meanSquare), epsilon)), length);
      first.assign(mean);
      second.assign(meanSquare);
      variable.assign(sub(kept === 1 ? variable : mul(variable, scalar(kept)), change));
    });
  }
}
