import { dispose, type Optimizer, type Tensor, tensor, tidy, type Variable } from "@tensorflow/tfjs-core";
import type { LayersModel, layers } from "@tensorflow/tfjs-layers";
import { ModelError } from "../errors.js";
import { SeededDropout } from "../layers/seededDropout.js";
import { contractOf } from "../models/contract.js";
import { encodeSafetensors, parseSafetensors, type WritableSafetensor } from "../models/safetensors.js";
import type { BatchSource } from "./batch.js";
import type { BestEpochFigures } from "./bestEpoch.js";
import type { EpochRecord } from "./history.js";
import { type OptimizerState, optimizerState, restoreOptimizer } from "./optimizerState.js";

/** How far a training has come. */
export interface TrainingProgress {
  /** Epochs that are over. */
  readonly records: readonly EpochRecord[];
  /** What monitors the best epoch. */
  readonly best: BestEpochFigures;
  /** Steps of the optimizer. */
  readonly steps: number;
  /** The epoch in progress: batches done, and what adds up over them. */
  readonly epoch: EpochProgress;
}

/** What adds up over the batches of an epoch. */
export interface EpochProgress {
  /** Batches done. */
  readonly batches: number;
  /** Samples in them. */
  readonly samples: number;
  /** Sum over the samples of their batch's loss. */
  readonly loss: number;
  /** The same of each head. */
  readonly parts: readonly number[];
  /** Wall time so far. */
  readonly seconds: number;
}

/** Everything that decides how a training goes on. */
export interface TrainingParts {
  readonly model: LayersModel;
  readonly optimizer: Optimizer;
  /** Trainable variables of the losses. */
  readonly variables: readonly Variable[];
  /** The training set, to know it again. */
  readonly training: BatchSource;
  /** Averaged weights; none without averaging. */
  readonly average: readonly Tensor[];
  /** Weights of the best epoch; none before the first, or without early stopping. */
  readonly bestWeights: readonly Tensor[];
}

/** What {@link restoreTraining} gives back beside what it puts in place; the tensors are the caller's to free. */
export interface RestoredTraining {
  readonly progress: TrainingProgress;
  readonly average: readonly Tensor[];
  readonly bestWeights: readonly Tensor[];
}

const key = "radiolucent.training";

interface Header {
  readonly version: 1;
  readonly set: ReturnType<typeof identityOf>;
  readonly optimizer: Pick<OptimizerState, "numbers" | "slots"> & { readonly name: string };
  readonly calls: readonly number[];
  readonly progress: TrainingProgress;
}

/**
 * Writes down a training so that it can go on bit for bit: weights, moving statistics, the optimizer's slots and
 * counters, the losses' own variables, averaged and best weights, calls of dropout layers, history and place in the epoch.
 *
 * @returns a file in the safetensors format
 */
export async function saveTraining(parts: TrainingParts, progress: TrainingProgress): Promise<Uint8Array> {
  const { model, optimizer } = parts;
  const { numbers, slots, tensors } = optimizerState(optimizer);
  const header: Header = {
    version: 1,
    set: identityOf(parts),
    optimizer: { name: optimizer.getClassName(), numbers, slots },
    calls: dropoutsOf(model).map(({ calls }) => calls),
    progress,
  };
  const named = new Map<string, Tensor>([
    ...model.weights.map((weight, i) => [`model/${i}`, weight.read()] as const),
    ...[...tensors].map(([name, value]) => [`optimizer/${name}`, value] as const),
    ...parts.variables.map((value, i) => [`loss/${i}`, value] as const),
    ...parts.average.map((value, i) => [`average/${i}`, value] as const),
    ...parts.bestWeights.map((value, i) => [`best/${i}`, value] as const),
  ]);
  const stored = await Promise.all(
    [...named].map(async ([name, value]): Promise<readonly [string, WritableSafetensor]> => {
      const values = await value.data();
      const { shape } = value;
      return values instanceof Int32Array
        ? [name, { dtype: "I32", shape, values: Int32Array.from(values) }]
        : [name, { dtype: "F32", shape, values: Float32Array.from(values) }];
    }),
  );
  return encodeSafetensors(new Map(stored), { [key]: JSON.stringify(header, spelled) });
}

/**
 * Puts a training back where {@link saveTraining} found it. Nothing changes when it throws.
 *
 * @throws ModelError for a file that is no such state, or of another architecture, optimizer or training set
 */
export function restoreTraining(
  bytes: Uint8Array,
  parts: Omit<TrainingParts, "average" | "bestWeights">,
): RestoredTraining {
  const { tensors, metadata } = parseSafetensors(bytes, "training state");
  const text = metadata[key];
  if (text === undefined) throw fault("the file is no training state: it lacks the metadata that fit writes");
  const { optimizer, calls, progress, set } = JSON.parse(text, unspelled) as Header;
  const { model } = parts;
  const expected = identityOf(parts);
  for (const field of Object.keys(expected) as (keyof typeof expected)[]) {
    if (`${set[field]}` === `${expected[field]}`) continue;
    throw fault(
      `the state is of a training with ${field} ${set[field]}, and this one has ${expected[field]}; start without ` +
        "resume, or in another folder",
    );
  }
  if (optimizer.name !== parts.optimizer.getClassName()) {
    throw fault(
      `the state is of the optimizer ${optimizer.name}, and ${parts.optimizer.getClassName()} was given`,
    );
  }
  model.weights.forEach((weight, i) => {
    const stored = tensors.get(`model/${i}`);
    if (`${stored?.shape}` === `${weight.shape}`) return;
    throw new ModelError(
      weight.originalName,
      `the state is of another architecture: "${weight.originalName}" has shape [${weight.shape}] and ` +
        `${stored ? `[${stored.shape}]` : "nothing"} is stored for it`,
    );
  });

  const load = (prefix: string): Map<string, Tensor> =>
    new Map(
      [...tensors]
        .filter(([name]) => name.startsWith(prefix))
        .map(([name, { values, shape, dtype }]) => [
          name.slice(prefix.length),
          tensor((values as Float32Array).slice(), [...shape], dtype === "I32" ? "int32" : "float32"),
        ]),
    );
  const list = (prefix: string): Tensor[] => {
    const found = load(prefix);
    return Array.from({ length: found.size }, (_, i) => found.get(String(i))!);
  };
  tidy(() => {
    list("model/").forEach((value, i) => {
      (model.weights[i]!.read() as Variable).assign(value);
    });
    list("loss/").forEach((value, i) => {
      parts.variables[i]!.assign(value);
    });
  });
  const optimizerTensors = load("optimizer/");
  restoreOptimizer(parts.optimizer, { ...optimizer, tensors: optimizerTensors });
  dispose([...optimizerTensors.values()]);
  dropoutsOf(model).forEach((layer, i) => {
    layer.calls = calls[i]!;
  });
  return { progress, average: list("average/"), bestWeights: list("best/") };
}

/** By what a training is known again. */
function identityOf({ model, training, variables }: Pick<TrainingParts, "model" | "training" | "variables">) {
  const { architecture, heads } = contractOf(model);
  return {
    architecture,
    heads: heads.map(({ name, classes }) => `${name}: ${classes.join(", ")}`),
    weights: model.weights.length,
    "trainable weights": model.trainableWeights.length,
    "variables of the loss": variables.length,
    "training samples": training.size,
    "batch size": training.batchSize,
  };
}

/** The layers whose masks depend on how often they were called, those of nested models too. */
function dropoutsOf(model: LayersModel): SeededDropout[] {
  return model.layers.flatMap((layer: layers.Layer) => {
    if ("layers" in layer) return dropoutsOf(layer as unknown as LayersModel);
    return layer instanceof SeededDropout ? [layer] : [];
  });
}

const fault = (message: string) => new ModelError("checkpoint", message);

/** JSON knows no NaN, no infinity and no undefined. */
function spelled(_: string, value: unknown): unknown {
  return (typeof value === "number" && !Number.isFinite(value)) || value === undefined
    ? { spelled: String(value) }
    : value;
}

function unspelled(_: string, value: unknown): unknown {
  const text = (value as { spelled?: string } | null)?.spelled;
  if (text === undefined) return value;
  return text === "undefined" ? undefined : Number(text);
}
