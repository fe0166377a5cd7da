import { memory } from "@tensorflow/tfjs-core";
import { addError, messageOf, say, showProgress } from "./messages.js";

/** Runs one piece of work at a time; the next ends the one before. */
export interface Lane {
  (work: (signal: AbortSignal) => Promise<void>): Promise<void>;
  /** Ends what runs. */
  stop(): void;
}

/** Makes a lane. What is ended is no error; what fails goes into the list of errors. */
export function lane(): Lane {
  let running = new AbortController();
  const run = async (work: (signal: AbortSignal) => Promise<void>) => {
    running.abort();
    running = new AbortController();
    const { signal } = running;
    try {
      await work(signal);
    } catch (error) {
      if (signal.aborted) return;
      addError(messageOf(error));
      say("");
      showProgress();
    } finally {
      // How many tensors are held: the same after any number of films.
      document.body.dataset.tensors = String(memory().numTensors);
    }
  };
  return Object.assign(run, { stop: () => running.abort() });
}

/** Makes pieces of work wait for each other, in the order in which they come. */
export function inTurn(): <Result>(work: () => Promise<Result>) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const next = last.then(work, work);
    last = next.catch(() => {});
    return next;
  };
}

/** Lets the browser draw what changed before work goes on; a tab that is hidden, or becomes so, draws nothing and isn't waited for. */
export function nextFrame(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, document.hidden ? 0 : 250);
    requestAnimationFrame(() => setTimeout(resolve));
  });
}
