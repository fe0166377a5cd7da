import { describe, expect, test } from "vitest";
import type { EpochRecord } from "../../src/training/history.js";
import {
  cosineSchedule,
  type LearningRate,
  plateauSchedule,
  rateAt,
  stepSchedule,
  warmUp,
} from "../../src/training/schedules.js";

const at = (schedule: LearningRate, epoch: number, epochs = 10, records: readonly EpochRecord[] = []) =>
  rateAt(schedule, { epoch, epochs, records });

const record = (loss: number, macroAuc = 0.5): EpochRecord => ({
  epoch: 1,
  learningRate: 1,
  trainingLoss: 1,
  steps: 1,
  validation: { loss, macroAuc, auc: {}, undefinedAuc: [] },
  seconds: 1,
  skipped: 0,
});

describe("cosineSchedule", () => {
  test("begins at from, is half way in the middle and ends at to, by fractions of an epoch", () => {
    const schedule = cosineSchedule({ from: 0.5, to: 0.1 });
    expect(at(schedule, 0)).toBe(0.5);
    expect(at(schedule, 5)).toBeCloseTo(0.3, 12);
    expect(at(schedule, 2.5)).toBeCloseTo(0.1 + 0.2 * (1 + Math.SQRT1_2), 12);
    expect(at(schedule, 10)).toBeCloseTo(0.1, 12);
    expect(at(cosineSchedule({ from: 1 }), 10)).toBe(0);
  });
});

describe("stepSchedule", () => {
  test("multiplies after every n epochs, as StepLR, or at the start of those named, as MultiStepLR", () => {
    const every = stepSchedule({ from: 1, factor: 0.5, every: 3 });
    expect([0, 2.9, 3, 5, 6].map((epoch) => at(every, epoch))).toEqual([1, 1, 0.5, 0.5, 0.25]);
    const named = stepSchedule({ from: 1, factor: 0.1, every: [2, 5] });
    expect([1.99, 2, 4, 5].map((epoch) => at(named, epoch))).toEqual([1, 0.1, 0.1, 0.1 ** 2]);
  });
});

describe("plateauSchedule", () => {
  test("multiplies after patience epochs in a row without an improvement, and counts anew", () => {
    const schedule = plateauSchedule({ from: 1, factor: 0.1, patience: 2 });
    const losses = [1, 0.9, 0.95, 0.9, 0.92, 0.89, 0.89, 0.9, 0.9];
    const rates = losses.map((_, i) =>
      at(
        schedule,
        i + 1,
        10,
        losses.slice(0, i + 1).map((loss) => record(loss)),
      ),
    );
    // 0.95 and 0.9 are no improvement on 0.9: 0.1. Then 0.92 is none, 0.89 is one, 0.89 and 0.9 are none: 0.01.
    expect(rates).toEqual([1, 1, 1, 0.1, 0.1, 0.1, 0.1, 0.1 ** 2, 0.1 ** 2]);
  });

  test("goes by AUC upwards, asks for a minimum change and keeps a least rate", () => {
    const schedule = plateauSchedule({
      from: 1,
      factor: 0.1,
      patience: 1,
      minimumChange: 0.05,
      least: 0.05,
      monitor: "validationAuc",
    });
    const records = [0.5, 0.54, 0.56, 0.57].map((auc) => record(1, auc));
    expect(records.map((_, i) => at(schedule, i + 1, 10, records.slice(0, i + 1)))).toEqual([
      1, 0.1, 0.1, 0.05,
    ]);
  });

  test("is an error without a validation set", () => {
    const { validation, ...bare } = record(1);
    const schedule = plateauSchedule({ from: 1 });
    expect(() => at(schedule, 1, 10, [{ ...bare, validation: undefined }])).toThrow("options.validation");
  });
});

describe("warmUp", () => {
  test("rises in a line to where the other begins, whose clock starts then and ends with the training", () => {
    const schedule = warmUp({ epochs: 2, from: 0.1 }, cosineSchedule({ from: 1 }));
    expect(at(schedule, 0)).toBe(0.1);
    expect(at(schedule, 1)).toBeCloseTo(0.55, 12);
    expect(at(schedule, 2)).toBe(1);
    expect(at(schedule, 6)).toBeCloseTo(0.5, 12);
    expect(at(schedule, 10)).toBeCloseTo(0, 12);
    expect(at(warmUp({ epochs: 0.5 }, 3), 0.25)).toBe(1.5);
    expect(
      at(
        warmUp({ epochs: 1 }, (epoch) => 2 ** -epoch),
        2.5,
      ),
    ).toBe(0.5);
  });
});

test("rates, factors and lengths out of range are ArgumentErrors", () => {
  expect(() => cosineSchedule({ from: -1 })).toThrow("options.from");
  expect(() => stepSchedule({ from: 1, factor: Number.NaN, every: 1 })).toThrow("options.factor");
  expect(() => stepSchedule({ from: 1, factor: 1, every: 0 })).toThrow("options.every");
  expect(() => plateauSchedule({ from: 1, patience: 0 })).toThrow("options.patience");
  expect(() => plateauSchedule({ from: 1, factor: 1 })).toThrow("options.factor");
  expect(() => plateauSchedule({ from: 1e-4, least: 1e-3 })).toThrow("options.least");
  expect(() => warmUp({ epochs: 0 }, 1)).toThrow("options.epochs");
});
