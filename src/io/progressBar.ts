import { SingleBar } from "cli-progress";
import type { BatchProgress } from "../training/fitOptions.js";

/** Where progress is shown: a terminal's stream, or any other. */
export type OutputStream = NodeJS.WritableStream & {
  /** Whether it is a terminal. */
  readonly isTTY?: boolean;
};

/**
 * Shows how far each epoch is: what `fit` takes as `onBatch`. On a terminal it draws a bar with the time left of the epoch
 * and the mean loss of the batches so far. Anywhere else, as in a log file, it writes one line at the end of each epoch;
 * where images cannot be read and batches are missing, the line comes when the next epoch begins.
 *
 * A training that is resumed within an epoch starts the bar there; loss and time are then of the batches since.
 *
 * @param stream standard error by default
 */
export function progressBar(stream: OutputStream = process.stderr): (progress: BatchProgress) => void {
  const display = stream.isTTY === true ? bar(stream) : lines(stream);
  let last: BatchProgress | undefined;
  let sum = 0;
  let count = 0;
  return (progress) => {
    if (last === undefined || progress.epoch !== last.epoch || progress.batch <= last.batch) {
      if (last && last.batch < last.batches) display.end(last, count, meanLoss(sum, count));
      sum = 0;
      count = 0;
    }
    last = progress;
    sum += progress.loss;
    count++;
    display.show(progress, count, meanLoss(sum, count));
    if (progress.batch === progress.batches) display.end(progress, count, meanLoss(sum, count));
  };
}

function meanLoss(sum: number, count: number): string {
  return (sum / count).toPrecision(4);
}

interface Display {
  /** Shows a batch, the `count`-th that is seen of its epoch. */
  show(progress: BatchProgress, count: number, loss: string): void;
  /** Ends the epoch of which it is the last batch seen. */
  end(progress: BatchProgress, count: number, loss: string): void;
}

function lines(stream: OutputStream): Display {
  return {
    show() {},
    end({ epoch, epochs }, count, loss) {
      stream.write(`epoch ${epoch}/${epochs}: ${count} batches, training loss ${loss}\n`);
    },
  };
}

function bar(stream: OutputStream): Display {
  const drawn = new Bar({
    stream,
    format: "epoch {epoch} [{bar}] {value}/{total} | {left} left | loss {loss}",
    barCompleteChar: "=",
    barIncompleteChar: " ",
    barsize: 30,
  });
  let start = 0;
  return {
    show({ epoch, epochs, batch, batches }, count, loss) {
      // The first batch is over when it is seen: time is measured from the second on.
      if (count === 1) {
        start = performance.now();
        drawn.start(batches, batch, { epoch: `${epoch}/${epochs}`, left: "?", loss });
      } else {
        const seconds = (performance.now() - start) / 1000 / (count - 1);
        drawn.update(batch, { left: clock(seconds * (batches - batch)), loss });
      }
    },
    end() {
      drawn.stop();
    },
  };
}

/** Hours, minutes and seconds: 1:02:03. */
function clock(seconds: number): string {
  const whole = Math.ceil(seconds);
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return parts.map((part, i) => (i === 0 ? `${part}` : `${part}`.padStart(2, "0"))).join(":");
}

/** The package's bar redraws by a timer; this one's does not keep the process alive after a training that failed. */
class Bar extends SingleBar {
  declare private readonly timer: NodeJS.Timeout | null;

  override render(): void {
    super.render();
    this.timer?.unref();
  }
}
