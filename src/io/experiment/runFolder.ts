import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { ArgumentError, ModelError } from "../../errors.js";
import type { TrainingHistory } from "../../training/history.js";
import { loadModel } from "../modelFiles.js";
import { replaceFiles } from "../replaceFiles.js";
import { stableJson } from "../stableJson.js";

/** A run of an experiment whose training is over. */
export interface TrainedRun {
  /** Its number, from 1. */
  readonly run: number;
  /** Its seed. */
  readonly seed: number;
  /** Its folder. */
  readonly directory: string;
  /** What was given as the configuration; empty where nothing was. */
  readonly configuration: Readonly<Record<string, unknown>>;
  /** The course of its training; of several stages, the last. */
  readonly history: TrainingHistory;
  /** The course of each stage; one where the training has no stages. */
  readonly histories: readonly TrainingHistory[];
  /** Loads its model, which the caller then owns. */
  load(): Promise<LayersModel>;
}

/** Names of the files and folders of a run. */
export const runFiles = {
  configuration: "configuration.json",
  split: "split.json",
  environment: "environment.json",
  history: "history.json",
  model: "model",
  checkpoint: "checkpoint",
  epochs: "epochs.csv",
} as const;

/** Folder of a run. */
export function runDirectory(directory: string, run: number): string {
  return join(directory, `run-${run}`);
}

/** Numbers of the runs that have a folder, in order; none where the folder of the experiment is absent. */
export async function runNumbers(directory: string): Promise<number[]> {
  let names: string[];
  try {
    names = await readdir(directory);
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
  const numbers = names.flatMap((name) => /^run-([1-9]\d*)$/.exec(name)?.slice(1).map(Number) ?? []);
  return numbers.sort((a, b) => a - b);
}

/** A JSON file of a run; undefined where it is absent. @throws ModelError, its `subject` the path, for broken JSON */
export async function readJson(directory: string, name: string): Promise<unknown> {
  const path = join(directory, name);
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ModelError(path, `${path}: is not whole JSON; restore it, or remove the run's folder`, {
      cause,
    });
  }
}

/** The run in a folder; undefined where its training is not over. @throws ModelError for a file that is not as it should be */
export async function readRun(directory: string, run: number): Promise<TrainedRun | undefined> {
  const content = await readJson(directory, runFiles.history);
  if (content === undefined) return undefined;
  const histories = [withNaN(content)].flat() as TrainingHistory[];
  const history = histories.at(-1);
  if (history?.epochs === undefined) {
    const path = join(directory, runFiles.history);
    throw new ModelError(path, `${path}: has no epochs; expected what trainRuns wrote`);
  }
  const { seed, configuration } = await readConfiguration(directory);
  return {
    run,
    seed,
    directory,
    configuration,
    history,
    histories,
    load: () => loadModel(join(directory, runFiles.model)),
  };
}

/** What configuration.json tells. @throws ModelError where it is absent or not as it should be */
export async function readConfiguration(
  directory: string,
): Promise<{ readonly seed: number; readonly configuration: Readonly<Record<string, unknown>> }> {
  const content = await readJson(directory, runFiles.configuration);
  if (typeof content === "object" && content !== null && "seed" in content && "configuration" in content) {
    return content as Awaited<ReturnType<typeof readConfiguration>>;
  }
  const path = join(directory, runFiles.configuration);
  throw new ModelError(path, `${path}: is absent or has no seed; expected the folder of a run of trainRuns`);
}

/**
 * Writes a record of a run that must be the same each time the run is started.
 *
 * @throws ArgumentError when there is another
 */
export async function keepRecord(
  directory: string,
  name: string,
  value: unknown,
  argument: string,
): Promise<void> {
  const text = stableJson(value, argument);
  const present = await readJson(directory, name);
  if (present !== undefined && stableJson(present, argument) !== text) {
    throw new ArgumentError(
      argument,
      `${difference(present, JSON.parse(text))} in ${join(directory, name)}, of an earlier start, and now; go on with what ` +
        "was, or give another directory",
    );
  }
  if (present === undefined) await replaceFiles(directory, { [name]: text });
}

/** Where two JSON values differ first, in words. */
function difference(former: unknown, present: unknown, path = ""): string {
  const isObject = (value: unknown): value is Record<string, unknown> =>
    typeof value === "object" && value !== null;
  if (isObject(former) && isObject(present)) {
    for (const key of new Set([...Object.keys(former), ...Object.keys(present)])) {
      if (JSON.stringify(former[key]) !== JSON.stringify(present[key])) {
        return difference(former[key], present[key], path === "" ? key : `${path}.${key}`);
      }
    }
  }
  const short = (value: unknown) => JSON.stringify(value)?.slice(0, 60) ?? "nothing";
  return `${path} was ${short(former)} and is ${short(present)}:`;
}

/** JSON has no NaN: in a history every null is one. */
function withNaN(value: unknown): unknown {
  if (value === null) return Number.NaN;
  if (Array.isArray(value)) return value.map(withNaN);
  if (typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withNaN(inner)]));
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
