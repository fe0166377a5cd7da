import type { Checkpoint } from "../training/fit.js";
import { filesOf } from "./modelFiles.js";
import { replaceFiles } from "./replaceFiles.js";

/**
 * Keeps the best model of a training in a folder: what `fit` takes as `checkpoint`. Beside the model's files,
 * checkpoint.json tells the epoch and the figure by which it was best. {@link loadModel} reads the folder. A better
 * model replaces the one before.
 *
 * ```ts
 * await fit(model, { ..., checkpoint: checkpointFolder("runs/best") });
 * const best = await loadModel("runs/best");
 * ```
 *
 * @param directory made where it is absent
 */
export function checkpointFolder(directory: string): Checkpoint {
  return {
    async save(model, best) {
      await replaceFiles(directory, { ...(await filesOf(model)), "checkpoint.json": JSON.stringify(best) });
    },
  };
}
