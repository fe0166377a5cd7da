import { setMaxListeners } from "node:events";
import { Worker } from "node:worker_threads";
import ndarray from "ndarray";
import type { CacheOutcome, Film } from "./filmCache.js";
import type { FilmRequest } from "./loadFilm.js";

/** What a worker is asked for. */
export interface WorkerTask {
  /** Names the task. */
  readonly id: number;
  /** What to do. */
  readonly request: FilmRequest;
}

/** What a worker answers. */
export interface WorkerAnswer {
  /** Of the task. */
  readonly id: number;
  /** Undefined when it failed. */
  readonly film:
    | {
        readonly pixels: Float32Array;
        readonly range: readonly [number, number];
        readonly outcome: CacheOutcome | undefined;
      }
    | undefined;
}

interface Member {
  readonly worker: Worker;
  readonly tasks: Map<number, { done(answer: WorkerAnswer): void; failed(error: Error): void }>;
}

/** One pool for the whole thread; workers start when they are first needed and keep no process alive. */
const members: Member[] = [];
let lastId = 0;

/**
 * Loads a film in a worker. Tasks are handed over at once and wait in the worker, which therefore goes on while this
 * thread is busy.
 *
 * @param workers how many workers may share the work, at least 1
 * @param signal takes back a task that has not begun, and rejects with its reason
 * @returns undefined when the worker failed to load it
 * @throws Error when the worker ended
 */
export function loadInWorker(
  request: FilmRequest,
  workers: number,
  signal: AbortSignal | undefined,
): Promise<Film | undefined> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const { worker, tasks } = leastBusy(workers);
    const id = ++lastId;
    const settle = (): void => {
      signal?.removeEventListener("abort", abort);
      tasks.delete(id);
      if (tasks.size === 0) worker.unref();
    };
    const abort = (): void => {
      settle();
      worker.postMessage({ cancelled: id });
      reject(signal?.reason);
    };
    tasks.set(id, {
      done({ film }) {
        settle();
        if (film === undefined) return resolve(undefined);
        const pixels = ndarray(film.pixels, [request.height, request.width]);
        const { range, outcome } = film;
        resolve({ image: { pixels, range }, ...(outcome && { outcome }) });
      },
      failed(error) {
        settle();
        reject(error);
      },
    });
    if (signal) {
      setMaxListeners(0, signal); // A listener for each task is no leak.
      signal.addEventListener("abort", abort, { once: true });
    }
    worker.ref();
    const task: WorkerTask = { id, request };
    worker.postMessage(task);
  });
}

function leastBusy(workers: number): Member {
  if (members.length < workers && members.every(({ tasks }) => tasks.size > 0)) start();
  return members.slice(0, workers).reduce((a, b) => (b.tasks.size < a.tasks.size ? b : a));
}

function start(): void {
  const worker = new Worker(...entry());
  const member: Member = { worker, tasks: new Map() };
  members.push(member);
  worker.unref();
  const end = (why: string, cause?: unknown): void => {
    const index = members.indexOf(member);
    if (index < 0) return;
    members.splice(index, 1);
    const error = new Error(`the worker that decodes images ended: ${why}`, { cause });
    for (const task of [...member.tasks.values()]) task.failed(error);
  };
  worker.on("message", (answer: WorkerAnswer) => member.tasks.get(answer.id)?.done(answer));
  worker.on("error", (error) => end(error.message, error));
  worker.on("messageerror", (error) => {
    end(error.message, error);
    void worker.terminate();
  });
  worker.on("exit", (code) => end(`exit code ${code}`));
}

/** Built, the worker is JavaScript beside this file; in the sources it is TypeScript, which tsx loads. */
function entry(): ConstructorParameters<typeof Worker> {
  if (!import.meta.url.endsWith(".ts")) return [new URL("./worker.js", import.meta.url), { execArgv: [] }];
  const [loader, file] = [import.meta.resolve("tsx/esm/api"), new URL("./worker.ts", import.meta.url).href];
  return [
    `import("${loader}").then((tsx) => tsx.tsImport("${file}", "${file}"))`,
    { eval: true, execArgv: [] },
  ];
}
