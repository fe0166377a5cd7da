import { SingleBar } from "cli-progress";
import type { BatchProgress } from "../training/fit.js";

/** Where progress is shown: a terminal's stream, or any other. */
export type OutputStream = NodeJS.WritableStream & {
  /** Whether it is a terminal. */
  readonly isTTY?: boolean;
};

/**
 * Shows how far each epoch is: what `fit` takes as `onBatch`. On a terminal it draws a bar with the time left and
 * the mean loss so far. Anywhere else, as in a log file, it writes one line at the end of each epoch.
 *
 * @param stream standard error by default
 */
export function progressBar(stream: OutputStream = process.stderr): (progress: BatchProgress) => void {
  const show = stream.isTTY === true ? drawBar(stream) : writeLine(stream);
  let sum = 0;
  return (progress) => {
    sum = (progress.batch === 1 ? 0 : sum) + progress.loss;
    show(progress, (sum / progress.batch).toPrecision(4));
  };
}

type Show = (progress: BatchProgress, loss: string) => void;

function writeLine(stream: OutputStream): Show {
  return ({ epoch, epochs, batch, batches }, loss) => {
    if (batch === batches)
      stream.write(`epoch ${epoch}/${epochs}: ${batches} batches, training loss ${loss}\n`);
  };
}

function drawBar(stream: OutputStream): Show {
  const bar = new Bar({
    stream,
    format: "epoch {epoch} [{bar}] {value}/{total} | {eta_formatted} left | loss {loss}",
    barCompleteChar: "=",
    barIncompleteChar: " ",
    barsize: 30,
  });
  return ({ epoch, epochs, batch, batches }, loss) => {
    if (batch === 1) {
      bar.stop();
      bar.start(batches, 0, { epoch: `${epoch}/${epochs}`, loss });
    }
    bar.update(batch, { loss });
    if (batch === batches) bar.stop();
  };
}

/** The package's bar redraws by a timer; this one's does not keep the process alive after a training that failed. */
class Bar extends SingleBar {
  declare private readonly timer: NodeJS.Timeout | null;

  override render(): void {
    super.render();
    this.timer?.unref();
  }
}
