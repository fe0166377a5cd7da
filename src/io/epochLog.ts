import type { EpochRecord } from "../training/history.js";
import type { OutputStream } from "./progressBar.js";

/**
 * Writes one line an epoch: training loss, validation loss, macro AUC, seconds, images that could not be read. What
 * `fit` takes as `onEpoch`.
 *
 * @param stream standard error by default
 */
export function epochLog(stream: OutputStream = process.stderr): (record: EpochRecord) => void {
  return ({ epoch, trainingLoss, validation, seconds, skipped }) => {
    const parts = [`loss ${trainingLoss.toPrecision(4)}`];
    if (validation) {
      const { loss, macroAuc, undefinedAuc } = validation;
      const without = undefinedAuc.length > 0 ? ` (undefined for ${undefinedAuc.join(", ")})` : "";
      parts.push(`validation loss ${loss.toPrecision(4)}`);
      parts.push(`AUC ${Number.isNaN(macroAuc) ? "undefined" : macroAuc.toFixed(3)}${without}`);
    }
    parts.push(`${seconds.toFixed(1)} s`);
    if (skipped > 0) parts.push(`${skipped} images skipped`);
    stream.write(`epoch ${epoch}: ${parts.join(", ")}\n`);
  };
}
