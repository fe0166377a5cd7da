import { setTimeout as sleep } from "node:timers/promises";
import type { MemoryAnswer, StepAnswer, TrainingProcess } from "./trainingProcess.js";

/** What became of one library in one case. */
export interface Outcome {
  readonly library: string;
  /** Of the running process, or empty where none ran. */
  readonly description: string;
  /** All steps, the warm-up among them. */
  readonly all: readonly StepAnswer[];
  /** The steps that count, one a round unless `note` says otherwise. */
  readonly steps: readonly StepAnswer[];
  readonly memory: MemoryAnswer | undefined;
  /** Why there are fewer steps than rounds. */
  readonly note: string | undefined;
}

export interface Contestant {
  readonly library: string;
  readonly start: () => Promise<TrainingProcess>;
}

/** A step beyond this is a library's last. */
const slowestMs = 60_000;
/** Threads of the last step go to sleep in it, instead of spinning into the other's turn. */
const pauseMs = 30;

/**
 * Starts a process for each library and asks them in turn for one step each, the order turning round every round, so
 * that whatever else the machine does hits all alike. A library that does not start, fails or is too slow leaves, with
 * a note.
 */
export async function inTurns(
  contestants: readonly Contestant[],
  { warmUp, steps, onRound }: { warmUp: number; steps: number; onRound: (round: number) => void },
): Promise<Outcome[]> {
  const runs = contestants.map(({ library, start }) => ({
    library,
    start,
    process: undefined as TrainingProcess | undefined,
    all: [] as StepAnswer[],
    memory: undefined as MemoryAnswer | undefined,
    note: undefined as string | undefined,
  }));
  try {
    for (const run of runs) run.process = await noteFailure(run, run.start);
    for (let round = 0; round < warmUp + steps; round++) {
      onRound(round);
      for (const run of round % 2 === 0 ? runs : runs.toReversed()) {
        if (!run.process || run.note) continue;
        await sleep(pauseMs);
        const step = await noteFailure(run, run.process.step);
        if (!step) continue;
        run.all.push(step);
        if (step.ms > slowestMs) run.note = `step ${run.all.length} took over ${slowestMs / 1000} s`;
      }
    }
    // Of a process that failed there is none, and its note says why; one that was slow has one.
    for (const run of runs) run.memory = await run.process?.memory().catch(() => undefined);
  } finally {
    await Promise.all(runs.map((run) => run.process?.stop()));
  }
  return runs.map(({ library, process, all, memory, note }) => ({
    library,
    description: process?.description ?? "",
    all,
    steps: note ? all.slice(-1) : all.slice(warmUp),
    memory,
    note,
  }));
}

async function noteFailure<T>(
  run: { note: string | undefined },
  action: () => Promise<T> | undefined,
): Promise<T | undefined> {
  if (run.note) return undefined;
  try {
    return await action();
  } catch (error) {
    run.note = (error as Error).message;
    return undefined;
  }
}
