import {
  type AdamOptimizer,
  engine,
  type Optimizer,
  scalar,
  type Tensor,
  tidy,
  type Variable,
  zeros,
} from "@tensorflow/tfjs-core";
import type { OnnxBackend } from "../backend.js";
import { type AdamSettings, adamStep } from "./adamStep.js";
import { RecordedAdam } from "./recordedAdam.js";

type Gradients = Parameters<Optimizer["applyGradients"]>[0];

/** What TensorFlow.js's Adam keeps, which its type hides. */
interface AdamState {
  learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly accBeta1: Variable;
  readonly accBeta2: Variable;
  readonly accumulatedFirstMoment: { readonly originalName: string; readonly variable: Variable }[];
  readonly accumulatedSecondMoment: { readonly originalName: string; readonly variable: Variable }[];
  incrementIterations(): void;
}

/** What Adam's step changes for one variable. */
export interface AdamUpdate {
  readonly variable: Variable;
  readonly gradient: Tensor;
  /** Mean of gradients. */
  readonly first: Variable;
  /** Mean of squared gradients. */
  readonly second: Variable;
  /** Factor of the variable before the step, which weight decay makes smaller than 1; 1 by default. */
  readonly kept?: number;
}

/**
 * Adam's step on the values where they lie, which moves each weight through the processor once; a graph would hold all of
 * them several times.
 *
 * @returns whether it was done: not where values lie on a device
 */
export function stepAdam(
  backend: OnnxBackend,
  updates: readonly AdamUpdate[],
  settings: AdamSettings,
): boolean {
  if (backend.keepsValues) return false;
  backend.evaluate();
  for (const { variable, gradient, first, second, kept = 1 } of updates) {
    const values = backend.computed(gradient) as Float32Array;
    const [m, v, weights] = [first, second, variable].map(
      (updated) => backend.writable(updated) as Float32Array,
    );
    if (kept !== 1) for (let i = 0; i < weights!.length; i++) weights![i]! *= kept;
    adamStep(values, { first: m!, second: v!, weights: weights! }, settings);
  }
  return true;
}

/**
 * TensorFlow.js's step of Adam, by {@link stepAdam} or as a graph. All that is recorded has to have run.
 */
export function applyAdam(optimizer: AdamOptimizer, gradients: Gradients, backend: OnnxBackend): void {
  const state = optimizer as unknown as AdamState;
  const { learningRate, beta1, beta2, epsilon, accBeta1, accBeta2 } = state;
  const [power1, power2] = [accBeta1, accBeta2].map(
    (power) => (backend.readSync(power.dataId) as Float32Array)[0]!,
  );
  const settings = {
    beta1,
    beta2,
    rate: learningRate / (1 - power1!),
    correction: 1 / (1 - power2!),
    epsilon,
  };
  const list = Array.isArray(gradients)
    ? gradients
    : Object.entries(gradients).map(([name, tensor]) => ({ name, tensor: tensor as Tensor }));
  const updates = list.flatMap(({ name, tensor }, i): AdamUpdate[] => {
    const variable = engine().registeredVariables[name]!;
    const slot = (moment: string) => ({
      originalName: `${name}/${moment}`,
      variable: tidy(() => zeros(variable.shape).variable(false)),
    });
    state.accumulatedFirstMoment[i] ??= slot("m");
    state.accumulatedSecondMoment[i] ??= slot("v");
    if (tensor == null) return [];
    const first = state.accumulatedFirstMoment[i].variable;
    const second = state.accumulatedSecondMoment[i].variable;
    return [{ variable, gradient: tensor, first, second }];
  });
  if (!stepAdam(backend, updates, settings)) {
    const recorded = new RecordedAdam(settings);
    for (const { variable: weights, gradient, first, second } of updates) {
      recorded.step(gradient, { first, second, weights });
    }
    recorded.dispose();
    backend.evaluate();
  }
  tidy(() => {
    accBeta1.assign(scalar(power1! * beta1));
    accBeta2.assign(scalar(power2! * beta2));
  });
  state.incrementIterations();
}
