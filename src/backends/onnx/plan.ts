import { BackendError } from "../../errors.js";
import type { Plan } from "./compile.js";
import type { Recorded } from "./recorded.js";

/** A plan and what tells it from others. */
export interface SignedPlan extends Plan {
  /** Equal for plans whose graphs are equal but for the values of their leaves. */
  readonly signature: string;
  /** Where the inputs of each value stand, one value after the other, and then the targets: leaves count down from -1. */
  readonly places: readonly number[];
  /** How often each leaf is used. */
  readonly uses: readonly number[];
}

/** Finds what has to be computed for `targets`, and in which order: what is used comes first. */
export function planFor(targets: readonly Recorded[]): SignedPlan {
  const order: Recorded[] = [];
  const leaves: Recorded[] = [];
  const uses: number[] = [];
  // Leaves count down from -1, computed values up from 0.
  const places = new Map<Recorded, number>();
  const stack: { readonly node: Recorded; next: number }[] = [];
  const visit = (node: Recorded): void => {
    if (places.has(node)) return;
    if (node.isThere) {
      places.set(node, -1 - leaves.length);
      leaves.push(node);
      uses.push(0);
    } else if (node.recipe === undefined) {
      throw new BackendError(
        "onnx",
        `a value ${node.dtype} [${node.shape}] was lost in a run that failed; compute it once more`,
      );
    } else stack.push({ node, next: 0 });
  };
  for (const target of targets) {
    visit(target);
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const { inputs } = top.node.recipe!;
      if (places.has(top.node)) stack.pop();
      else if (top.next < inputs.length) visit(inputs[top.next++]!);
      else {
        places.set(top.node, order.length);
        order.push(top.node);
        stack.pop();
      }
    }
  }
  const placed: number[] = [];
  for (const node of order) {
    for (const input of node.recipe!.inputs) {
      const place = places.get(input)!;
      placed.push(place);
      if (place < 0) uses[-1 - place]!++;
    }
  }
  for (const target of targets) placed.push(places.get(target)!);
  const keys = order.map(({ key }) => key);
  const leafKeys = leaves.map(({ kind }) => kind);
  return { order, leaves, targets, places: placed, uses, signature: [keys, leafKeys, placed].join("|") };
}
