import { ArgumentError } from "../errors.js";
import { type DatasetDescription, describeDataset } from "./describeDataset.js";
import type { FindingCounts } from "./describeDatasetFindings.js";
import type { AgeSummary, CategoryCounts } from "./describeDatasetStudies.js";

/** What a set has not got of a finding. */
export interface SplitGap {
  /** The finding. */
  readonly finding: string;
  /** Name of the set. */
  readonly set: string;
  /** "class": the set's labels have no such class; "known": it has no known label; else no known label of this kind. */
  readonly lacks: "class" | "known" | "positive" | "negative";
  /** The same as a sentence: "Hernia has no positive in validation". */
  readonly message: string;
}

/** How different two sets are in one variable. */
export interface SplitDifference {
  /** Name of the variable: a finding, "age", "sex", "view" or "source". */
  readonly variable: string;
  /** Kind of the variable. */
  readonly kind: "finding" | "age" | "sex" | "view" | "source";
  /** The two sets. */
  readonly sets: readonly [first: string, second: string];
  /** Prevalence or mean age of the second less that of the first; NaN for the other variables. */
  readonly difference: number;
  /** Total variation distance, in [0, 1]. */
  readonly totalVariation: number;
  /** Standardised mean difference, second less first; NaN for sex, view and source. */
  readonly standardizedDifference: number;
}

/** Sets of a split beside each other, as plain data. */
export interface SplitComparison {
  /** Names of the sets, in the order given. */
  readonly sets: readonly string[];
  /** What is in each set, by its name. */
  readonly descriptions: Readonly<Record<string, DatasetDescription>>;
  /** One entry a finding, in the order of the first set that has it. */
  readonly findings: readonly {
    /** The finding. */
    readonly finding: string;
    /** Its counts by set, in the order of `sets`; undefined where the set's labels have no such class. */
    readonly counts: readonly (FindingCounts | undefined)[];
  }[];
  /** Findings of which a set has no positive, no negative, no known label or no column. */
  readonly gaps: readonly SplitGap[];
  /** One entry for each variable and pair of sets. */
  readonly differences: readonly SplitDifference[];
}

/**
 * Describes the sets of a split beside each other, and says how different they are.
 *
 * Two measures are given. The total variation distance is half the sum of |p - q| over the values of the variable: the
 * share of one set's images that would have to change for the two to be alike. Ages are compared by decades, and what is
 * unknown is a value of its own; but findings are compared over their known labels, which makes it |p - q| of the
 * prevalences. The standardised mean difference (Austin, Stat Med 2009; 28: 3083-3107) is the difference of the means
 * divided by sqrt((v1 + v2) / 2), the variance v being p (1 - p) for a finding and the sample variance for ages; it
 * stands out where a rare finding differs. Both are descriptions and no tests: small sets differ by chance, and images
 * of a patient are alike.
 *
 * Both are NaN where a set has no image, or where neither set knows anything of the variable (for a finding and for the
 * standardised difference: where one set does not); the standardised difference too where neither set varies.
 *
 * Whether sets share patients, `auditLeakage` tells.
 *
 * ```ts
 * const { gaps, differences } = compareSplits({ train, validation, test });
 * gaps[0]?.message; // "Hernia has no positive in validation"
 * ```
 *
 * @param sets any number of named sets; their classes may differ
 * @throws ArgumentError as `describeDataset` does, or without a set
 */
export function compareSplits(
  sets: Readonly<Record<string, Parameters<typeof describeDataset>[0]>>,
): SplitComparison {
  const names = Object.keys(sets);
  if (names.length === 0) throw new ArgumentError("sets", "holds no set; expected at least one");
  const entries = names.map((set) => ({ set, ...describeDataset(sets[set]!) }));
  const classes = [...new Set(entries.flatMap(({ findings }) => findings.map(({ finding }) => finding)))];
  const findings = classes.map((finding) => ({
    finding,
    counts: entries.map((entry) => entry.findings.find((counts) => counts.finding === finding)),
  }));
  const pairs = names.flatMap((_, i) => names.slice(i + 1).map((__, k) => [i, i + 1 + k] as const));
  const compare = (
    variable: string,
    kind: SplitDifference["kind"],
    measure: (first: number, second: number) => Measures,
  ): SplitDifference[] =>
    pairs.map(([a, b]) => ({ variable, kind, sets: [names[a]!, names[b]!], ...measure(a, b) }));
  return {
    sets: names,
    descriptions: Object.fromEntries(entries.map(({ set, ...description }) => [set, description])),
    findings,
    gaps: findings.flatMap(({ finding, counts }) =>
      counts.flatMap((found, i) => gapOf(finding, names[i]!, found)),
    ),
    differences: [
      ...findings.flatMap(({ finding, counts }) =>
        compare(finding, "finding", (a, b) => findingMeasures(counts[a], counts[b])),
      ),
      ...compare("age", "age", (a, b) => ageMeasures(entries[a]!.age, entries[b]!.age)),
      ...(["sex", "view", "source"] as const).flatMap((kind) =>
        compare(kind, kind, (a, b) => ({
          difference: Number.NaN,
          standardizedDifference: Number.NaN,
          totalVariation: categoryVariation(entries[a]![kind], entries[b]![kind]),
        })),
      ),
    ],
  };
}

type Measures = Pick<SplitDifference, "difference" | "totalVariation" | "standardizedDifference">;

function gapOf(finding: string, set: string, counts: FindingCounts | undefined): SplitGap[] {
  const gap = (lacks: SplitGap["lacks"], message: string) => [{ finding, set, lacks, message }];
  if (counts === undefined) return gap("class", `${finding} is no class of ${set}`);
  if (counts.positive + counts.negative === 0) return gap("known", `${finding} has no known label in ${set}`);
  if (counts.positive === 0) return gap("positive", `${finding} has no positive in ${set}`);
  if (counts.negative === 0) return gap("negative", `${finding} has no negative in ${set}`);
  return [];
}

function findingMeasures(first: FindingCounts | undefined, second: FindingCounts | undefined): Measures {
  const p = first?.prevalence ?? Number.NaN;
  const q = second?.prevalence ?? Number.NaN;
  return {
    difference: q - p,
    totalVariation: Math.abs(q - p),
    standardizedDifference: standardized(q - p, p * (1 - p), q * (1 - q)),
  };
}

function ageMeasures(first: AgeSummary, second: AgeSummary): Measures {
  const countsOf = ({ known, unknown, decades }: AgeSummary) => ({
    known,
    unknown,
    counts: new Map(decades.map(({ from, images }) => [from, images])),
  });
  const difference = second.mean - first.mean;
  return {
    difference,
    totalVariation: totalVariation(countsOf(first), countsOf(second)),
    standardizedDifference: standardized(
      difference,
      first.standardDeviation ** 2,
      second.standardDeviation ** 2,
    ),
  };
}

function categoryVariation(first: CategoryCounts, second: CategoryCounts): number {
  const countsOf = ({ values, unknown }: CategoryCounts) => ({
    known: values.reduce((sum, { count }) => sum + count, 0),
    unknown,
    counts: new Map(values.map(({ value, count }) => [value, count])),
  });
  return totalVariation(countsOf(first), countsOf(second));
}

interface Distribution<Value> {
  readonly known: number;
  readonly unknown: number;
  readonly counts: ReadonlyMap<Value, number>;
}

function totalVariation<Value>(first: Distribution<Value>, second: Distribution<Value>): number {
  if (first.known + second.known === 0) return Number.NaN;
  const of = (set: Distribution<Value>, count: number) => count / (set.known + set.unknown);
  const gap = (a: number, b: number) => Math.abs(of(first, a) - of(second, b));
  let sum = gap(first.unknown, second.unknown);
  for (const value of new Set([...first.counts.keys(), ...second.counts.keys()])) {
    sum += gap(first.counts.get(value) ?? 0, second.counts.get(value) ?? 0);
  }
  return sum / 2;
}

function standardized(difference: number, firstVariance: number, secondVariance: number): number {
  const variance = (firstVariance + secondVariance) / 2;
  return variance === 0 ? Number.NaN : difference / Math.sqrt(variance);
}
