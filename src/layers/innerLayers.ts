import { LayersModel, layers } from "@tensorflow/tfjs-layers";

/** The layers that a layer holds: those of a nested model, or the one that a wrapper repeats; none for the others. */
export function innerLayers(layer: layers.Layer): readonly layers.Layer[] {
  if (layer instanceof LayersModel) return layer.layers;
  const wrapped = (layer as layers.Layer & { readonly layer?: unknown }).layer;
  return wrapped instanceof layers.Layer ? [wrapped] : [];
}
