import type { layers } from "@tensorflow/tfjs-layers";
import type { StoredTensor } from "./assignWeights.js";

/**
 * The kernel of a network's first convolution, turned from three input channels into one (their sum) or from one into
 * three (a third each); undefined where there is nothing to turn.
 */
export function stemKernel(
  layer: layers.Layer,
  weight: string,
  { shape: stored, values, name }: StoredTensor,
  wanted: readonly number[],
): (StoredTensor & { readonly converted: string }) | undefined {
  if (layer.getClassName() !== "Conv2D" || weight !== "kernel" || stored.length !== 4) return undefined;
  const differs = stored.map((extent, axis) => extent !== wanted[axis]);
  if (differs[0] || differs[1] || !differs[2] || differs[3]) return undefined;
  const [from, to] = [stored[2]!, wanted[2]!];
  if (!(from === 3 && to === 1) && !(from === 1 && to === 3)) return undefined;
  if (!readsImage(layer)) return undefined;

  const filters = stored[3]!;
  const places = stored[0]! * stored[1]!;
  const turned = new Float32Array(places * to * filters);
  for (let place = 0; place < places; place++) {
    for (let filter = 0; filter < filters; filter++) {
      let sum = 0;
      for (let channel = 0; channel < from; channel++) {
        sum += values[(place * from + channel) * filters + filter]!;
      }
      for (let channel = 0; channel < to; channel++) {
        turned[(place * to + channel) * filters + filter] = sum / to;
      }
    }
  }
  const converted =
    to === 1 ? "summed over its 3 input channels" : "divided by 3 and repeated for 3 input channels";
  return { shape: wanted, values: turned, name, converted };
}

/** Whether only layers without weights stand between a model's input and this layer. */
function readsImage(layer: layers.Layer): boolean {
  return layer.inboundNodes.every(({ inboundLayers }) =>
    inboundLayers.every((before) => before.weights.length === 0 && readsImage(before)),
  );
}
