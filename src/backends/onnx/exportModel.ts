import { type BackendValues, engine, type Tensor } from "@tensorflow/tfjs-core";
import { ModelError } from "../../errors.js";
import { leafName, operatorSets, writeGraph } from "./compile.js";
import { NoDynamicBatch, type SizedGraph, withDynamicBatch } from "./export/dynamicBatch.js";
import { everyNode } from "./export/everyNode.js";
import { foldWeights } from "./export/foldWeights.js";
import { rename } from "./export/names.js";
import { type Recorder, withRecorder } from "./export/recorder.js";
import { encodeModel, type ModelHeader, type OnnxGraph } from "./graph/modelProto.js";
import type { Shape } from "./graph/value.js";
import { planFor } from "./plan.js";
import type { OnnxType, Recorded } from "./recorded.js";

export { ValueNeeded } from "./export/recorder.js";

/** A function of tensors with weights, as it is to stand in a file. */
export interface ExportedModel extends Required<Omit<ModelHeader, "operatorSets">> {
  /** Its name, for errors. */
  readonly name: string;
  /** The inputs, in order; shapes are without the batch axis, which comes first. */
  readonly inputs: readonly { readonly name: string; readonly dtype: OnnxType; readonly shape: Shape }[];
  /** Names of the outputs, in order. */
  readonly outputs: readonly string[];
  /** The tensors that `call` uses, and their values now. */
  readonly weights: readonly {
    readonly name: string;
    readonly tensor: Tensor;
    readonly values: BackendValues;
  }[];
  /** Gives the outputs for inputs of any batch size. */
  readonly call: (inputs: Tensor[]) => Tensor[];
}

/** What all runtimes have. */
const target = { portable: true, optimized: true, channelBlock: 0, recompute: false };

/** Batch sizes to tell what depends on them. The second pair is for models with a length among the first. */
const batchSizes = [
  [97, 89],
  [1009, 997],
] as const;

const inputName = (index: number): string => `input${index}`;

/**
 * Writes a model as an `.onnx` file for any batch size. Nothing is computed, and TensorFlow.js has its backend back in the
 * end. Where a name is taken, `_1` is added.
 *
 * @throws ModelError when the batch size cannot stay open, or operations are used that are not ONNX's own
 * @throws ValueNeeded from where `call` uses a kernel that has no ONNX form
 */
export function exportModel(model: ExportedModel): Uint8Array<ArrayBuffer> {
  const { graph: recorded, weights } = withRecorder((recorder) => record(recorder, model));
  const { graph, origins } = foldWeights(recorded);
  const unportable = everyNode(graph.nodes).find(({ domain }) => domain !== "");
  if (unportable) {
    const { domain, type } = unportable;
    throw new ModelError(
      model.name,
      `${model.name}: cannot be exported: it needs the operation ${domain}.${type}`,
    );
  }
  const names = new Map<string, string>();
  for (const [i, { name }] of model.inputs.entries()) names.set(inputName(i), name);
  for (const [i, { name }] of graph.outputs.entries()) names.set(name, model.outputs[i]!);
  for (const { name } of graph.initializers) {
    const weight = weights.get(origins.get(name) ?? name);
    if (weight !== undefined) names.set(name, weight);
  }
  const { metadata, producer } = model;
  return encodeModel(rename(graph, names), { operatorSets: { "": operatorSets[""] }, metadata, producer });
}

/** The graph, and for constants that are weights the weights' names. */
interface RecordedModel {
  readonly graph: OnnxGraph;
  readonly weights: ReadonlyMap<string, string>;
}

function record(recorder: Recorder, model: ExportedModel): RecordedModel {
  const weights = new Map(
    model.weights.map(({ name, tensor, values }) => [recorder.adopt(tensor, values), name]),
  );
  let failure: NoDynamicBatch | undefined;
  for (const [first, second] of batchSizes) {
    const a = recordFor(recorder, model, first, weights);
    const b = recordFor(recorder, model, second, weights);
    try {
      return { graph: withDynamicBatch(a, b), weights: a.weights };
    } catch (error) {
      if (!(error instanceof NoDynamicBatch)) throw error;
      failure = error;
    }
  }
  throw new ModelError(
    model.name,
    `${model.name}: cannot be exported with a dynamic batch size: ${failure!.message}`,
    { cause: failure },
  );
}

/** Records the model for one batch size. */
function recordFor(
  recorder: Recorder,
  { inputs, call }: ExportedModel,
  batch: number,
  weights: ReadonlyMap<Recorded, string>,
): SizedGraph & RecordedModel {
  const scope = engine();
  scope.startScope();
  try {
    const tensors = inputs.map(({ dtype, shape }, i) =>
      scope.makeTensorFromTensorInfo(recorder.input(inputName(i), [batch, ...shape], dtype), recorder),
    );
    const plan = planFor(call(tensors).map((output) => recorder.nodeOf(output)));
    const written = writeGraph(plan, target, new Set(plan.leaves.keys()));
    const ports = inputs.map(({ dtype, shape }, i) => ({
      name: inputName(i),
      type: dtype,
      shape: ["batch", ...shape],
    }));
    const names = new Map<string, string>();
    plan.leaves.forEach((leaf, i) => {
      const name = weights.get(leaf);
      if (name !== undefined) names.set(leafName(i), name);
    });
    return { batch, graph: { ...written, inputs: ports }, weights: names };
  } finally {
    scope.endScope();
  }
}
