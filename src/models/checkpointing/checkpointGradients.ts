import { type Tensor, tidy, type Variable } from "@tensorflow/tfjs-core";
import type { LayersModel, layers } from "@tensorflow/tfjs-layers";
import { ArgumentError, ModelError } from "../../errors.js";
import { innerLayers } from "../../layers/innerLayers.js";
import { type ForwardGraph, forwardGraph } from "./forwardGraph.js";
import { recomputed } from "./recomputed.js";
import { bestCuts, type Segment, segmentsOf } from "./segments.js";

/** Where {@link checkpointGradients} cuts a model. */
export interface CheckpointOptions {
  /**
   * Names of layers after which the model is cut. By default the cuts with which, by the sizes of the layers' outputs, least
   * memory is needed.
   */
  readonly at?: readonly string[];
}

/** A model whose forward pass in training mode keeps little for the way back. */
export interface CheckpointedModel {
  /** The names of the layers of each segment, in the order in which they are computed. */
  readonly segments: readonly (readonly string[])[];
  /**
   * The model's outputs in training mode, as `model.apply(inputs, { training: true })` gives them: one tensor, or a list
   * for a model with several outputs.
   *
   * @throws ArgumentError when the number of inputs is not the model's
   */
  apply(inputs: Tensor | Tensor[]): Tensor | Tensor[];
}

/**
 * Gradient checkpointing: training with less memory, for one more forward pass. The model is cut into segments. On the way
 * forward only what passes between segments is kept; on the way back each segment is computed again from it, for its
 * gradients, and forgotten (Chen et al., "Training Deep Nets with Sublinear Memory Cost", arXiv 1604.06174).
 *
 * Outputs, gradients and state are those of the plain pass: batch normalisation averages its statistics once, and
 * {@link SeededDropout} uses one mask a step for both passes. Where one tensor passes at every cut, gradients are the same to
 * the last bit on the backends cpu and wasm. Where several pass, as the skips of a U-Net, those of a tensor that several
 * segments read add up in another order; and the backend onnx may round a segment that is computed again otherwise. Both
 * change the last bits only. Weights of a segment that the loss does not depend on get gradients of 0, where the plain pass
 * gives none. First-order gradients only.
 *
 * It is for backends that compute at once. DenseNet121 at 96 pixels and a batch of 4 on wasm needs 145 MiB of tensors instead
 * of 716. The backend onnx, which records a whole step and frees values itself, gains nothing: at 128 pixels and a batch of 16
 * the process held 1144 MiB instead of 1027, for a step a fifth longer.
 *
 * Models may have several inputs and outputs and nested models; long skips are kept through the whole step. Which weights
 * learn is asked at each call; which layers there are, and the cuts, when this is called. Several calls may come before one
 * way back. When something throws, layers keep the state of the calls that they completed.
 *
 * @throws ModelError for a layer in `at` that the model doesn't have, and for layers that don't compute the same twice:
 * unseeded dropout and noise of TensorFlow.js, dropout of recurrent layers, and masking; inside wrappers too
 */
export function checkpointGradients(model: LayersModel, options: CheckpointOptions = {}): CheckpointedModel {
  const graph = forwardGraph(model);
  for (const { layer } of graph.steps) checkRepeatable(layer);
  const segments = segmentsOf(graph, options.at ? cutsAfter(options.at, model, graph) : bestCuts(graph));
  return {
    segments: segments.map(({ steps }) => steps.map(({ layer }) => layer.name)),
    apply(inputs) {
      const given = Array.isArray(inputs) ? inputs : [inputs];
      if (given.length !== graph.inputs.length) {
        throw new ArgumentError(
          "inputs",
          `has ${given.length} tensors; model "${model.name}" takes ${graph.inputs.length}`,
        );
      }
      const outputs = tidy(() => forward(model, graph, segments, given));
      return outputs.length === 1 ? outputs[0]! : outputs;
    },
  };
}

function forward(
  model: LayersModel,
  graph: ForwardGraph,
  segments: readonly Segment[],
  given: readonly Tensor[],
): Tensor[] {
  const trainable = new Set(model.trainableWeights);
  const values = new Map(graph.inputs.map((value, i) => [value, given[i]!]));
  const learned = new Set<number>();
  for (const segment of segments) {
    const weights = new Set(segment.steps.flatMap(({ layer }) => layer.trainableWeights));
    const variables = [...weights]
      .filter((weight) => trainable.has(weight))
      .map((weight) => weight.read() as Variable);
    const results = recomputed(segment, {
      values: segment.inputs.map((value) => values.get(value)!),
      learned: segment.inputs.map((value) => learned.has(value)),
      variables,
    });
    const learns = variables.length > 0 || segment.inputs.some((value) => learned.has(value));
    segment.outputs.forEach((value, i) => {
      values.set(value, results[i]!);
      if (learns) learned.add(value);
    });
  }
  return graph.outputs.map((value) => values.get(value)!);
}

function cutsAfter(names: readonly string[], model: LayersModel, { steps }: ForwardGraph): number[] {
  return names.map((name) => {
    const last = steps.findLastIndex(({ layer }) => layer.name === name);
    if (last !== -1) return last + 1;
    throw new ModelError(
      name,
      `model "${model.name}" computes no layer "${name}"; options.at expects names of layers, and of those inside a nested ` +
        "model rather than its own",
    );
  });
}

const random = ["Dropout", "SpatialDropout1D", "GaussianNoise", "GaussianDropout", "AlphaDropout"];

interface RecurrentCell {
  readonly dropout?: number;
  readonly recurrentDropout?: number;
  /** Of stacked cells. */
  readonly cells?: readonly RecurrentCell[];
}

function drawsAnew(layer: layers.Layer): boolean {
  const { seed, cell } = layer as layers.Layer & {
    readonly seed?: number | null;
    readonly cell?: RecurrentCell;
  };
  if (random.includes(layer.getClassName())) return seed === undefined || seed === null;
  const cells = cell?.cells ?? [cell];
  return cells.some((each) => (each?.dropout ?? 0) > 0 || (each?.recurrentDropout ?? 0) > 0);
}

function checkRepeatable(layer: layers.Layer): void {
  for (const inner of innerLayers(layer)) checkRepeatable(inner);
  const className = layer.getClassName();
  if (drawsAnew(layer)) {
    throw new ModelError(
      layer.name,
      `layer "${layer.name}" (${className}) draws anew each time that it is computed, so that its gradients would be wrong; ` +
        "use SeededDropout",
    );
  }
  if (
    className === "Masking" ||
    (layer as layers.Layer & { readonly maskZero?: boolean }).maskZero === true
  ) {
    throw new ModelError(
      layer.name,
      `layer "${layer.name}" (${className}) makes a mask, which is not passed on here`,
    );
  }
}
