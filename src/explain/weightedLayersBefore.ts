import { LayersModel, type layers, type SymbolicTensor } from "@tensorflow/tfjs-layers";
import { ModelError } from "../errors.js";
import { type WeightedLayer, weightedLayers } from "../models/weightedLayers.js";

/**
 * The layers with weights on the way to one output of a model, those of nested models included, in the model's order.
 *
 * @param head name of the output; the first by default
 * @throws ModelError for an unknown output
 */
export function weightedLayersBefore(model: LayersModel, head = model.outputNames[0]!): WeightedLayer[] {
  const output = model.outputs[model.outputNames.indexOf(head)];
  if (output === undefined) {
    throw new ModelError(
      head,
      `model "${model.name}" has no head "${head}"; it has ${model.outputNames.join(", ")}`,
    );
  }
  const reached = new Set<layers.Layer>();
  reach(output, reached);
  const found = weightedLayers(model).filter(({ layer }) => reached.has(layer));
  // A model that is applied twice stands twice among the layers.
  return found.filter(({ layer }, i) => found.findIndex((other) => other.layer === layer) === i);
}

function reach(output: SymbolicTensor, reached: Set<layers.Layer>): void {
  const queue = new Set([output]);
  for (const tensor of queue) {
    const layer = tensor.sourceLayer;
    reached.add(layer);
    if (layer instanceof LayersModel) reach(layer.outputs[tensor.outputTensorIndex ?? 0]!, reached);
    for (const input of tensor.inputs) queue.add(input);
  }
}
