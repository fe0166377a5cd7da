import { ArgumentError } from "../errors.js";
import { type EpochRecord, type Monitor, monitored } from "./history.js";

/** How far a training is when a schedule is asked for its rate. */
export interface ScheduleMoment {
  /** Epochs done, with the share of the one in progress: 0 before the first step, 1.5 in the middle of the second epoch. */
  readonly epoch: number;
  /** How many there will be at most. */
  readonly epochs: number;
  /** What is known of the epochs that are over. */
  readonly records: readonly EpochRecord[];
}

/**
 * A learning rate that changes from step to step: a function of the moment alone, without memory, so that a training that
 * is resumed goes on with the same rates.
 */
export interface LearningRateSchedule {
  /** The learning rate of the next step. */
  rate(moment: ScheduleMoment): number;
}

/** A learning rate for all epochs, one for each (a function of the epoch, from 0), or a schedule by steps. */
export type LearningRate = number | ((epoch: number) => number) | LearningRateSchedule;

/** The learning rate of a moment, whatever form it was given in. */
export function rateAt(learningRate: LearningRate, moment: ScheduleMoment): number {
  if (typeof learningRate === "number") return learningRate;
  return typeof learningRate === "function"
    ? learningRate(Math.floor(moment.epoch))
    : learningRate.rate(moment);
}

/**
 * Half a cosine from one rate to another over the whole training, step by step (Loshchilov and Hutter, ICLR 2017, without
 * restarts): to + (from - to) * (1 + cos(pi * epoch / epochs)) / 2.
 *
 * @param options `from` at the start, `to` (0 by default) at the end
 * @throws ArgumentError for a rate that is not a finite number of at least 0
 */
export function cosineSchedule(options: {
  readonly from: number;
  readonly to?: number;
}): LearningRateSchedule {
  const { from, to = 0 } = options;
  checkRate("from", from);
  checkRate("to", to);
  return {
    rate: ({ epoch, epochs }) =>
      to + ((from - to) * (1 + Math.cos((Math.PI * Math.min(epoch, epochs)) / epochs))) / 2,
  };
}

/**
 * A rate that is multiplied by `factor` after every so many epochs, or at the start of the epochs named (from 0), as
 * PyTorch's StepLR and MultiStepLR.
 *
 * @throws ArgumentError for a rate or factor that is not a finite number of at least 0, or a period that is not above 0
 */
export function stepSchedule(options: {
  readonly from: number;
  readonly factor: number;
  readonly every: number | readonly number[];
}): LearningRateSchedule {
  const { from, factor, every } = options;
  checkRate("from", from);
  checkRate("factor", factor);
  if (typeof every === "number" && !(every > 0)) {
    throw new ArgumentError("options.every", `is ${every}; expected a number of epochs above 0`);
  }
  const passed = (epoch: number) =>
    typeof every === "number" ? Math.floor(epoch / every) : every.filter((at) => epoch >= at).length;
  return { rate: ({ epoch }) => from * factor ** passed(Math.floor(epoch)) };
}

/** When {@link plateauSchedule} lowers the rate. */
export interface PlateauOptions {
  /** The rate at the start. */
  readonly from: number;
  /** By what it is multiplied; 0.1 by default. */
  readonly factor?: number;
  /** After how many epochs in a row without an improvement; 5 by default. */
  readonly patience?: number;
  /** A change counts as an improvement only when it is larger than this; 0 by default. */
  readonly minimumChange?: number;
  /** The rate does not fall below this; 0 by default. */
  readonly least?: number;
  /** By which figure; "validationLoss" by default. */
  readonly monitor?: Monitor;
}

/**
 * A rate that falls when the validation set shows no progress, as Keras's ReduceLROnPlateau: after `patience` epochs
 * in a row without an improvement it is multiplied by `factor`, and the count starts anew. It is computed from the
 * epochs' records alone.
 *
 * @throws ArgumentError for an option out of its range; in training, when there is no validation set
 */
export function plateauSchedule(options: PlateauOptions): LearningRateSchedule {
  const {
    from,
    factor = 0.1,
    patience = 5,
    minimumChange = 0,
    least = 0,
    monitor = "validationLoss",
  } = options;
  for (const [name, value] of Object.entries({ from, factor, minimumChange, least })) checkRate(name, value);
  if (!Number.isInteger(patience) || patience < 1) {
    throw new ArgumentError("options.patience", `is ${patience}; expected a whole number of at least 1`);
  }
  if (factor >= 1) throw new ArgumentError("options.factor", `is ${factor}; expected a number below 1`);
  if (least > from) {
    throw new ArgumentError("options.least", `is ${least}; expected at most options.from, which is ${from}`);
  }
  const sign = monitor === "validationLoss" ? -1 : 1;
  return {
    rate({ records }) {
      let [rate, best, waited] = [from, -Infinity, 0];
      for (const { validation } of records) {
        if (validation === undefined) {
          throw new ArgumentError("options.learningRate", "waits for a plateau; give options.validation");
        }
        const score = sign * monitored(validation, monitor);
        if (score > best + minimumChange) {
          best = score;
          waited = 0;
        } else if (++waited >= patience) {
          rate = Math.max(rate * factor, least);
          waited = 0;
        }
      }
      return rate;
    },
  };
}

/**
 * A rate that rises step by step from `from` (0 by default) to where `then` begins, over the first `epochs` (a fraction
 * is fine), and then follows `then`, whose clock starts there and whose end is the training's.
 *
 * @throws ArgumentError for a rate that is not a finite number of at least 0, or epochs that are not above 0
 */
export function warmUp(
  options: { readonly epochs: number; readonly from?: number },
  then: LearningRate,
): LearningRateSchedule {
  const { epochs: length, from = 0 } = options;
  checkRate("from", from);
  if (!(length > 0 && Number.isFinite(length))) {
    throw new ArgumentError("options.epochs", `is ${length}; expected a number above 0`);
  }
  return {
    rate({ epoch, epochs, records }) {
      const later = { epoch: Math.max(epoch - length, 0), epochs: Math.max(epochs - length, 1e-9), records };
      const target = rateAt(then, epoch < length ? { ...later, records: [] } : later);
      return epoch < length ? from + (target - from) * (epoch / length) : target;
    },
  };
}

function checkRate(option: string, value: number): void {
  if (Number.isFinite(value) && value >= 0) return;
  throw new ArgumentError(`options.${option}`, `is ${value}; expected a finite number of at least 0`);
}
