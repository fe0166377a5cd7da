import { dispose, type Optimizer, type Tensor, tensor, tidy, type Variable } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { ModelError } from "../errors.js";
import { SeededDropout } from "../layers/seededDropout.js";
import { contractOf } from "../models/contract.js";
import { leavesOf } from "../models/freeze.js";
import { encodeSafetensors, parseSafetensors, type WritableSafetensor } from "../models/safetensors.js";
import type { BatchSource } from "./batch.js";
import type { BestEpochFigures } from "./bestEpoch.js";
import type { EpochRecord, Monitor } from "./history.js";
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

/** What a training is made of, the same from start to end. */
export interface LastingParts {
  readonly model: LayersModel;
  readonly optimizer: Optimizer;
  /** Trainable variables of the losses. */
  readonly variables: readonly Variable[];
  /** The training set, to know it again. */
  readonly training: BatchSource;
  /** By which figure epochs are compared. */
  readonly monitor: Monitor;
}

/** Everything that decides how a training goes on. */
export interface TrainingParts extends LastingParts {
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
      const values = await value.data(); // Copied once, when they are encoded.
      const { shape } = value;
      return values instanceof Int32Array
        ? [name, { dtype: "I32", shape, values: values as Int32Array<ArrayBuffer> }]
        : [name, { dtype: "F32", shape, values: values as Float32Array<ArrayBuffer> }];
    }),
  );
  return encodeSafetensors(new Map(stored), { [key]: JSON.stringify(header, spelled) });
}

/**
 * Puts a training back where {@link saveTraining} found it. Nothing changes when it throws.
 *
 * @param parts `needsBest`: whether the weights of the best epoch must be there, if one is over
 * @throws ModelError for a file that is no such state, or of another architecture, optimizer, training set, monitored figure
 * or choice of layers that train, or that lacks the weights of the best epoch
 */
export function restoreTraining(
  bytes: Uint8Array,
  parts: LastingParts & { readonly needsBest: boolean },
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
  if (parts.needsBest && progress.best.epoch !== undefined && !tensors.has("best/0")) {
    throw fault(
      `the state was kept without early stopping, so without the weights of epoch ${progress.best.epoch}, the best; ` +
        "go on without earlyStopping, or start without resume",
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
function identityOf({ model, training, variables, monitor }: LastingParts) {
  const { architecture, heads } = contractOf(model);
  return {
    architecture,
    heads: heads.map(({ name, classes }) => `${name}: ${classes.join(", ")}`),
    weights: model.weights.length,
    "the trainable layers": trainableLayersOf(model),
    "variables of the loss": variables.length,
    "training samples": training.size,
    "batch size": training.batchSize,
    "the monitored figure": monitor,
  };
}

/**
 * The places of the layers that train among those with weights, as "3-5, 8", from 1: they decide the order of a model's
 * weights and of an optimizer's slots. Names won't do: TensorFlow.js counts them up with each model.
 */
function trainableLayersOf(model: LayersModel): string {
  const trainable = new Set(model.trainableWeights);
  const weighted = leavesOf(model).filter(({ weights }) => weights.length > 0);
  const flags = weighted.map(({ weights }) => Number(weights.some((weight) => trainable.has(weight))));
  return [...flags.join("").matchAll(/1+/g)]
    .map(({ 0: { length }, index }) => (length === 1 ? `${index + 1}` : `${index + 1}-${index + length}`))
    .join(", ");
}

/** The layers whose masks depend on how often they were called, those of nested models too. */
function dropoutsOf(model: LayersModel): SeededDropout[] {
  return leavesOf(model).filter((layer) => layer instanceof SeededDropout);
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
