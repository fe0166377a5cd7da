import type { EpochRecord } from "../../src/training/history.js";

/** A record of a model with one head; Mass has no AUC. */
export function epochRecord(epoch: number): EpochRecord {
  return {
    epoch,
    learningRate: 1e-3,
    trainingLoss: 1 / (epoch + 2),
    steps: 10 * epoch,
    validation: {
      loss: 0.1 + 0.2,
      auc: { "Edema, severe": 0.75, Mass: Number.NaN },
      macroAuc: 0.75,
      undefinedAuc: ["Mass"],
    },
    seconds: 2,
    skipped: 0,
  };
}

/** A record of a model with a classification head and a segmentation head. */
export function multitaskRecord(epoch: number): EpochRecord {
  const { validation, ...record } = epochRecord(epoch);
  return {
    ...record,
    trainingHeads: { findings: 0.5, lungs: 0.25 },
    validation: {
      ...validation!,
      dice: { lungs: 0.9 },
      meanDice: 0.9,
      heads: { findings: { loss: 0.6, macroAuc: 0.75 }, lungs: { loss: 0.3, meanDice: 0.9 } },
    },
  };
}
