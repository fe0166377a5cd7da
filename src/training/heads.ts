import ndarray, { type NdArray } from "ndarray";
import { ModelError } from "../errors.js";
import type { LabelMatrix } from "../labels/labelMatrix.js";
import { type ClassMatrix, rowMajor } from "../matrix.js";
import type { ModelContract, ModelHead } from "../models/contract.js";
import type { Batch, BatchSource } from "./batch.js";
import { assertClasses } from "./contractCheck.js";

/** What batches and their sources tell of their contents. */
export type BatchNames = Pick<BatchSource, "classes" | "labelSets" | "maskNames">;

/** Whether a batch must hold the labels and masks of all heads, or may lack all of a head's: it is then only predicted. */
export type Need = "labels" | "images";

/**
 * Makes sure that batches hold labels or masks for each head of a model. A classification head takes its classes from the
 * label set of its own name, if there is one, otherwise from the labels, which have exactly its classes where it is the
 * model's only head; a segmentation head takes the masks of its names.
 *
 * @param owner whose contents they are, for the message
 * @throws ModelError that names the head and what it lacks
 */
export function assertHeads(contract: ModelContract, names: BatchNames, owner: string, need: Need): void {
  for (const head of contract.heads) {
    if (need === "images" && isUnlabelled(head, contract, names)) continue;
    if (isSegmentation(head)) {
      const masks = names.maskNames ?? [];
      assertContains(head, masks, `${owner} has the masks`, "masks: [...] of the batches' options");
    } else if (contract.heads.length === 1 && !names.labelSets?.[head.name]) {
      assertClasses(head.classes, names.classes, owner);
    } else {
      const set = names.labelSets?.[head.name];
      const where = set ? `its label set "${head.name}" has` : "has the labels";
      const wayOut = `the dataset's labels, or from its label set "${head.name}" where it has one`;
      assertContains(head, set ?? names.classes, `${owner} ${where}`, wayOut);
    }
  }
}

function assertContains(head: ModelHead, names: readonly string[], owner: string, wayOut: string): void {
  const missing = head.classes.filter((name) => !names.includes(name));
  if (missing.length === 0) return;
  throw new ModelError(
    head.name,
    `head "${head.name}" is of ${head.classes.join(", ")}; ${owner} ${names.join(", ") || "none"}, without ` +
      `${missing.join(", ")}. They come from ${wayOut}`,
  );
}

/** Nothing is known of a head's classes or masks, so that a model with other heads too can still be run. */
function isUnlabelled(head: ModelHead, { heads }: ModelContract, names: BatchNames): boolean {
  if (isSegmentation(head)) return !head.classes.some((name) => names.maskNames?.includes(name));
  const known = names.labelSets?.[head.name] ?? names.classes;
  return heads.length > 1 && !head.classes.some((name) => known.includes(name));
}

/** Whether a head gives a number for each pixel. */
export function isSegmentation(head: ModelHead): boolean {
  return head.kind === "segmentation";
}

/** The names in a batch. */
export function namesOf({ labels, labelSets, maskNames }: Batch): BatchNames {
  return {
    classes: labels.classes,
    ...(labelSets && {
      labelSets: Object.fromEntries(Object.entries(labelSets).map(([name, { classes }]) => [name, classes])),
    }),
    ...(maskNames && { maskNames }),
  };
}

/** The labels of a classification head in a batch, [batch, classes]; NaN where the batch knows nothing of the head. */
export function labelsOf(head: ModelHead, batch: Batch): LabelMatrix {
  const known = batch.labelSets?.[head.name] ?? batch.labels;
  return selectColumns(known, head.classes);
}

/**
 * What a head's loss aims at in a batch: labels, or the targets that stand for them, [batch, classes]; for a segmentation
 * head masks, [batch, height, width, masks].
 */
export function targetOf(head: ModelHead, batch: Batch): NdArray<Float32Array> {
  if (isSegmentation(head)) return selectLast(batch.masks!, batch.maskNames!, head.classes);
  const own = batch.labelSets?.[head.name];
  return selectColumns(own ?? batch.targets ?? batch.labels, head.classes).values;
}

function selectColumns(
  { classes, values }: ClassMatrix<Float32Array>,
  wanted: readonly string[],
): ClassMatrix<Float32Array> {
  return { classes: wanted, values: selectLast(values, classes, wanted) };
}

/** The wanted entries of the last dimension, in their order, NaN for an absent one; without a copy where they are all of it. */
function selectLast(
  array: NdArray<Float32Array>,
  names: readonly string[],
  wanted: readonly string[],
): NdArray<Float32Array> {
  if (names.length === wanted.length && names.every((name, i) => name === wanted[i])) return array;
  const columns = wanted.map((name) => names.indexOf(name));
  const from = rowMajor(array);
  const rows = array.shape.slice(0, -1).reduce((product, extent) => product * extent, 1);
  const values = new Float32Array(rows * columns.length);
  for (let row = 0; row < rows; row++) {
    columns.forEach((column, to) => {
      values[row * columns.length + to] = column < 0 ? Number.NaN : from[row * names.length + column]!;
    });
  }
  return ndarray(values, [...array.shape.slice(0, -1), columns.length]);
}
