import { ones, type Tensor, zeros } from "@tensorflow/tfjs-core";
import type { LayersModel, layers } from "@tensorflow/tfjs-layers";
import { innerLayers } from "./innerLayers.js";

/** A variable of a layer. */
interface LayerVariable {
  readonly shape: readonly (number | null)[];
  read(): Tensor;
}

/** What is used of TensorFlow.js's layer, whose type is not exported. */
interface BatchNormalization extends layers.Layer {
  readonly gamma?: LayerVariable | null;
  readonly beta?: LayerVariable | null;
  readonly movingMean: LayerVariable;
}

/** The models around each layer that was changed: setting `trainable` of one of them reaches no layer in it. */
const modelsAround = new WeakMap<layers.Layer, Set<layers.Layer>>();

/**
 * Makes all batch normalisation of a model, and of the models nested in it, follow Keras's rule for `trainable`: a layer
 * whose own `trainable` is false, or which stands in a model whose `trainable` is false, normalises by its moving
 * statistics and leaves them as they are, in training too. TensorFlow.js itself keeps gamma and beta, but normalises by
 * the batch's statistics and goes on averaging them.
 *
 * Layers are asked at each call, so that setting `trainable` later, either way, takes effect at once. Those that train
 * compute what they did before; with `scale` or `center` false, where TensorFlow.js throws in training, they train with
 * gamma 1 or beta 0.
 *
 * Only layers of this model change, and nothing of what is saved: call it again on a model that was loaded. A second call
 * on one model has no effect, but finds layers that were added since.
 *
 * Source: Keras, "Transfer learning & fine-tuning", on `BatchNormalization` with `trainable = False`.
 */
export function honourTrainable(model: LayersModel): void {
  visit(model, []);
}

function visit(layer: layers.Layer, around: readonly layers.Layer[]): void {
  if (layer.getClassName() === "BatchNormalization") {
    const known = modelsAround.get(layer);
    const models = known ?? new Set();
    for (const outer of around) models.add(outer);
    if (known !== undefined) return;
    modelsAround.set(layer, models);
    follow(layer as BatchNormalization, models);
  }
  for (const inner of innerLayers(layer)) visit(inner, [...around, layer]);
}

function follow(layer: BatchNormalization, models: ReadonlySet<layers.Layer>): void {
  // Asked at each call, as backends put kernels of their own into the class.
  const call: layers.Layer["call"] = (...args) => Object.getPrototypeOf(layer).call.apply(layer, args);
  const trains = () => layer.trainable && [...models].every(({ trainable }) => trainable);
  layer.call = (inputs, options) => {
    if (!options.training) return call(inputs, options);
    if (!trains()) return call(inputs, { ...options, training: false });
    if (layer.gamma && layer.beta) return call(inputs, options);
    return Object.getPrototypeOf(layer).call.call(withConstants(layer), inputs, options);
  };
}

/** The layer as its own code sees it when it has both gamma and beta; made anew since it is short-lived. */
function withConstants(layer: BatchNormalization): BatchNormalization {
  const shape = layer.movingMean.shape as number[];
  return Object.create(layer, {
    gamma: { value: layer.gamma ?? { read: () => ones(shape) } },
    beta: { value: layer.beta ?? { read: () => zeros(shape) } },
  });
}
