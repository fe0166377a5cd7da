import ndarray from "ndarray";
import { ArgumentError } from "../errors.js";
import type { ClassMatrix } from "../matrix.js";
import type { Dataset, DatasetAccount, DroppedRows, Study } from "./dataset.js";

/** How datasets become one. */
export interface MergeOptions {
  /**
   * "equal" (default): all datasets must have the same classes, in any order. "union": a dataset is unknown (NaN) in the
   * classes that it has not.
   */
  readonly classes?: "equal" | "union";
  /** Names the result. Default: the names of the sources, joined by " + ". */
  readonly name?: string;
}

/** A study that says which dataset it came from. */
export type MergedStudy<S extends Study> = S & {
  /** Name under which its dataset was merged. */
  readonly source: string;
};

/**
 * Makes one dataset of several. Every study keeps its `source`, the name given here, and its `imageId`, `patientId` and
 * `studyId` begin with that name and a slash, so that ids that two datasets use by accident stay apart.
 *
 * Datasets that hold the same films (ChestX-ray14, RSNA and SIIM do) therefore share no id once they are merged:
 * `auditLeakage` finds such films by their fingerprints, and by file names that are equal after the last slash.
 *
 * Classes are those of the first dataset, in its order, then, with `classes: "union"`, those of the others. `uncertain`
 * is 0 and `targets` are the labels for a dataset without; a label set of one name has the classes of all that have it
 * and is NaN for the others. Images and masks come from the dataset that a study came from. The account adds up; reasons,
 * rules and tables begin with the source's name.
 *
 * ```ts
 * const both = mergeDatasets(harmonizeLabels({ nih, chexpert }));
 * both.studies[0].imageId; // "nih/00000001_000.png"
 * ```
 *
 * @param datasets by name; a name is not empty and has no slash
 * @throws ArgumentError for no dataset, such a name, or classes that differ; later, when an image is asked for whose
 *   dataset has no `loadImage`
 */
export function mergeDatasets<Sets extends Readonly<Record<string, Dataset>>>(
  datasets: Sets,
  options: MergeOptions = {},
): Dataset<MergedStudy<Sets[keyof Sets]["studies"][number]>> {
  type S = MergedStudy<Sets[keyof Sets]["studies"][number]>;
  const parts = Object.entries<Dataset>(datasets);
  const [first] = parts;
  if (first === undefined) throw new ArgumentError("datasets", "is empty; expected at least one dataset");
  for (const [source] of parts) {
    if (source !== "" && !source.includes("/")) continue;
    throw new ArgumentError(
      "datasets",
      `"${source}" is no name of a source; expected some text without a slash`,
    );
  }
  if (options.classes !== "union") for (const part of parts) checkClasses(part, first);

  const sets = parts.map(([, dataset]) => dataset);
  const lengths = sets.map(({ studies }) => studies.length);
  const classes = unionOf(sets.map(({ labels }) => labels.classes));
  const stack = (matrixOf: (set: Dataset) => ClassMatrix | undefined, fill: number, names = classes) =>
    stacked(sets.map(matrixOf), lengths, names, fill);
  const setNames = unionOf(sets.map(({ labelSets = {} }) => Object.keys(labelSets)));
  const labelSets = setNames.map((name) => {
    const setOf = ({ labelSets = {} }: Dataset) =>
      Object.hasOwn(labelSets, name) ? labelSets[name] : undefined;
    const named = sets.flatMap((set) => setOf(set)?.classes ?? []);
    return [name, stack(setOf, Number.NaN, unionOf([named]))] as const;
  });
  const maskNames = unionOf(sets.map(({ maskNames = [] }) => maskNames));

  const origin = (study: Study): readonly [Dataset, Study] => {
    const source = study.source?.split("/", 1)[0] ?? "";
    const dataset = Object.hasOwn(datasets, source) ? datasets[source] : undefined;
    if (dataset === undefined) {
      throw new ArgumentError(
        "study",
        `"${study.imageId}" has the source "${study.source}", which was not merged`,
      );
    }
    return [dataset, withoutSource(study, source)];
  };
  return {
    name: options.name ?? parts.map(([source]) => source).join(" + "),
    studies: parts.flatMap(([source, { studies }]) => studies.map((study) => withSource(study, source) as S)),
    labels: stack(({ labels }) => labels, Number.NaN),
    ...(sets.some(({ uncertain }) => uncertain) && { uncertain: stack(({ uncertain }) => uncertain, 0) }),
    ...(sets.some(({ targets }) => targets) && {
      targets: stack(({ targets, labels }) => targets ?? labels, Number.NaN),
    }),
    ...(labelSets.length > 0 && { labelSets: Object.fromEntries(labelSets) }),
    ...(maskNames.length > 0 && { maskNames }),
    account: mergedAccount(parts),
    ...(sets.some(({ loadImage }) => loadImage) && {
      loadImage: (merged: S) => {
        const [dataset, study] = origin(merged);
        if (dataset.loadImage) return dataset.loadImage(study);
        throw new ArgumentError(
          "study",
          `"${merged.imageId}" is not of a dataset with loadImage; load it from its path`,
        );
      },
    }),
    ...(sets.some(({ loadMasks }) => loadMasks) && {
      loadMasks: (merged: S) => {
        const [dataset, study] = origin(merged);
        return dataset.loadMasks?.(study) ?? {};
      },
    }),
  };
}

function checkClasses([source, { labels }]: [string, Dataset], [other, first]: [string, Dataset]): void {
  const missing = first.labels.classes.filter((name) => !labels.classes.includes(name));
  const more = labels.classes.filter((name) => !first.labels.classes.includes(name));
  if (missing.length + more.length === 0) return;
  const differences = [
    missing.length > 0 ? `lacks ${missing.join(", ")}` : "",
    more.length > 0 ? `has ${more.join(", ")} besides` : "",
  ];
  throw new ArgumentError(
    `datasets.${source}`,
    `${differences.filter(Boolean).join(" and ")}, compared with ${other}; give both one vocabulary (harmonizeLabels), or ask for classes: "union"`,
  );
}

function withSource(study: Study, source: string): Study {
  return {
    ...study,
    imageId: `${source}/${study.imageId}`,
    patientId: `${source}/${study.patientId}`,
    ...(study.studyId !== undefined && { studyId: `${source}/${study.studyId}` }),
    source: study.source === undefined ? source : `${source}/${study.source}`,
  };
}

/** What {@link withSource} was given: datasets know their studies by their own ids. */
function withoutSource({ source: path = "", ...study }: Study, source: string): Study {
  const own = (id: string) => id.slice(source.length + 1);
  return {
    ...study,
    imageId: own(study.imageId),
    patientId: own(study.patientId),
    ...(study.studyId !== undefined && { studyId: own(study.studyId) }),
    ...(path !== source && { source: own(path) }),
  };
}

function unionOf(lists: readonly (readonly string[])[]): string[] {
  return [...new Set(lists.flat())];
}

/** The matrices below each other, columns by name; a class or a matrix that is not there gives `fill`. */
function stacked(
  matrices: readonly (ClassMatrix | undefined)[],
  lengths: readonly number[],
  classes: readonly string[],
  fill: number,
): ClassMatrix<Float32Array> {
  const rows = lengths.reduce((sum, length) => sum + length, 0);
  const values = ndarray(new Float32Array(rows * classes.length).fill(fill), [rows, classes.length]);
  let start = 0;
  matrices.forEach((matrix, m) => {
    matrix?.classes.forEach((name, from) => {
      const to = classes.indexOf(name);
      for (let r = 0; r < lengths[m]!; r++) values.set(start + r, to, matrix.values.get(r, from));
    });
    start += lengths[m]!;
  });
  return { classes: [...classes], values };
}

function mergedAccount(parts: readonly (readonly [string, Dataset])[]): DatasetAccount {
  const sum = (count: (account: DatasetAccount) => number) =>
    parts.reduce((total, [, { account }]) => total + count(account), 0);
  const droppedOf = (source: string, dropped: readonly DroppedRows[]) =>
    dropped.map(({ reason, count, examples }) => ({
      reason: `${source}: ${reason}`,
      count,
      examples: examples.map((example) => `${source}/${example}`),
    }));
  const joined = parts.flatMap(([source, { account }]) =>
    (account.joined ?? []).map((table) => ({
      ...table,
      table: `${source}: ${table.table}`,
      dropped: droppedOf(source, table.dropped),
    })),
  );
  const merged = sum(({ merged = 0 }) => merged);
  return {
    rowsRead: sum(({ rowsRead }) => rowsRead),
    rowsKept: sum(({ rowsKept }) => rowsKept),
    ...(merged > 0 && { merged }),
    dropped: parts.flatMap(([source, { account }]) => droppedOf(source, account.dropped)),
    changed: parts.flatMap(([source, { account }]) =>
      account.changed.map(({ rule, count }) => ({ rule: `${source}: ${rule}`, count })),
    ),
    ...(joined.length > 0 && { joined }),
  };
}
