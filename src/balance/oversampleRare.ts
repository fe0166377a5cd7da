import { ArgumentError } from "../errors.js";
import type { LabelMatrix } from "../labels/labelMatrix.js";
import { columnsOf } from "../matrix.js";
import { classFrequencies } from "./classFrequencies.js";
import { checkWhole, type PlannedSample, type SamplingPlan, shuffledPlan } from "./samplingPlan.js";

/** How {@link oversampleRare} chooses and copies. */
export type OversamplingOptions = (
  | {
      /** The rare findings. */
      readonly classes: readonly string[];
    }
  | {
      /** Findings present in at most this share of the known samples are rare; in [0, 1]. */
      readonly maxPrevalence: number;
    }
) & {
  /** How many copies of each sample with a rare finding are added. Default 1. */
  readonly copies?: number;
  /** Of the order of each epoch. Default 0. */
  readonly seed?: number | string;
};

/** Every sample and copies of some. */
export interface OversamplingPlan extends SamplingPlan {
  /** The findings that counted as rare. */
  readonly classes: readonly string[];
  /** How many samples have one of them and are copied. */
  readonly copied: number;
}

/**
 * A plan in which every sample stands once and each sample with at least one rare finding a second time (or more often), to
 * be augmented. Only a label of 1 counts as having the finding; unknown labels (NaN) don't, and samples without any known
 * label stand in the plan once, like all others. Each epoch has the same samples in another order.
 *
 * Copying changes how often every finding is seen, also the frequent ones that go along with a rare one: weights should be
 * computed from the labels of the plan's samples if they are to fit it.
 *
 * ```ts
 * const plan = oversampleRare(train.labels, { classes: ["Hernia", "Pneumonia", "Fibrosis"] });
 * plan.epoch(0)[0]; // { index: 1204, augment: false }
 * ```
 *
 * @throws ArgumentError for a class that the labels have not, a prevalence outside [0, 1], or copies below 1
 */
export function oversampleRare(labels: LabelMatrix, options: OversamplingOptions): OversamplingPlan {
  const { copies = 1, seed = 0 } = options;
  checkWhole("options.copies", copies, 1);
  const { rows, columns } = columnsOf(labels, "labels");
  const classes = "classes" in options ? options.classes : rareClasses(labels, options.maxPrevalence);
  const rare = classes.map((name) => {
    const column = columns[labels.classes.indexOf(name)];
    if (column) return column;
    throw new ArgumentError("options.classes", `"${name}" is none of ${labels.classes.join(", ")}`);
  });
  const places: PlannedSample[] = [];
  let copied = 0;
  for (let index = 0; index < rows; index++) {
    places.push({ index, augment: false });
    if (!rare.some((column) => column[index] === 1)) continue;
    copied++;
    for (let copy = 0; copy < copies; copy++) places.push({ index, augment: true });
  }
  return { ...shuffledPlan(rows, places, `oversampleRare/${seed}`), classes: [...classes], copied };
}

function rareClasses(labels: LabelMatrix, maxPrevalence: number): string[] {
  if (!(maxPrevalence >= 0 && maxPrevalence <= 1)) {
    throw new ArgumentError("options.maxPrevalence", `is ${maxPrevalence}; expected a number in [0, 1]`);
  }
  const { positive } = classFrequencies(labels);
  return labels.classes.filter((_, c) => positive[c]! <= maxPrevalence);
}
