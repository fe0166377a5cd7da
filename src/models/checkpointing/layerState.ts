import { clone, dispose, type Tensor, type Variable } from "@tensorflow/tfjs-core";
import type { layers } from "@tensorflow/tfjs-layers";
import { innerLayers } from "../../layers/innerLayers.js";
import { SeededDropout } from "../../layers/seededDropout.js";

/** What a forward pass in training mode changed, as it was before. */
export interface FormerState {
  /** Weights that it wrote, such as moving statistics. */
  readonly variables: readonly Variable[];
  /** Their values before. */
  readonly values: readonly Tensor[];
  /** Dropout layers, and how many calls each had. */
  readonly calls: ReadonlyMap<SeededDropout, number>;
}

/** Notes the state of layers; the function that it returns tells, once they ran, what they changed. */
export function noteState(ran: readonly layers.Layer[]): () => FormerState {
  const variables = ran.flatMap((layer) =>
    layer.nonTrainableWeights.map((weight) => weight.read() as Variable),
  );
  const values = variables.map((variable) => clone<Tensor>(variable));
  const counting = ran.flatMap(withInner).filter((layer) => layer instanceof SeededDropout);
  const calls = new Map(counting.map((layer) => [layer, layer.calls]));
  return () => {
    const changed = variables.map(({ dataId }, i) => dataId !== values[i]!.dataId);
    return {
      variables: variables.filter((_, i) => changed[i]),
      values: values.filter((_, i) => changed[i]),
      calls,
    };
  };
}

/** A layer and those that it repeats, such as the one in a `timeDistributed`. */
function withInner(layer: layers.Layer): readonly layers.Layer[] {
  return [layer, ...innerLayers(layer).flatMap(withInner)];
}

/** Runs something in the former state, and puts the present one back on every way out. */
export function inFormerState<Result>(
  { variables, values, calls }: FormerState,
  action: () => Result,
): Result {
  const present = variables.map((variable) => clone<Tensor>(variable));
  const presentCalls = [...calls.keys()].map((layer) => [layer, layer.calls] as const);
  try {
    variables.forEach((variable, i) => {
      variable.assign(values[i]!);
    });
    for (const [layer, count] of calls) layer.calls = count;
    return action();
  } finally {
    variables.forEach((variable, i) => {
      variable.assign(present[i]!);
    });
    for (const [layer, count] of presentCalls) layer.calls = count;
    dispose(present);
  }
}
