import type { Monitor, TrainingHistory } from "../training/history.js";
import { figureBody } from "./figureBody.js";
import { formatCount, formatNumber } from "./format.js";
import { html, type Markup } from "./html.js";
import { trainingPlot } from "./trainingPlot.js";

/** How the training went. */
export async function trainingBody(history: TrainingHistory): Promise<Markup> {
  const { epochs } = history;
  const seconds = epochs.reduce((sum, epoch) => sum + epoch.seconds, 0);
  const skipped = epochs.reduce((sum, epoch) => sum + epoch.skipped, 0);
  return html`<p>${formatCount(epochs.length)} epochs in ${duration(seconds)}; training ${
    history.stoppedBecause === "epochs"
      ? "ran all epochs"
      : "stopped early, as the validation set showed no more progress"
  }. ${bestEpochText(history)} ${
    skipped === 0
      ? "Every image could be read."
      : `Images that could not be read were skipped ${formatCount(skipped)} times.`
  }</p>
${await figureBody(trainingPlot(history))}`;
}

/** What decides which epoch is best, in words. */
export const monitorNames: Readonly<Record<Monitor, string>> = {
  validationLoss: "validation loss",
  validationAuc: "mean validation AUC",
  validationDice: "mean validation Dice",
};

function bestEpochText({ epochs, bestEpoch, monitor }: TrainingHistory): string {
  const best = epochs.find(({ epoch }) => epoch === bestEpoch)?.validation;
  if (best === undefined) return "There was no validation set.";
  const { loss, macroAuc, meanDice } = best;
  const figures = [
    `validation loss ${formatNumber(loss)}`,
    `mean validation AUC ${formatNumber(macroAuc)}`,
    ...(meanDice === undefined ? [] : [`mean validation Dice ${formatNumber(meanDice)}`]),
  ];
  return `By ${monitorNames[monitor]}, epoch ${bestEpoch} was best: ${figures.join(", ")}.`;
}

function duration(seconds: number): string {
  if (seconds < 90) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} seconds`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} minutes` : `${(minutes / 60).toFixed(1)} hours`;
}
