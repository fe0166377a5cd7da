import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Checkpoint } from "../training/fitOptions.js";
import { filesOf } from "./modelFiles.js";
import { removeUnfinished, replaceFiles } from "./replaceFiles.js";
import { replaceModelFiles } from "./replaceModelFiles.js";

const stateFile = "training.safetensors";

/**
 * Keeps a training in a folder: what `fit` takes as `checkpoint`. The best model so far is there with checkpoint.json, which
 * tells the epoch and the figure by which it was best; {@link loadModel} reads the folder. A better model replaces the one
 * before. Without a validation set no model is best, and none is kept: {@link saveModel} keeps the one that `fit` ends with.
 * All that the training needs to go on is in training.safetensors. Each is replaced as a whole or not at all.
 *
 * ```ts
 * const checkpoint = checkpointFolder("runs/first");
 * await fit(model, { ..., checkpoint, resume: true }); // begins, or goes on where it was killed
 * const best = await loadModel("runs/first");
 * ```
 *
 * @param directory made where it is absent
 */
export function checkpointFolder(directory: string): Checkpoint {
  return {
    async save(model, best) {
      await replaceModelFiles(directory, {
        ...(await filesOf(model)),
        "checkpoint.json": JSON.stringify(best),
      });
    },
    async saveState(state) {
      await replaceFiles(directory, { [stateFile]: state });
      await removeUnfinished(directory, (name) => name === stateFile);
    },
    async loadState() {
      try {
        return await readFile(join(directory, stateFile));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
        throw error;
      }
    },
  };
}
