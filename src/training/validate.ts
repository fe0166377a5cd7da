import { type Tensor, tensor, tidy } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { TrainingError } from "../errors.js";
import type { Loss } from "../losses/loss.js";
import { columnsOf, rowMajor } from "../matrix.js";
import { rocAuc } from "../metrics/rocCurve.js";
import type { BatchSource } from "./batch.js";
import { collectOutputs, type Outputs } from "./collectOutputs.js";
import type { ValidationRecord } from "./history.js";

/**
 * Measures a model on a whole validation set: neither a loss that weighs classes nor an AUC is the mean of its values
 * over batches.
 *
 * @param epoch of the training, from 1, for errors
 * @returns the record, and how many images could not be read
 * @throws TrainingError when no image could be read, or the loss is NaN or infinite
 */
export async function validate(
  model: LayersModel,
  objective: Loss,
  source: BatchSource,
  epoch: number,
  signal: AbortSignal | undefined,
): Promise<{ readonly record: ValidationRecord; readonly skipped: number }> {
  const outputs = await collectOutputs(model, source.epoch(0, { ...(signal && { signal }) }), signal);
  const samples = outputs.studies.length;
  if (samples === 0) throw new TrainingError("the validation source gave no sample", { epoch });
  const loss = await lossOf(objective, outputs);
  if (!Number.isFinite(loss)) {
    throw new TrainingError(
      `the validation loss is ${loss} after epoch ${epoch}. Look for validation images whose values are not finite, ` +
        "or lower the learning rate",
      { epoch },
    );
  }
  const { classes } = outputs.labels;
  const labels = columnsOf(outputs.labels, "labels").columns;
  const scores = columnsOf(outputs.logits, "logits").columns;
  const auc = classes.map((_, c) => rocAuc(labels[c]!, scores[c]!));
  const defined = auc.filter((value) => !Number.isNaN(value));
  const record: ValidationRecord = {
    loss,
    auc: Object.fromEntries(classes.map((name, c) => [name, auc[c]!])),
    macroAuc: defined.reduce((sum, value) => sum + value, 0) / defined.length,
    undefinedAuc: classes.filter((_, c) => Number.isNaN(auc[c]!)),
  };
  return { record, skipped: source.size - samples };
}

async function lossOf(objective: Loss, { labels, logits }: Outputs): Promise<number> {
  const toTensor = (matrix: Outputs["logits"]): Tensor => tensor(rowMajor(matrix), matrix.shape);
  const loss = tidy(() => objective(toTensor(labels.values), toTensor(logits)));
  try {
    return (await loss.data())[0]!;
  } finally {
    loss.dispose();
  }
}
