import type { layers, SymbolicTensor } from "@tensorflow/tfjs-layers";

/** A layer's one output on symbolic input, when a graph is built. */
export function applyLayer(layer: layers.Layer, input: SymbolicTensor | SymbolicTensor[]): SymbolicTensor {
  return layer.apply(input) as SymbolicTensor;
}
