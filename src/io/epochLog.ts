import type { EpochRecord, ValidationRecord } from "../training/history.js";
import type { OutputStream } from "./progressBar.js";

/**
 * Writes one line an epoch: training loss, validation loss, mean AUC and mean Dice where the model has them, those of each
 * head where it has several, seconds, images that could not be read. What `fit` takes as `onEpoch`.
 *
 * @param stream standard error by default
 */
export function epochLog(stream: OutputStream = process.stderr): (record: EpochRecord) => void {
  return ({ epoch, trainingLoss, validation, seconds, skipped }) => {
    const parts = [
      `loss ${trainingLoss.toPrecision(4)}`,
      ...(validation ? validationParts(validation) : []),
      `${seconds.toFixed(1)} s`,
      ...(skipped > 0 ? [`${skipped} images skipped`] : []),
    ];
    stream.write(`epoch ${epoch}: ${parts.join(", ")}\n`);
  };
}

function validationParts(validation: ValidationRecord): string[] {
  const { loss, auc, macroAuc, undefinedAuc, meanDice, heads = {} } = validation;
  const parts = [`validation loss ${loss.toPrecision(4)}`];
  if (Object.keys(auc).length > 0) {
    const without = undefinedAuc.length > 0 ? ` (undefined for ${undefinedAuc.join(", ")})` : "";
    parts.push(`AUC ${share(macroAuc)}${without}`);
  }
  if (meanDice !== undefined) parts.push(`Dice ${share(meanDice)}`);
  for (const [name, head] of Object.entries(heads)) {
    if (head.macroAuc !== undefined) parts.push(`${name} AUC ${share(head.macroAuc)}`);
    if (head.meanDice !== undefined) parts.push(`${name} Dice ${share(head.meanDice)}`);
  }
  return parts;
}

function share(value: number): string {
  return Number.isNaN(value) ? "undefined" : value.toFixed(3);
}
