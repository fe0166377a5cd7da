import { dispose, type Scalar, tensor, tidy } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { TrainingError } from "../errors.js";
import { columnsOf, rowMajor } from "../matrix.js";
import { rocAuc } from "../metrics/rocCurve.js";
import { contractOf } from "../models/contract.js";
import type { BatchSource } from "./batch.js";
import { diceTally } from "./diceTally.js";
import { isSegmentation, labelsOf, targetOf } from "./heads.js";
import type { HeadRecord, ValidationRecord } from "./history.js";
import { type Objective, totalLoss } from "./objective.js";
import { matrixBuilder } from "./predict.js";
import { type PredictedBatch, runModel } from "./predictBatches.js";

/** A head's loss and figures over a validation set. */
interface HeadResult {
  readonly loss: number;
  /** AUC by class of a classification head. */
  readonly auc?: readonly number[];
  /** Dice by mask of a segmentation head. */
  readonly dice?: readonly number[];
}

/** Takes in a validation set batch by batch. */
interface HeadMeter {
  add(predicted: PredictedBatch): Promise<void>;
  result(): Promise<HeadResult>;
}

/**
 * Measures a model on a whole validation set: neither a loss that weighs classes nor an AUC is the mean of its values
 * over batches. Masks are too large to keep; their losses are.
 *
 * @param epoch of the training, from 1, for errors
 * @returns the record, and how many images could not be read
 * @throws TrainingError when no image could be read, or the loss is NaN or infinite
 */
export async function validate(
  model: LayersModel,
  objective: Objective,
  source: BatchSource,
  epoch: number,
  signal: AbortSignal | undefined,
): Promise<{ readonly record: ValidationRecord; readonly skipped: number }> {
  const meters = objective.heads.map((part) =>
    isSegmentation(part.head) ? maskMeter(part) : labelMeter(part),
  );
  let samples = 0;
  for await (const predicted of runModel(model, contractOf(model), source, "labels", signal)) {
    samples += predicted.batch.studies.length;
    for (const meter of meters) await meter.add(predicted);
  }
  if (samples === 0) throw new TrainingError("the validation source gave no sample", { epoch });
  const results = await Promise.all(meters.map((meter) => meter.result()));
  const loss = await readScalar(() =>
    totalLoss(
      model,
      objective,
      results.map((result) => tensor(result.loss) as Scalar),
    ),
  );
  if (!Number.isFinite(loss)) {
    throw new TrainingError(
      `the validation loss is ${loss} after epoch ${epoch}. Look for validation images whose values are not finite, ` +
        "or lower the learning rate",
      { epoch },
    );
  }
  return { record: recordOf(objective, results, loss), skipped: source.size - samples };
}

/** The loss of all samples at once, and AUC. */
function labelMeter({ head, loss }: Objective["heads"][number]): HeadMeter {
  const [logits, labels] = [matrixBuilder(head), matrixBuilder(head)];
  return {
    async add({ batch, logits: outputs }) {
      logits.add(outputs[head.name]!);
      labels.add(labelsOf(head, batch).values);
    },
    async result() {
      const [x, y] = [logits.matrix(), labels.matrix()];
      const value = await readScalar(() => loss(tensor(y.data, y.shape), tensor(x.data, x.shape)));
      if (!Number.isFinite(value)) return { loss: value };
      const scores = columnsOf(x, "logits").columns;
      return {
        loss: value,
        auc: columnsOf(y, "labels").columns.map((column, c) => rocAuc(column, scores[c]!)),
      };
    },
  };
}

/** The mean over the samples of their batch's loss, and Dice. */
function maskMeter({ head, loss }: Objective["heads"][number]): HeadMeter {
  let [samples, losses] = [0, 0];
  const tally = diceTally(
    head.classes,
    head.classes.map(() => 0),
  );
  return {
    async add({ batch, logits }) {
      const x = logits[head.name]!;
      const target = targetOf(head, batch);
      const count = batch.studies.length;
      const value = await readScalar(() =>
        loss(tensor(rowMajor(target), target.shape), tensor(rowMajor(x), x.shape)),
      );
      samples += count;
      losses += value * count;
      for (let i = 0; i < count; i++) {
        tally.add(rowMajor(target.pick(i, null, null, null)), rowMajor(x.pick(i, null, null, null)));
      }
    },
    result: async () => ({
      loss: losses / samples,
      dice: tally.result().map(({ diceOfPositives }) => diceOfPositives),
    }),
  };
}

function recordOf({ heads }: Objective, results: readonly HeadResult[], loss: number): ValidationRecord {
  const auc = figures(
    heads.map(({ head }) => head),
    results.map((result) => result.auc),
  );
  const dice = figures(
    heads.map(({ head }) => head),
    results.map((result) => result.dice),
  );
  const perHead = heads.map(({ head }, i): [string, HeadRecord] => {
    const { loss: own, auc: areas, dice: overlaps } = results[i]!;
    return [
      head.name,
      {
        loss: own,
        ...(areas && { macroAuc: meanOfDefined(areas) }),
        ...(overlaps && { meanDice: meanOfDefined(overlaps) }),
      },
    ];
  });
  return {
    loss,
    auc,
    macroAuc: meanOfDefined(Object.values(auc)),
    undefinedAuc: Object.keys(auc).filter((name) => Number.isNaN(auc[name])),
    ...(heads.some(({ head }) => isSegmentation(head)) && {
      dice,
      meanDice: meanOfDefined(Object.values(dice)),
    }),
    ...(heads.length > 1 && { heads: Object.fromEntries(perHead) }),
  };
}

/** Figures of all heads by class; "head/class" for a name that stands in several heads. */
function figures(
  heads: readonly { readonly name: string; readonly classes: readonly string[] }[],
  values: readonly (readonly number[] | undefined)[],
): Record<string, number> {
  const relevant = heads.filter((_, h) => values[h] !== undefined);
  const shared = (name: string) => relevant.filter(({ classes }) => classes.includes(name)).length > 1;
  return Object.fromEntries(
    heads.flatMap((head, h) =>
      (values[h] ?? []).map((value, c) => {
        const name = head.classes[c]!;
        return [shared(name) ? `${head.name}/${name}` : name, value] as const;
      }),
    ),
  );
}

function meanOfDefined(values: readonly number[]): number {
  const defined = values.filter((value) => !Number.isNaN(value));
  return defined.reduce((sum, value) => sum + value, 0) / defined.length;
}

async function readScalar(compute: () => Scalar): Promise<number> {
  const value = tidy(compute);
  try {
    return (await value.data())[0]!;
  } finally {
    dispose(value);
  }
}
