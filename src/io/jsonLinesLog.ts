import { basename, dirname } from "node:path";
import type { EpochCallback } from "../training/fitOptions.js";
import { replaceFiles } from "./replaceFiles.js";

/**
 * Keeps the course of a training as JSON Lines: what `fit` takes as `onEpoch`. Each line is the record of an epoch, with
 * its fields; NaN is null, and what is undefined is left out.
 *
 * The file is written anew after each epoch and takes the old one's place as a whole. So it holds each epoch once,
 * also after a training that was broken off and resumed.
 *
 * ```ts
 * await fit(model, { ..., onEpoch: jsonLinesLog("runs/epochs.jsonl") });
 * ```
 *
 * @param file its folder is made where it is absent
 */
export function jsonLinesLog(file: string): EpochCallback {
  return async (_, records) => {
    const text = records.map((record) => `${JSON.stringify(record)}\n`).join("");
    await replaceFiles(dirname(file), { [basename(file)]: text });
  };
}
