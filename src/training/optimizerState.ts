import { dispose, keep, type Optimizer, Tensor, Variable, variable } from "@tensorflow/tfjs-core";

/** An optimizer's slot for one variable, as all optimizers of TensorFlow.js and of this library keep them. */
interface Slot {
  readonly originalName: string;
  readonly variable: Variable;
}

/** All that an optimizer remembers. */
export interface OptimizerState {
  /** Its numbers, such as the learning rate and the count of steps. */
  readonly numbers: Readonly<Record<string, number>>;
  /** Names of its slots, by the property that lists them; null where there is none yet. */
  readonly slots: Readonly<Record<string, readonly (string | null)[]>>;
  /** Its tensors: by property, those of slots by "property/position". */
  readonly tensors: ReadonlyMap<string, Tensor>;
}

/**
 * What an optimizer remembers, read from its own properties: TensorFlow.js's getWeights leaves out Adam's products of
 * betas, and computes them anew, not to the last bit. The tensors stay the optimizer's.
 */
export function optimizerState(optimizer: Optimizer): OptimizerState {
  const numbers: Record<string, number> = {};
  const slots: Record<string, (string | null)[]> = {};
  const tensors = new Map<string, Tensor>();
  for (const [property, value] of Object.entries(optimizer)) {
    if (typeof value === "number") numbers[property] = value;
    else if (value instanceof Tensor) tensors.set(property, value);
    else if (isSlots(value)) {
      slots[property] = Array.from(value, (slot) => slot?.originalName ?? null);
      value.forEach((slot, i) => {
        if (slot) tensors.set(`${property}/${i}`, slot.variable);
      });
    }
  }
  return { numbers, slots, tensors };
}

/** Makes an optimizer remember what another one of its class did. The tensors stay the caller's. */
export function restoreOptimizer(optimizer: Optimizer, { numbers, slots, tensors }: OptimizerState): void {
  const own = optimizer as unknown as Record<string, unknown>;
  Object.assign(own, numbers);
  for (const [property, names] of Object.entries(slots)) {
    if (isSlots(own[property])) dispose(own[property].flatMap((slot) => (slot ? [slot.variable] : [])));
    own[property] = names.map((originalName, i) =>
      originalName === null
        ? undefined
        : { originalName, variable: variable(tensors.get(`${property}/${i}`)!, false) },
    );
  }
  for (const [property, tensor] of tensors) {
    const present = own[property];
    if (present instanceof Variable) present.assign(tensor);
    else if (present instanceof Tensor) {
      present.dispose();
      own[property] = keep(tensor.clone());
    }
  }
}

function isSlots(value: unknown): value is (Slot | undefined)[] {
  return Array.isArray(value) && value.every((slot) => slot == null || slot.variable instanceof Variable);
}
