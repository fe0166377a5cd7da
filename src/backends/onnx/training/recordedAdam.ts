import {
  add,
  div,
  mul,
  type Scalar,
  scalar,
  sqrt,
  square,
  sub,
  type Tensor,
  tidy,
  type Variable,
} from "@tensorflow/tfjs-core";
import type { AdamSettings } from "./adamStep.js";

/** What a step of Adam updates. */
export interface AdamVariables {
  readonly first: Variable;
  readonly second: Variable;
  readonly weights: Variable;
}

/**
 * The step of Adam as kernels, for weights that lie on a device. What changes from step to step is given to the graph as
 * numbers, so that all steps have one graph.
 */
export class RecordedAdam {
  private readonly numbers: Readonly<Record<keyof AdamSettings | "rest1" | "rest2", Scalar>>;

  constructor({ beta1, beta2, rate, correction, epsilon }: AdamSettings) {
    this.numbers = {
      beta1: scalar(beta1),
      rest1: scalar(1 - beta1),
      beta2: scalar(beta2),
      rest2: scalar(1 - beta2),
      rate: scalar(rate),
      correction: scalar(correction),
      epsilon: scalar(epsilon),
    };
  }

  /** Records the step of one weight. */
  step(gradient: Tensor, { first, second, weights }: AdamVariables): void {
    const { beta1, rest1, beta2, rest2, rate, correction, epsilon } = this.numbers;
    tidy(() => {
      const mean = add(mul(first, beta1), mul(gradient, rest1));
      const meanSquare = add(mul(second, beta2), mul(square(gradient), rest2));
      const direction = div(mean, add(sqrt(mul(meanSquare, correction)), epsilon));
      first.assign(mean);
      second.assign(meanSquare);
      weights.assign(sub(weights, mul(direction, rate)));
    });
  }

  /** Frees the numbers. */
  dispose(): void {
    for (const number of Object.values(this.numbers)) number.dispose();
  }
}
