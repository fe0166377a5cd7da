import { env } from "@tensorflow/tfjs-core";

/**
 * Runs what starts Emscripten, and removes the process-wide handlers that it adds: they throw again what nobody
 * caught, and Node would print Emscripten's 60 kB of source in place of the error.
 */
export async function withoutCrashHandlers<T>(start: () => Promise<T>): Promise<T> {
  if (!env().getBool("IS_NODE")) return start();
  const emitter: NodeJS.EventEmitter = process;
  const before = ["uncaughtException", "unhandledRejection"].map((event) => ({
    event,
    listeners: new Set(emitter.listeners(event)),
  }));
  try {
    return await start();
  } finally {
    for (const { event, listeners } of before) {
      for (const listener of emitter.listeners(event)) {
        if (!listeners.has(listener)) emitter.removeListener(event, listener as () => void);
      }
    }
  }
}
