import ndarray from "ndarray";
import { ArgumentError } from "../errors.js";
import type { ChangedValues, Dataset } from "./dataset.js";
import type { LabelMatrix } from "./labelMatrix.js";
import { chestVocabulary, type Vocabulary, vocabularyReader } from "./vocabulary.js";

/** How {@link harmonizeLabels} names classes. */
export interface HarmonizeOptions {
  /** Names and spellings. Default {@link chestVocabulary}. */
  readonly vocabulary?: Vocabulary;
  /**
   * The classes to make, names of the vocabulary. By default those that at least one of the datasets has, in the
   * vocabulary's order.
   */
  readonly classes?: readonly string[];
}

/** What a dataset can and cannot say in the common vocabulary. */
export interface Harmonization {
  /** For each class that the dataset can say something of, the columns that it is made from, in their own spelling. */
  readonly sources: Readonly<Record<string, readonly string[]>>;
  /** Classes of which the dataset says nothing: NaN in every row. */
  readonly unknowable: readonly string[];
  /**
   * Classes that the dataset may call absent but never present, since it knows only a union that they are part of. They
   * are of no use for measuring a model on this dataset alone.
   */
  readonly neverPresent: readonly string[];
  /** Columns of the dataset that no class was made from, in their own spelling. */
  readonly unused: readonly string[];
}

/** A dataset whose classes are those of a common vocabulary. */
export type Harmonized<D extends Dataset> = D & {
  /** What became of its own classes. */
  readonly harmonization: Harmonization;
};

/** One class's labels; bytes of `uncertain` are 0 or 1. */
interface Column {
  readonly values: Float32Array;
  readonly uncertain: Uint8Array;
  readonly sources: readonly string[];
}

/**
 * Gives a dataset, or several at once, the classes of a common vocabulary. A class that a dataset has no labels for is
 * NaN throughout, not 0. Nothing is changed in place.
 *
 * - Columns whose names mean one class become that class: present where one is present, absent where all are absent,
 *   otherwise unknown, and uncertain where one of them is.
 * - A union of classes, such as "Nodule or mass", that is absent makes its parts absent where they are unknown; a union
 *   that is present says nothing of either. Parts make their union: present where one is, absent where all are. Labels
 *   that the dataset gives, or calls uncertain, are kept even where they contradict a union. How many labels were inferred
 *   so, `account.changed` tells, by rule.
 *
 * `labelSets` and boxes keep their own names: take a set with `withLabelSet` first, and read a box's name with
 * {@link vocabularyClass}. The boundaries of a finding still differ between datasets that give it one name.
 *
 * ```ts
 * const { nih, cxp } = harmonizeLabels({ nih: await chestXray14(a), cxp: await cheXpert(b) });
 * cxp.harmonization.unknowable; // ["Emphysema", "Fibrosis", "Hernia", ...]
 * const both = mergeDatasets({ nih, cxp });
 * ```
 *
 * @throws ArgumentError for a class that the vocabulary has not or that is named twice, a faulty vocabulary, datasets
 *   without one class of the vocabulary, or a dataset with soft targets (apply an uncertainty policy afterwards)
 */
export function harmonizeLabels<D extends Dataset>(dataset: D, options?: HarmonizeOptions): Harmonized<D>;
export function harmonizeLabels<Sets extends Readonly<Record<string, Dataset>>>(
  datasets: Sets,
  options?: HarmonizeOptions,
): { readonly [Name in keyof Sets]: Harmonized<Sets[Name]> };
export function harmonizeLabels(
  input: Dataset | Readonly<Record<string, Dataset>>,
  options: HarmonizeOptions = {},
): Harmonized<Dataset> | Readonly<Record<string, Harmonized<Dataset>>> {
  const { vocabulary = chestVocabulary } = options;
  const classOf = vocabularyReader(vocabulary);
  const single = isDataset(input);
  const datasets = single ? [input] : Object.values(input);
  const classes = options.classes ?? commonClasses(datasets, vocabulary, classOf);
  classes.forEach((name, c) => {
    if (!Object.hasOwn(vocabulary.terms, name)) {
      throw new ArgumentError(
        "options.classes",
        `"${name}" is not among the terms of the vocabulary; add it there`,
      );
    }
    if (classes.indexOf(name) !== c) throw new ArgumentError("options.classes", `"${name}" stands twice`);
  });
  const harmonize = (dataset: Dataset) => harmonizeOne(dataset, classes, vocabulary.unions ?? {}, classOf);
  if (single) return harmonize(input);
  return Object.fromEntries(Object.entries(input).map(([name, dataset]) => [name, harmonize(dataset)]));
}

function isDataset(input: Dataset | Readonly<Record<string, Dataset>>): input is Dataset {
  return Array.isArray(input.studies);
}

function commonClasses(
  datasets: readonly Dataset[],
  { terms }: Vocabulary,
  classOf: (name: string) => string | undefined,
): string[] {
  const known = new Set(datasets.flatMap(({ labels }) => labels.classes.map(classOf)));
  const common = Object.keys(terms).filter((term) => known.has(term));
  if (common.length > 0) return common;
  const names = [...new Set(datasets.flatMap(({ labels }) => labels.classes))];
  throw new ArgumentError(
    "dataset",
    `none of its classes (${names.join(", ")}) is in the vocabulary; add its spellings to options.vocabulary`,
  );
}

function harmonizeOne(
  dataset: Dataset,
  classes: readonly string[],
  unions: Readonly<Record<string, readonly string[]>>,
  classOf: (name: string) => string | undefined,
): Harmonized<Dataset> {
  if (dataset.targets) {
    throw new ArgumentError(
      "dataset",
      `${dataset.name} has soft targets; harmonize before applyUncertaintyPolicy`,
    );
  }
  const rows = dataset.studies.length;
  const own = ownColumns(dataset, classOf);
  const made = new Map<string, Column>();
  const changed: ChangedValues[] = [];
  const neverPresent: string[] = [];
  for (const name of classes) {
    const given = own.get(name);
    const column: Column = given
      ? { ...given, values: given.values.slice(), uncertain: given.uncertain.slice() }
      : { values: new Float32Array(rows).fill(Number.NaN), uncertain: new Uint8Array(rows), sources: [] };
    const sources = [...column.sources];
    const infer = (
      rule: string,
      from: readonly Column[],
      label: number,
      when: (row: number) => boolean,
    ): void => {
      sources.push(...from.flatMap((source) => source.sources));
      let count = 0;
      for (let r = 0; r < rows; r++) {
        if (!Number.isNaN(column.values[r]) || column.uncertain[r] === 1 || !when(r)) continue;
        column.values[r] = label;
        count++;
      }
      if (count > 0) changed.push({ rule, count });
    };
    const parts = (unions[name] ?? []).map((part) => own.get(part));
    const known = parts.filter((part) => part !== undefined);
    if (known.length > 0) {
      infer(`"${name}" read as present where a part of it is`, known, 1, (r) =>
        known.some((part) => part.values[r] === 1),
      );
      if (known.length === parts.length) {
        infer(`"${name}" read as absent where all its parts are`, [], 0, (r) =>
          known.every((part) => part.values[r] === 0),
        );
      }
    }
    for (const [union, members] of Object.entries(unions)) {
      const whole = own.get(union);
      if (whole === undefined || !members.includes(name)) continue;
      if (given === undefined) neverPresent.push(name);
      infer(`"${name}" read as absent where "${union}" is`, [whole], 0, (r) => whole.values[r] === 0);
    }
    made.set(name, { ...column, sources });
  }
  const said = [...made].filter(([, { sources }]) => sources.length > 0);
  const used = new Set(said.flatMap(([, { sources }]) => sources));
  return {
    ...dataset,
    labels: matrixOf(classes, rows, (c) => made.get(classes[c]!)!.values),
    ...(dataset.uncertain && {
      uncertain: matrixOf(classes, rows, (c) => made.get(classes[c]!)!.uncertain),
    }),
    account: { ...dataset.account, changed: [...dataset.account.changed, ...changed] },
    harmonization: {
      sources: Object.fromEntries(said.map(([name, { sources }]) => [name, sources])),
      unknowable: classes.filter((name) => made.get(name)!.sources.length === 0),
      neverPresent: [...new Set(neverPresent)],
      unused: dataset.labels.classes.filter((name) => !used.has(name)),
    },
  };
}

/** The dataset's labels by class of the vocabulary. */
function ownColumns(
  { labels, uncertain, studies }: Dataset,
  classOf: (name: string) => string | undefined,
): Map<string, Column> {
  const indices = new Map<string, number[]>();
  labels.classes.forEach((name, c) => {
    const term = classOf(name);
    if (term !== undefined) indices.set(term, [...(indices.get(term) ?? []), c]);
  });
  return new Map(
    Array.from(indices, ([term, columns]) => {
      const values = Float32Array.from(studies, (_, r) =>
        anyPresent(columns.map((c) => labels.values.get(r, c))),
      );
      const doubted = Uint8Array.from(values, (value, r) =>
        Number.isNaN(value) && columns.some((c) => uncertain?.values.get(r, c) === 1) ? 1 : 0,
      );
      return [term, { values, uncertain: doubted, sources: columns.map((c) => labels.classes[c]!) }];
    }),
  );
}

function anyPresent(values: readonly number[]): number {
  if (values.includes(1)) return 1;
  return values.every((value) => value === 0) ? 0 : Number.NaN;
}

function matrixOf(
  classes: readonly string[],
  rows: number,
  column: (c: number) => ArrayLike<number>,
): LabelMatrix {
  const values = ndarray(new Float32Array(rows * classes.length), [rows, classes.length]);
  classes.forEach((_, c) => {
    const from = column(c);
    for (let r = 0; r < rows; r++) values.set(r, c, from[r]!);
  });
  return { classes: [...classes], values };
}
