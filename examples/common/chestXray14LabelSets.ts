import type { ChestXray14Study, Dataset, LabelMatrix } from "radiolucent";
import { matrixOf } from "./matrixOf.js";

// Google's radiologists looked for fewer, wider findings. What makes up an opacity is a choice of these examples.
const partsOf: Readonly<Record<string, readonly string[]>> = {
  "Nodule or mass": ["Nodule", "Mass"],
  "Airspace opacity": ["Consolidation", "Edema", "Infiltration", "Pneumonia"],
};

/** The findings of Google's radiologists that the entries of ChestX-ray14 have too, at least in parts. */
export const googleFindings: readonly string[] = ["Pneumothorax", ...Object.keys(partsOf)];

/** The findings that radiologists drew boxes of. */
export function boxedFindings({ studies }: Dataset<ChestXray14Study>): readonly string[] {
  return [...new Set(studies.flatMap(({ boxes = [] }) => boxes.map(({ finding }) => finding)))].sort();
}

/**
 * The label sets of ChestX-ray14 in common classes: the entries, the boxes, and where they are there Google's labels. What
 * a set cannot tell is unknown in it, not absent.
 */
export function chestXray14LabelSets(films: Dataset<ChestXray14Study>, classes: readonly string[]) {
  const { studies, labels, labelSets } = films;
  const boxed = boxedFindings(films);
  const google = labelSets?.google2019;
  const of = (value: (r: number, finding: string, parts: readonly string[]) => number) =>
    matrixOf(classes, studies.length, (r, c) => value(r, classes[c]!, partsOf[classes[c]!] ?? [classes[c]!]));
  const told = (set: LabelMatrix, r: number, finding: string) =>
    set.classes.includes(finding) ? set.values.get(r, set.classes.indexOf(finding)) : Number.NaN;
  return {
    entries: of((r, _, parts) => Math.max(...parts.map((part) => told(labels, r, part)))),
    boxes: of((r, _, parts) => {
      const drawn = studies[r]!.boxes; // only films with a box were looked at
      if (drawn === undefined || !parts.every((part) => boxed.includes(part))) return Number.NaN;
      return Number(drawn.some(({ finding }) => parts.includes(finding)));
    }),
    ...(google && { Google: of((r, finding) => told(google, r, finding)) }),
  };
}
