import { aggregateAnnotations } from "../labels/aggregateAnnotations.js";
import type { AggregationRule } from "../labels/aggregateVotes.js";
import type { FindingBox, Study } from "../labels/dataset.js";
import { labelMatrix } from "../labels/labelMatrix.js";
import type { ReadingReport, StudyEntry } from "./defineDataset.js";
import type { GatheredImage } from "./gatheredByImage.js";
import { patientOfImage } from "./ownPatient.js";

/** What the readers of one image said. */
export interface ReaderVotes {
  /** One value for each class, by reader. */
  readonly readers: Map<string, number[]>;
  /** Boxes of all readers; undefined where nobody was asked for boxes. */
  boxes?: FindingBox[];
  /** [rows, columns] of the image that the boxes were drawn on. */
  size?: readonly [number, number];
}

/** An image that several readers read. */
export interface ReadStudy extends Study {
  /** Who read it, in the order of the table. */
  readonly readers: readonly string[];
}

/**
 * Makes studies of readers' votes: the labels are the votes joined by a rule, and each reader is a label set of its own,
 * unknown where the reader did not read the image. Each image counts as a patient of its own, and labels that are unknown
 * since the readers disagree are counted.
 *
 * @param split what all studies get as `split`
 */
export function* readerStudies(
  images: Iterable<GatheredImage<ReaderVotes>>,
  classes: readonly string[],
  rule: AggregationRule,
  report: ReadingReport,
  split?: string,
): Generator<StudyEntry<ReadStudy>> {
  const list = [...images];
  if (list.length === 0) return;
  const votes = list.map(({ value }) => [...value.readers.values()]);
  const unknown = classes.map(() => Number.NaN);
  // An image has no readers where its records are at fault; the faults are thrown once all studies are made.
  const most = votes.reduce((longest, { length }) => Math.max(longest, length), 1);
  // Whose vote it is does not matter to the rule, so matrices of each image's first, second ... reader are enough.
  const ballots = Array.from({ length: most }, (_, k) =>
    labelMatrix(
      classes,
      votes.map((ofImage) => ofImage[k] ?? unknown),
    ),
  );
  const { labels, counts } = aggregateAnnotations(ballots, { rule });
  const disagreements = counts.reduce((sum, { disagreement }) => sum + disagreement, 0);
  for (let i = 0; i < disagreements; i++) report.change(`readers disagree by the rule "${rule}": unknown`);
  const everyReader = new Set(list.flatMap(({ value }) => [...value.readers.keys()]));
  const inOrder = [...everyReader].sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
  for (const [i, { imageId, line, records, value }] of list.entries()) {
    const { readers, boxes, size } = value;
    // The first study names all readers, so that the label sets come in their order.
    const named = i === 0 ? inOrder : [...readers.keys()];
    yield {
      study: {
        imageId,
        patientId: patientOfImage(imageId, {}, report.change),
        readers: [...readers.keys()],
        ...(boxes && { boxes }),
        ...(boxes && size && { boxSize: size }),
        ...(split !== undefined && { split }),
      },
      labels: classes.map((_, c) => labels.values.get(i, c)),
      labelSets: Object.fromEntries(named.map((reader) => [reader, readers.get(reader) ?? unknown])),
      records,
      line,
    };
  }
}
