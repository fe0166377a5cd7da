/** Runs a task when its turn comes. */
export type Limit = <T>(task: () => Promise<T>) => Promise<T>;

/**
 * Makes a function that runs tasks, at most `limit` of them at a time, first come first served. Once the signal is
 * aborted no further task starts; those waiting reject with the signal's reason.
 */
export function limitConcurrency(limit: number, signal: AbortSignal): Limit {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (task) => {
    if (running === limit) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    try {
      signal.throwIfAborted();
      return await task();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running--;
    }
  };
}
