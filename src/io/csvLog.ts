import { basename, dirname } from "node:path";
import type { EpochCallback } from "../training/fitOptions.js";
import type { EpochRecord } from "../training/history.js";
import { csvText } from "./csvText.js";
import { recordFigures } from "./recordFigures.js";
import { replaceFiles } from "./replaceFiles.js";

/**
 * Keeps the course of a training as a CSV file (RFC 4180): what `fit` takes as `onEpoch`. One row an epoch, one column a
 * number of its record, named by its path: `epoch`, `learningRate`, `trainingLoss`, `validation.loss`,
 * `validation.auc.Effusion`, ... Numbers have all their digits. An undefined figure, as the AUC of a class with one kind of
 * label, is NaN; a field is empty where the record has no such number.
 *
 * The file is written anew after each epoch and takes the old one's place as a whole. So it holds each epoch once,
 * also after a training that was broken off and resumed.
 *
 * ```ts
 * await fit(model, { ..., onEpoch: csvLog("runs/epochs.csv") });
 * ```
 *
 * @param file its folder is made where it is absent
 * @throws ArgumentError, from the function returned, when two numbers of a record have one path
 */
export function csvLog(file: string): EpochCallback {
  return async (_, records) => {
    await replaceFiles(dirname(file), { [basename(file)]: csvText(rowsOf(records)) });
  };
}

function* rowsOf(records: readonly EpochRecord[]): Generator<readonly (string | number)[]> {
  const rows = records.map(recordFigures);
  const names = [...new Set(rows.flatMap((row) => [...row.keys()]))];
  yield names;
  for (const row of rows) yield names.map((name) => row.get(name) ?? "");
}
