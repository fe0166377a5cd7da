import type { LayersModel, layers } from "@tensorflow/tfjs-layers";

/** A layer with weights of its own, wherever in a model it stands. */
export interface WeightedLayer {
  /** Its name. */
  readonly name: string;
  /** Its name after those of the nested models that it stands in, joined by "/". */
  readonly path: string;
  /** The layer. */
  readonly layer: layers.Layer;
  /** Its weights in their order, each by its name inside the layer: kernel, bias, ... */
  readonly weights: readonly { readonly name: string; readonly variable: layers.Layer["weights"][number] }[];
}

/** The layers of a model that have weights, those of nested models included, in the model's order. */
export function weightedLayers(model: LayersModel, inside = ""): WeightedLayer[] {
  return model.layers.flatMap((layer) => {
    const path = `${inside}${layer.name}`;
    if (isModel(layer)) return weightedLayers(layer, `${path}/`);
    if (layer.weights.length === 0) return [];
    return [{ name: layer.name, path, layer, weights: namedWeights(layer) }];
  });
}

/** Whether a layer is batch normalisation, the library's frozen one too. */
export const isBatchNormalization = (layer: layers.Layer) =>
  layer.getClassName().endsWith("BatchNormalization");

const isModel = (layer: layers.Layer): layer is LayersModel =>
  Array.isArray((layer as Partial<LayersModel>).layers);

/** A weight's name is what follows the last slash; a second one of that name in a layer gets "_1", and so on. */
function namedWeights(layer: layers.Layer): WeightedLayer["weights"] {
  const seen = new Map<string, number>();
  return layer.weights.map((variable) => {
    const short = variable.originalName.slice(variable.originalName.lastIndexOf("/") + 1);
    const count = seen.get(short) ?? 0;
    seen.set(short, count + 1);
    return { name: count === 0 ? short : `${short}_${count}`, variable };
  });
}
