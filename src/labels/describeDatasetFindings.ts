import { ArgumentError } from "../errors.js";
import { rowMajor } from "../matrix.js";
import type { LabelMatrix } from "./labelMatrix.js";

/** What is known of one finding: `positive + negative + uncertain + unknown` is the number of images. */
export interface FindingCounts {
  /** Name of the class. */
  readonly finding: string;
  /** Images in which it is present. */
  readonly positive: number;
  /** Images in which it is absent. */
  readonly negative: number;
  /** Images whose label is NaN because the source calls the finding uncertain. */
  readonly uncertain: number;
  /** Images whose label is NaN for any other reason. */
  readonly unknown: number;
  /** positive / (positive + negative), in [0, 1]; NaN without a known label. */
  readonly prevalence: number;
}

/** How many findings the images have. A class such as "No Finding" counts as any other. */
export interface FindingsPerImage {
  /** Images of which every label is known, by how many findings are present: those with none first. */
  readonly images: readonly number[];
  /** Images of which a label is unknown or uncertain, so that their findings can't be counted. */
  readonly incomplete: number;
}

/**
 * How often findings go together: tables of shape [classes, classes], from which follows the whole fourfold table of
 * each pair.
 */
export interface CoOccurrence {
  /** Names of the rows and columns. */
  readonly classes: readonly string[];
  /** Images in which both are present; on the diagonal, those in which the one is. Symmetric. */
  readonly both: readonly (readonly number[])[];
  /** Images in which the row's finding is present and the column's is known. */
  readonly rowPresent: readonly (readonly number[])[];
  /** Images in which both are known. Symmetric. */
  readonly known: readonly (readonly number[])[];
}

/** The parts of a description that come from the labels alone. */
export interface FindingsDescription {
  /** One entry a class, in the order of the label matrix. */
  readonly findings: readonly FindingCounts[];
  /** How many findings the images have. */
  readonly findingsPerImage: FindingsPerImage;
  /** How often findings go together. */
  readonly coOccurrence: CoOccurrence;
}

/**
 * Counts what a label matrix says of each finding, of each image and of each pair of findings, in one pass.
 *
 * @throws ArgumentError for a label other than 1, 0 and NaN, or an `uncertain` of another shape
 */
export function describeFindings(labels: LabelMatrix, uncertain?: LabelMatrix): FindingsDescription {
  const { classes } = labels;
  const [rows = 0, width = 0] = labels.values.shape;
  const values = rowMajor(labels.values);
  const doubts = uncertain && rowMajor(uncertain.values);
  if (doubts !== undefined && doubts.length !== values.length) {
    throw new ArgumentError(
      "dataset.uncertain",
      `has shape [${uncertain?.values.shape}] and labels [${labels.values.shape}]`,
    );
  }
  const both = square(width);
  const rowPresent = square(width);
  const known = square(width);
  const uncertainCount = new Array<number>(width).fill(0);
  const images = [0];
  let incomplete = 0;
  const present: number[] = [];
  const seen: number[] = [];
  for (let r = 0; r < rows; r++) {
    present.length = 0;
    seen.length = 0;
    for (let c = 0; c < width; c++) {
      const value = values[r * width + c]!;
      if (value === 1 || value === 0) {
        seen.push(c);
        if (value === 1) present.push(c);
      } else if (!Number.isNaN(value)) {
        throw new ArgumentError(
          "dataset.labels",
          `row ${r}, class "${classes[c]}" is ${value}; expected 1, 0 or NaN (unknown)`,
        );
      } else if (doubts?.[r * width + c] === 1) uncertainCount[c]!++;
    }
    for (const a of present) {
      for (const b of present) both[a]![b]!++;
      for (const b of seen) rowPresent[a]![b]!++;
    }
    for (const a of seen) for (const b of seen) known[a]![b]!++;
    if (seen.length < width) incomplete++;
    else images[present.length] = (images[present.length] ?? 0) + 1;
  }
  const findings = classes.map((finding, c): FindingCounts => {
    const positive = both[c]![c]!;
    const total = known[c]![c]!;
    return {
      finding,
      positive,
      negative: total - positive,
      uncertain: uncertainCount[c]!,
      unknown: rows - total - uncertainCount[c]!,
      prevalence: positive / total,
    };
  });
  return {
    findings,
    findingsPerImage: { images: Array.from(images, (count) => count ?? 0), incomplete },
    coOccurrence: { classes: [...classes], both, rowPresent, known },
  };
}

function square(side: number): number[][] {
  return Array.from({ length: side }, () => new Array<number>(side).fill(0));
}
