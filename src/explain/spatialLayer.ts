import { LayersModel, type layers, type SymbolicTensor } from "@tensorflow/tfjs-layers";
import { ModelError } from "../errors.js";

/**
 * The layer of this name, in the model or in a model nested in it; an outer layer goes before an inner one of the
 * same name.
 *
 * @throws ModelError when there is none, or when it does not compute one output [batch, height, width, channels]
 */
export function spatialLayerNamed(model: LayersModel, name: string): layers.Layer {
  const all = layersOf(model);
  const layer = all.find((candidate) => candidate.name === name);
  if (layer !== undefined && isSpatialLayer(layer)) return layer;
  const names = all.filter(isSpatialLayer).map((candidate) => candidate.name);
  const advice = `expected a layer that computes [batch, height, width, channels]: ${names.join(", ") || "there is none"}`;
  throw new ModelError(
    name,
    layer === undefined
      ? `model "${model.name}" has no layer "${name}"; ${advice}`
      : `layer "${name}" (${layer.getClassName()}) gives ${shapesOf(layer)}; ${advice}`,
  );
}

/**
 * The last layer with a spatial output on the way to a model's output: the first one met when walking from the output
 * back to the inputs, breadth first, through nested models too. The layer that computes the output itself (the head of a
 * segmentation is one) and maps of a single cell (pooling that keeps its axes) are passed over.
 *
 * @param output the model's output to start from
 * @throws ModelError when no such layer exists
 */
export function lastSpatialLayer(output: SymbolicTensor): layers.Layer {
  const layer = lastSpatialBefore(output, true);
  if (layer !== undefined) return layer;
  throw new ModelError(
    output.sourceLayer.name,
    `no layer before output "${output.sourceLayer.name}" computes [batch, height, width, channels]; ` +
      "there is no place to map",
  );
}

function lastSpatialBefore(output: SymbolicTensor, isHead: boolean): layers.Layer | undefined {
  const queue = new Set([output]);
  for (const tensor of queue) {
    const layer = tensor.sourceLayer;
    const passedOver = isHead && tensor === output;
    const found =
      layer instanceof LayersModel
        ? lastSpatialBefore(layer.outputs[tensor.outputTensorIndex ?? 0]!, passedOver)
        : !passedOver && isSpatialLayer(layer) && (tensor.shape[1] !== 1 || tensor.shape[2] !== 1)
          ? layer
          : undefined;
    if (found !== undefined) return found;
    for (const input of tensor.inputs) queue.add(input);
  }
  return undefined;
}

function layersOf(model: LayersModel): layers.Layer[] {
  const inner = model.layers.flatMap((layer) => (layer instanceof LayersModel ? layersOf(layer) : []));
  return [...model.layers, ...inner];
}

function isSpatialLayer(layer: layers.Layer): boolean {
  const outputs = outputsOf(layer);
  return layer.getClassName() !== "InputLayer" && outputs.length === 1 && outputs[0]!.rank === 4;
}

function shapesOf(layer: layers.Layer): string {
  return outputsOf(layer)
    .map(({ shape }) => `[${shape.map((extent) => extent ?? "batch").join(", ")}]`)
    .join(" and ");
}

function outputsOf(layer: layers.Layer): readonly SymbolicTensor[] {
  return layer.inboundNodes[0]?.outputTensors ?? [];
}
