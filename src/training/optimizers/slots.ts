import { type Tensor, tidy, type Variable, zerosLike } from "@tensorflow/tfjs-core";

/** What an optimizer keeps for a variable, as the optimizers of TensorFlow.js write it down. */
export interface Slot {
  /** The variable's name and what is kept. */
  readonly originalName: string;
  readonly variable: Variable;
}

/** Slots by the place of their variable among the gradients; none where nothing is kept of it yet. */
export type Slots = (Slot | undefined)[];

/** The slot at a place, which is made from the first value, zeros by default, when there is none yet. */
export function slotAt(
  slots: Slots,
  place: number,
  kind: string,
  { variable, first = () => zerosLike(variable) }: { variable: Variable; first?: () => Tensor },
): Variable {
  slots[place] ??= {
    originalName: `${variable.name}/${kind}`,
    variable: tidy(() => first().variable(false)),
  };
  return slots[place].variable;
}

/** Frees slots and empties the lists. */
export function disposeSlots(...lists: readonly Slots[]): void {
  for (const slots of lists) for (const slot of slots.splice(0)) slot?.variable.dispose();
}
