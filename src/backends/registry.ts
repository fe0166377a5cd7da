import { findBackendFactory, getBackend, setBackend } from "@tensorflow/tfjs-core";
import { BackendError } from "../errors.js";

/** How useBackend gets one backend to run. */
export interface BackendDefinition<Options extends object = object> {
  /** Name in useBackend. */
  readonly name: string;
  /**
   * Loads what the backend needs and makes it TensorFlow.js's current one.
   *
   * @returns what runs, in words, and what was tried in vain before
   * @throws BackendError when it cannot run here
   */
  start(options: Options): Promise<StartedBackend>;
}

/** What {@link BackendDefinition.start} gives. */
export interface StartedBackend {
  /** What runs, in words: implementation, threads or device. */
  readonly description: string;
  /** What was tried first, and why it cannot be used. */
  readonly skipped?: readonly BackendError[];
}

const registered = new Map<string, BackendDefinition>();

/** Makes a backend known to useBackend, in place of an earlier one of the same name. */
export function registerBackend(definition: BackendDefinition): void {
  registered.set(definition.name, definition);
}

/** The backend that was registered under a name. */
export function registeredBackend(name: string): BackendDefinition | undefined {
  return registered.get(name);
}

/**
 * Makes a backend that TensorFlow.js knows its current one; if it does not start, the one before stays.
 *
 * @param advice what helps when it does not start
 * @throws BackendError when it does not start
 */
export async function activate(name: string, packages: readonly string[], advice: string): Promise<void> {
  const previous: string | null | undefined = getBackend();
  if (findBackendFactory(name) !== null && (await setBackend(name))) return;
  if (previous) await setBackend(previous);
  throw new BackendError(name, `the backend "${name}" does not start here; ${advice}`, packages);
}
