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
import { adamStep } from "./adamStep.js";
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

/**
 * TensorFlow.js's step of Adam, on the values where they lie: on the processor not as a graph, as that moves each weight
 * through it once. All that is recorded has to have run.
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
  const recorded = backend.keepsValues ? new RecordedAdam(settings) : undefined;
  list.forEach(({ name, tensor }, i) => {
    const variable = engine().registeredVariables[name]!;
    const slot = (moment: string) => ({
      originalName: `${name}/${moment}`,
      variable: tidy(() => zeros(variable.shape).variable(false)),
    });
    state.accumulatedFirstMoment[i] ??= slot("m");
    state.accumulatedSecondMoment[i] ??= slot("v");
    if (tensor == null) return;
    const first = state.accumulatedFirstMoment[i].variable;
    const second = state.accumulatedSecondMoment[i].variable;
    if (recorded) {
      recorded.step(tensor, { first, second, weights: variable });
      return;
    }
    const gradient = backend.computed(tensor) as Float32Array;
    const [m, v, weights] = [first, second, variable].map((updated) => backend.writable(updated));
    adamStep(
      gradient,
      { first: m as Float32Array, second: v as Float32Array, weights: weights as Float32Array },
      settings,
    );
  });
  if (recorded) {
    recorded.dispose();
    backend.evaluate();
  }
  tidy(() => {
    accBeta1.assign(scalar(power1! * beta1));
    accBeta2.assign(scalar(power2! * beta2));
  });
  state.incrementIterations();
}
