import { ArgumentError } from "../errors.js";
import type { Dataset, Study } from "./dataset.js";
import { type LabelMatrix, selectRows } from "./labelMatrix.js";

/**
 * Some of a dataset's studies with all their labels, in the order given; an index may stand several times. The account
 * stays that of the whole.
 *
 * @throws ArgumentError for an index outside the dataset
 */
export function selectStudies<D extends Dataset>(dataset: D, indices: ArrayLike<number>): D {
  const { uncertain, targets, labelSets } = dataset;
  const labels = selectRows(dataset.labels, indices);
  return {
    ...dataset,
    labels,
    studies: Array.from(indices, (index) => dataset.studies[index]!),
    ...(uncertain && { uncertain: selectRows(uncertain, indices) }),
    ...(targets && { targets: selectRows(targets, indices) }),
    ...(labelSets && { labelSets: mapSets(labelSets, (set) => selectRows(set, indices)) }),
  };
}

/**
 * The studies for which `keep` says yes. The others are counted in `account.dropped` under the reason given.
 *
 * ```ts
 * const frontal = filterStudies(dataset, ({ view }) => view === "PA" || view === "AP", "not a frontal film");
 * ```
 *
 * @param keep called with each study and its index, in order
 * @param reason why the others go, as reports will print it
 */
export function filterStudies<S extends Study>(
  dataset: Dataset<S>,
  keep: (study: S, index: number) => boolean,
  reason: string,
): Dataset<S> {
  const kept: number[] = [];
  const examples: string[] = [];
  dataset.studies.forEach((study, index) => {
    if (keep(study, index)) kept.push(index);
    else if (examples.length < examplesKept) examples.push(study.imageId);
  });
  const count = dataset.studies.length - kept.length;
  if (count === 0) return dataset;
  const { account } = dataset;
  return {
    ...selectStudies(dataset, kept),
    account: {
      ...account,
      rowsKept: account.rowsKept - count,
      dropped: [...account.dropped, { reason, count, examples }],
    },
  };
}

/**
 * The dataset with one of its `labelSets` as its labels. The labels of before stand among the sets under `keepAs`, if it
 * is given; `uncertain` and `targets`, which belong to them, go.
 *
 * ```ts
 * const expert = withLabelSet(await chestXray14({ root }), "google2019");
 * ```
 *
 * @throws ArgumentError when there is no such set, or `keepAs` is the name of another
 */
export function withLabelSet<S extends Study>(
  dataset: Dataset<S>,
  name: string,
  { keepAs }: { readonly keepAs?: string } = {},
): Dataset<S> {
  const { uncertain: _, targets: __, labelSets = {}, ...rest } = dataset;
  const labels = Object.hasOwn(labelSets, name) ? labelSets[name] : undefined;
  if (labels === undefined) {
    const known = Object.keys(labelSets);
    throw new ArgumentError(
      "name",
      `"${name}" is no label set of ${dataset.name}; it has ${known.length > 0 ? known.join(", ") : "none"}`,
    );
  }
  const others = Object.entries(labelSets).filter(([other]) => other !== name);
  if (keepAs !== undefined && others.some(([other]) => other === keepAs)) {
    throw new ArgumentError(
      "options.keepAs",
      `"${keepAs}" is another label set of ${dataset.name}; give a new name`,
    );
  }
  if (keepAs !== undefined) others.push([keepAs, dataset.labels]);
  return { ...rest, labels, ...(others.length > 0 && { labelSets: Object.fromEntries(others) }) };
}

/** How many image ids an account keeps of what was dropped for one reason. */
export const examplesKept = 5;

function mapSets(
  sets: Readonly<Record<string, LabelMatrix>>,
  change: (set: LabelMatrix) => LabelMatrix,
): Record<string, LabelMatrix> {
  return Object.fromEntries(Object.entries(sets).map(([name, set]) => [name, change(set)]));
}
