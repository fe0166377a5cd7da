import { join } from "node:path";
import type { EpochCallback } from "../training/fitOptions.js";
import type { EpochRecord } from "../training/history.js";
import { eventFile } from "./tensorBoard/eventFile.js";
import type { TensorBoardEvent } from "./tensorBoard/eventRecord.js";

/**
 * Shows the course of a training in TensorBoard: what `fit` takes as `onEpoch`. Event files go to the folders `train` and
 * `validation`, which TensorBoard draws as two curves of one chart where both have a figure of one name. The step is the
 * epoch, from 1.
 *
 * - train: `loss`, `loss/<head>`, `learning_rate`, `steps`, `seconds`, `skipped`
 * - validation: `loss`, `loss/<head>`, `auc`, `auc/<class>`, `auc_of_head/<head>`, `dice`, `dice/<mask>`,
 *   `dice_of_head/<head>`; without a class or mask it is the mean
 *
 * Undefined figures are NaN, which TensorBoard marks. Each epoch is on disk before training goes on. A training that is
 * resumed begins new files, which tell its earlier epochs once more and make TensorBoard drop what older files say. To
 * compare trainings, give each a folder of its own below the one that TensorBoard is started on.
 *
 * ```ts
 * await fit(model, { ..., onEpoch: tensorBoardLog("runs/tensorboard") });
 * ```
 *
 * @param directory made where it is absent
 */
export function tensorBoardLog(directory: string): EpochCallback {
  const curves = [
    { write: curveWriter(join(directory, "train")), scalars: trainingScalars },
    { write: curveWriter(join(directory, "validation")), scalars: validationScalars },
  ];
  return async (_, records) => {
    for (const { write, scalars } of curves) await write(eventsOf(records, scalars));
  };
}

/** Appends the events that are not yet in the folder's file. The first call begins the file. */
function curveWriter(directory: string): (events: readonly TensorBoardEvent[]) => Promise<void> {
  let append: ((events: readonly TensorBoardEvent[]) => Promise<void>) | undefined;
  let written = 0;
  return async (events) => {
    if (events.length === 0) return;
    if (append === undefined || events.length <= written) {
      append = await eventFile(directory, events[0]!.step);
      written = 0;
    }
    await append(events.slice(written));
    written = events.length;
  };
}

/** Epochs are dated by their length, back from now. */
function eventsOf(
  records: readonly EpochRecord[],
  scalars: (record: EpochRecord) => ReadonlyMap<string, number>,
): TensorBoardEvent[] {
  let wallTime = Date.now() / 1000;
  const events = records.toReversed().map((record): TensorBoardEvent => {
    const event = {
      wallTime,
      step: record.epoch,
      content: { kind: "scalars", values: scalars(record) },
    } as const;
    wallTime -= record.seconds;
    return event;
  });
  return events.reverse().filter(({ content }) => content.kind === "scalars" && content.values.size > 0);
}

function trainingScalars(record: EpochRecord): ReadonlyMap<string, number> {
  return defined([
    ["loss", record.trainingLoss],
    ...below("loss", record.trainingHeads),
    ["learning_rate", record.learningRate],
    ["steps", record.steps],
    ["seconds", record.seconds],
    ["skipped", record.skipped],
  ]);
}

function validationScalars({ validation }: EpochRecord): ReadonlyMap<string, number> {
  if (validation === undefined) return new Map();
  const { heads = {}, auc, dice } = validation;
  const ofHeads = (figure: "loss" | "macroAuc" | "meanDice") =>
    Object.fromEntries(Object.entries(heads).map(([name, head]) => [name, head[figure]]));
  return defined([
    ["loss", validation.loss],
    ...below("loss", ofHeads("loss")),
    ["auc", Object.keys(auc).length > 0 ? validation.macroAuc : undefined],
    ...below("auc", auc),
    ...below("auc_of_head", ofHeads("macroAuc")),
    ["dice", validation.meanDice],
    ...below("dice", dice),
    ...below("dice_of_head", ofHeads("meanDice")),
  ]);
}

function below(
  name: string,
  figures: Readonly<Record<string, number | undefined>> = {},
): (readonly [string, number | undefined])[] {
  return Object.entries(figures).map(([key, value]) => [`${name}/${key}`, value] as const);
}

function defined(figures: readonly (readonly [string, number | undefined])[]): ReadonlyMap<string, number> {
  return new Map(figures.filter((figure): figure is readonly [string, number] => figure[1] !== undefined));
}
