import { engine, type Tensor, type Variable, zerosLike } from "@tensorflow/tfjs-core";
import { gradientsOf } from "./gradientsOf.js";
import { type FormerState, inFormerState, noteState } from "./layerState.js";
import type { Segment } from "./segments.js";

/** What a segment takes. */
interface SegmentInputs {
  /** Values from before, in the order of the segment's inputs. */
  readonly values: readonly Tensor[];
  /** For each of them, whether it depends on a weight that learns. */
  readonly learned: readonly boolean[];
  /** Weights of the segment that learn. */
  readonly variables: readonly Variable[];
}

/** What TensorFlow.js's engine has for an operation with several results and a gradient; its types call it private. */
interface Operations {
  runKernelFunc(operation: {
    forwardFunc(backend: unknown, save: (tensors: Tensor[]) => void): Tensor[];
    backwardsFunc(slope: Tensor | Tensor[], saved: Tensor[]): Record<string, () => Tensor>;
    inputs: Record<string, Tensor>;
  }): Tensor[];
}

/**
 * A segment in training mode, as one operation that keeps nothing for the way back but its inputs and the state of its
 * layers, and computes itself again there.
 */
export function recomputed(segment: Segment, { values, learned, variables }: SegmentInputs): Tensor[] {
  let former: FormerState | undefined;
  return (engine() as unknown as Operations).runKernelFunc({
    inputs: numbered([...values, ...variables]),
    forwardFunc(_, save) {
      const whatChanged = noteState(segment.steps.map(({ layer }) => layer));
      const results = run(segment, values, true);
      former = whatChanged();
      save([...values, ...former.values]);
      return results;
    },
    backwardsFunc(slope, saved) {
      const slopes = Array.isArray(slope) ? slope : [slope];
      const kept = saved.slice(0, values.length);
      const state = { ...former!, values: saved.slice(values.length) };
      const gradients = (wanted: readonly Tensor[]) =>
        inFormerState(state, () => gradientsOf(() => run(segment, kept, false), wanted, slopes));
      // Inputs that no weight stands behind, such as images, are only asked for when a caller wants their gradient.
      const expected = [...kept.filter((_, i) => learned[i]), ...variables];
      const found = expected.length > 0 ? gradients(expected) : [];
      const gradient = (x: Tensor) => {
        const place = expected.indexOf(x);
        return (place === -1 ? gradients([x])[0] : found[place]) ?? zerosLike(x);
      };
      return numbered([...kept, ...variables].map((x) => () => gradient(x)));
    },
  });
}

/** The segment's outputs; `frees` disposes what it makes on the way as soon as no later step reads it. */
function run({ steps, inputs, outputs }: Segment, given: readonly Tensor[], frees: boolean): Tensor[] {
  const values = new Map(inputs.map((value, i) => [value, given[i]!]));
  const kept = new Set([...inputs, ...outputs]);
  const lastReader = new Map(steps.flatMap((step) => step.inputs.map((value) => [value, step])));
  for (const step of steps) {
    const taken = step.inputs.map((value) => values.get(value)!);
    const made = step.layer.apply(taken, { training: true }) as Tensor | Tensor[];
    const results = Array.isArray(made) ? made : [made];
    step.outputs.forEach((value, i) => {
      values.set(value, results[i]!);
    });
    if (!frees) continue;
    for (const value of step.inputs) {
      if (lastReader.get(value) === step && !kept.has(value)) values.get(value)!.dispose();
    }
  }
  return outputs.map((value) => values.get(value)!);
}

function numbered<Item>(items: readonly Item[]): Record<string, Item> {
  return Object.fromEntries(items.map((item, i) => [i, item]));
}
