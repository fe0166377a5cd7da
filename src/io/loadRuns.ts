import { ArgumentError } from "../errors.js";
import {
  readConfiguration,
  readRun,
  runDirectory,
  runNumbers,
  type TrainedRun,
} from "./experiment/runFolder.js";

/** A run whose training is not over. */
export interface UnfinishedRun extends Pick<TrainedRun, "run" | "seed" | "directory"> {
  /** What it threw, where that is known. */
  readonly error?: unknown;
}

/** The runs of an experiment. */
export interface TrainedRuns {
  /** Those whose training is over, in order. */
  readonly runs: readonly TrainedRun[];
  /** The others. */
  readonly unfinished: readonly UnfinishedRun[];
}

/**
 * The runs that `trainRuns` kept in a folder. Models are not loaded before `run.load()`; the best model of a run, by the
 * figure that was monitored, is in the folder `checkpoint` of its folder, for {@link loadModel}.
 *
 * ```ts
 * const { runs, unfinished } = await loadRuns("runs/tubes");
 * const predictions = await predictRuns(runs, test);
 * ```
 *
 * @throws ArgumentError for a folder without runs
 * @throws ModelError, its `subject` the file's path, for a file of a run that is absent or not as it should be
 */
export async function loadRuns(directory: string): Promise<TrainedRuns> {
  const numbers = await runNumbers(directory);
  if (numbers.length === 0) {
    throw new ArgumentError(
      "directory",
      `${directory} has no folder run-1; expected one that trainRuns wrote`,
    );
  }
  const runs: TrainedRun[] = [];
  const unfinished: UnfinishedRun[] = [];
  for (const run of numbers) {
    const folder = runDirectory(directory, run);
    const found = await readRun(folder, run);
    if (found) runs.push(found);
    else unfinished.push({ run, seed: (await readConfiguration(folder)).seed, directory: folder });
  }
  return { runs, unfinished };
}
