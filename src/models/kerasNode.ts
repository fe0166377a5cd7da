import { ModelError } from "../errors.js";
import { type Config, isConfig } from "./kerasValues.js";

/** One call of a layer in a configuration: Keras 2's list of tensors, or Keras 3's arguments. */
export type KerasNode = readonly unknown[] | Config;

/** Where a tensor comes from: layer, which of its calls, which of the call's outputs. */
export type TensorPlace = readonly [layer: string, call: number, output: number, options?: Config];

/**
 * One call of a layer in the form that TensorFlow.js reads.
 *
 * @param layer name of the layer that is called
 * @param shift what is added to the number of a call, by the layer's name, where Keras 3 wrote it
 * @throws ModelError for a call that TensorFlow.js cannot make
 */
export function kerasNode(
  node: KerasNode,
  layer: string,
  shift: (layer: string) => number,
): readonly TensorPlace[] {
  if (!isConfig(node)) return (typeof node[0] === "string" ? [node] : node) as readonly TensorPlace[];
  const args = Array.isArray(node.args) ? node.args : [];
  const extra = [...args.slice(1), ...Object.values(isConfig(node.kwargs) ? node.kwargs : {})];
  const places = tensorsIn(args[0], shift);
  if (places.length === 0 || extra.some((value) => tensorsIn(value, shift).length > 0)) {
    throw new ModelError(
      layer,
      `${layer}: is called with ${places.length === 0 ? "no tensor first" : "tensors beside the first argument"}, which TensorFlow.js's layers cannot take; use a merging layer such as Concatenate`,
    );
  }
  return places;
}

function tensorsIn(value: unknown, shift: (layer: string) => number): TensorPlace[] {
  if (Array.isArray(value)) return value.flatMap((item) => tensorsIn(item, shift));
  if (!isConfig(value) || !isConfig(value.config)) return [];
  const history = value.config.keras_history;
  if (value.class_name !== "__keras_tensor__" || !Array.isArray(history)) return [];
  const [layer, call, output] = history as [string, number, number];
  return [[layer, call + shift(layer), output, {}]];
}

/** The tensors that are a model's inputs or outputs: one, a list, or (Keras 3) named ones in their order. */
export function tensorPlaces(value: unknown, shift: (layer: string) => number): TensorPlace[] {
  if (isConfig(value)) return Object.values(value).flatMap((item) => tensorPlaces(item, shift));
  if (!Array.isArray(value)) return [];
  const [layer, call, output] = value as readonly unknown[];
  if (typeof layer === "string" && typeof call === "number") {
    return [[layer, call + shift(layer), Number(output)]];
  }
  return value.flatMap((item) => tensorPlaces(item, shift));
}
