import { join } from "node:path";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { BackendInUse } from "../backends/useBackend.js";
import { ArgumentError } from "../errors.js";
import { fit } from "../training/fit.js";
import type { FitOptions } from "../training/fitOptions.js";
import type { TrainingHistory } from "../training/history.js";
import { lossesOf } from "../training/objective.js";
import { checkpointFolder } from "./checkpointFolder.js";
import { csvLog } from "./csvLog.js";
import { environment } from "./environment.js";
import {
  keepRecord,
  readJson,
  readRun,
  runDirectory,
  runFiles,
  runNumbers,
  type TrainedRun,
} from "./experiment/runFolder.js";
import { type StudySets, splitRecord } from "./experiment/splitRecord.js";
import type { TrainedRuns, UnfinishedRun } from "./loadRuns.js";
import { saveModel } from "./modelFiles.js";
import { replaceFiles } from "./replaceFiles.js";
import { stableJson } from "./stableJson.js";

/** What a run is told of itself. */
export interface RunContext {
  /** Its number, from 1. */
  readonly run: number;
  /** Its seed. */
  readonly seed: number;
  /** Its folder. */
  readonly directory: string;
  /** Whether it is to go on where an earlier start was broken off. */
  readonly resume: boolean;
  /** Ends it. */
  readonly signal: AbortSignal | undefined;
}

/** What becomes of a run. */
export interface RunReport extends Pick<RunContext, "run" | "seed" | "directory"> {
  /** "found": its training was over before. */
  readonly state: "started" | "finished" | "found" | "failed";
  /** What was thrown, of a run that failed. */
  readonly error?: unknown;
}

/**
 * A training of any kind: the model that it ends with, which `trainRuns` saves and disposes, and its course, or that of
 * each stage, as `fineTune` gives.
 */
export type RunTraining = (context: RunContext) => Promise<{
  /** The model as the training left it. */
  readonly model: LayersModel;
  /** The course, or that of each stage. */
  readonly history: TrainingHistory | readonly TrainingHistory[];
}>;

/** An experiment for {@link trainRuns}, but for the training itself. */
export interface ExperimentOptions {
  /** Folder of the experiment, made where it is absent. */
  readonly directory: string;
  /** How many runs there are, with the seeds 1, 2, 3, ...; or their seeds, each once. */
  readonly runs: number | readonly number[];
  /** Numbers of the runs, from 1, that are trained here, where several processes share the work; all by default. */
  readonly only?: readonly number[];
  /** What the experiment was told, for the record: anything that JSON can hold. No path of this machine, if it is to be shared. */
  readonly configuration?: Readonly<Record<string, unknown>>;
  /** The sets that were used, for the record; a function where they depend on the seed. */
  readonly sets?: StudySets | ((run: Pick<RunContext, "run" | "seed">) => StudySets);
  /** What `useBackend` gave, for the record. */
  readonly backend?: BackendInUse;
  /** Goes on with the runs that the folder holds: those that are over stay, others go on. False by default. */
  readonly resume?: boolean;
  /** Whether a run that fails ends the experiment with its error ("stop", the default) or is listed as unfinished. */
  readonly onError?: "stop" | "continue";
  /** Called as runs start and end; training waits for it. */
  readonly onRun?: (report: RunReport) => void | Promise<void>;
  /** Ends the experiment with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** An experiment for {@link trainRuns}. */
export type TrainRunsOptions = ExperimentOptions &
  (
    | {
        /** Makes the model of a run. */
        readonly model: (context: RunContext) => LayersModel | Promise<LayersModel>;
        /** What `fit` is told in a run. */
        readonly options: (context: RunContext) => RunFitOptions | Promise<RunFitOptions>;
        /** For the other kind of experiment. */
        readonly train?: never;
      }
    | {
        /** Trains a run, where one call of `fit` is not all. It keeps its checkpoints in the run's folder. */
        readonly train: RunTraining;
        /** For the other kind of experiment. */
        readonly model?: never;
        /** For the other kind of experiment. */
        readonly options?: never;
      }
  );

/**
 * What `fit` is told by the user of {@link trainRuns}. An optimizer and losses with variables belong to the run: they are
 * made anew for each, and disposed when it ends.
 */
export type RunFitOptions = Omit<FitOptions, "checkpoint" | "resume" | "signal">;

/**
 * Trains the same experiment several times, with one seed each, and keeps each run in a folder of its own.
 *
 * ```ts
 * const { runs } = await trainRuns({
 *   directory: "runs/tubes",
 *   runs: 3,
 *   model: ({ seed }) => denseNet({ ...format, classes, seed }),
 *   options: ({ seed }) => ({
 *     training: imageBatches(train, { ...format, shuffle: true, seed }),
 *     validation: imageBatches(validation, format),
 *     loss: weightedBinaryCrossentropy(),
 *     epochs: 30,
 *   }),
 *   configuration: { epochs: 30, format },
 *   sets: { train, validation, test },
 *   resume: true,
 * });
 * const evaluation = evaluateRuns(await predictRuns(runs, testBatches));
 * ```
 *
 * A run's folder, `run-1` and so on, holds
 * - `configuration.json`: the configuration, the run's number and seed;
 * - `split.json`: for each set the image ids, their hash and the number of patients, and what two sets share;
 * - `environment.json`: for each start, when, on what and with which versions;
 * - `epochs.csv`: the course so far, as {@link csvLog} writes it (not with `train`);
 * - `checkpoint`: the best model and the state of the training, as {@link checkpointFolder} keeps them (not with `train`);
 * - `model`: the model that the training ended with, of the best epoch with `earlyStopping`, otherwise of the last;
 * - `history.json`: what `fit` (or `fineTune`) returned, NaN as null. It is written last: where it is, the run is over.
 *
 * The JSON files have sorted keys and no time or path but in environment.json, so that differences mean something.
 *
 * With `resume` a run that is over is not trained again, and one that was broken off goes on from its checkpoint. The
 * configuration, the seed and the sets must be the same as before. Models are in memory only while they train:
 * `run.load()` gives one back, and {@link loadRuns} all runs of a folder.
 *
 * @throws ArgumentError for an option out of its range, for a folder that holds runs without `resume`, when configuration,
 *   seed or sets are not those of an earlier start (nothing is trained then), or when JSON cannot hold the configuration
 * @throws what a run throws, unless `onError` is "continue"
 */
export async function trainRuns(options: TrainRunsOptions): Promise<TrainedRuns> {
  const { resume = false, signal, onRun, onError = "stop" } = options;
  signal?.throwIfAborted();
  const plan = planOf(options);
  if (!resume) await checkUnused(options.directory, plan);
  for (const context of plan) await keepRecords(context, options);

  const runs: TrainedRun[] = [];
  const unfinished: UnfinishedRun[] = [];
  for (const context of plan) {
    signal?.throwIfAborted();
    const { run, seed, directory } = context;
    const report = async (state: RunReport["state"], error?: unknown) =>
      onRun?.({ run, seed, directory, state, ...(error !== undefined && { error }) });
    const before = await readRun(directory, run);
    if (before !== undefined) {
      runs.push(before);
      await report("found");
      continue;
    }
    await noteStart(directory, options.backend);
    await report("started");
    try {
      await trainRun(context, options);
    } catch (error) {
      await report("failed", error);
      if (onError === "stop" || signal?.aborted) throw error;
      unfinished.push({ run, seed, directory, error });
      continue;
    }
    runs.push((await readRun(directory, run))!);
    await report("finished");
  }
  return { runs, unfinished };
}

function planOf({ runs, only, directory, resume = false, signal }: TrainRunsOptions): RunContext[] {
  if (typeof runs === "number" && !(Number.isInteger(runs) && runs >= 1)) {
    throw new ArgumentError(
      "options.runs",
      `is ${runs}; expected a whole number of at least 1, or a list of seeds`,
    );
  }
  const seeds = typeof runs === "number" ? Array.from({ length: runs }, (_, r) => r + 1) : runs;
  const odd = seeds.find((seed, r) => !Number.isFinite(seed) || seeds.indexOf(seed) < r);
  if (odd !== undefined || seeds.length === 0) {
    const what = odd === undefined ? "is empty" : `has the seed ${odd}, twice or not a number`;
    throw new ArgumentError("options.runs", `${what}; expected different seeds`);
  }
  const stranger = only?.find((run) => !Number.isInteger(run) || run < 1 || run > seeds.length);
  if (stranger !== undefined) {
    throw new ArgumentError("options.only", `names run ${stranger}; there are 1 to ${seeds.length}`);
  }
  return seeds
    .map((seed, r) => ({ run: r + 1, seed, directory: runDirectory(directory, r + 1), resume, signal }))
    .filter(({ run }) => only?.includes(run) !== false);
}

async function checkUnused(directory: string, plan: readonly RunContext[]): Promise<void> {
  const present = await runNumbers(directory);
  const taken = plan.find(({ run }) => present.includes(run));
  if (taken === undefined) return;
  throw new ArgumentError(
    "options.directory",
    `holds ${taken.directory} already; go on with it by resume: true, or give another directory`,
  );
}

async function keepRecords({ run, seed, directory }: RunContext, options: TrainRunsOptions): Promise<void> {
  const { configuration = {}, sets } = options;
  const record = { configuration, run, seed };
  await keepRecord(directory, runFiles.configuration, record, "options.configuration");
  const given = typeof sets === "function" ? sets({ run, seed }) : sets;
  if (given !== undefined) await keepRecord(directory, runFiles.split, splitRecord(given), "options.sets");
}

async function noteStart(directory: string, backend: BackendInUse | undefined): Promise<void> {
  const starts = ((await readJson(directory, runFiles.environment)) ?? []) as unknown[];
  const text = stableJson([...starts, environment(backend)], runFiles.environment);
  await replaceFiles(directory, { [runFiles.environment]: text });
}

async function trainRun(context: RunContext, options: TrainRunsOptions): Promise<void> {
  const { model, history } = await (options.train ?? fitting(options))(context);
  try {
    await saveModel(model, join(context.directory, runFiles.model));
  } finally {
    model.dispose();
  }
  await replaceFiles(context.directory, { [runFiles.history]: stableJson(history, "history") });
}

/** One call of `fit`. */
function fitting({ model: build, options }: Extract<TrainRunsOptions, { train?: never }>): RunTraining {
  return async (context) => {
    const { directory, resume, signal } = context;
    const model = await build(context);
    let given: RunFitOptions | undefined;
    try {
      given = await options(context);
      const history = await fit(model, {
        ...given,
        onEpoch: [csvLog(join(directory, runFiles.epochs)), ...[given.onEpoch ?? []].flat()],
        checkpoint: checkpointFolder(join(directory, runFiles.checkpoint)),
        resume,
        ...(signal && { signal }),
      });
      return { model, history };
    } catch (error) {
      model.dispose();
      throw error;
    } finally {
      given?.optimizer?.dispose();
      for (const loss of given ? lossesOf(given.loss) : []) loss.dispose?.();
    }
  };
}
