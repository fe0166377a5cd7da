import type { Study } from "./dataset.js";

/** How often each value of a category occurs. */
export interface CategoryCounts {
  /** The values that occur, most frequent first; those of equal frequency in the order of their first appearance. */
  readonly values: readonly {
    /** The value, as the dataset spells it. */
    readonly value: string;
    /** How often it occurs. */
    readonly count: number;
  }[];
  /** How often there is none. */
  readonly unknown: number;
}

/**
 * Five numbers that cut values into quarters, interpolated linearly between ranks as `numpy.quantile` does; NaN without
 * values.
 */
export interface Quartiles {
  /** Smallest value. */
  readonly minimum: number;
  /** A quarter of the values lie below. */
  readonly lower: number;
  /** Half of the values lie below. */
  readonly median: number;
  /** Three quarters of the values lie below. */
  readonly upper: number;
  /** Largest value. */
  readonly maximum: number;
}

/** Ages in years, over images: a patient with three images counts three times. */
export interface AgeSummary {
  /** Images with a known age. */
  readonly known: number;
  /** Images without. */
  readonly unknown: number;
  /** Mean; NaN without a known age. */
  readonly mean: number;
  /** Sample standard deviation (divisor n - 1); NaN with fewer than two known ages. */
  readonly standardDeviation: number;
  /** Quartiles of the known ages. */
  readonly quartiles: Quartiles;
  /** Images by decade of age, youngest first; decades without an image are left out. */
  readonly decades: readonly {
    /** Where the decade begins: 40 stands for [40, 50). */
    readonly from: number;
    /** Images in it. */
    readonly images: number;
  }[];
}

/** How many images the patients have. */
export interface ImagesPerPatient {
  /** Patients by their number of images, fewest first; numbers that no patient has are left out. */
  readonly counts: readonly {
    /** Images of a patient. */
    readonly images: number;
    /** Patients with so many. */
    readonly patients: number;
  }[];
  /** Quartiles over patients. */
  readonly quartiles: Quartiles;
}

/** Counts the values that `read` gives, and how often it gives none. */
export function categoryCounts<Item>(
  items: Iterable<Item>,
  read: (item: Item) => string | undefined,
): CategoryCounts {
  const counts = tally(items, read);
  const unknown = counts.get(undefined) ?? 0;
  const values = [...counts].flatMap(([value, count]) => (value === undefined ? [] : [{ value, count }]));
  return { values: values.sort((a, b) => b.count - a.count), unknown };
}

/** Quartiles of values in any order; none of them NaN. */
export function quartilesOf(values: ArrayLike<number>): Quartiles {
  const sorted = Float64Array.from(values).sort();
  const quartile = (k: number) => {
    if (sorted.length === 0) return Number.NaN;
    const rank = (k * (sorted.length - 1)) / 4;
    const below = sorted[Math.floor(rank)]!;
    return below + (rank % 1) * (sorted[Math.ceil(rank)]! - below);
  };
  return {
    minimum: quartile(0),
    lower: quartile(1),
    median: quartile(2),
    upper: quartile(3),
    maximum: quartile(4),
  };
}

/** Sums up the ages of studies; an age that is not a finite number is unknown. */
export function summarizeAges(studies: readonly Study[]): AgeSummary {
  const ages = studies.flatMap(({ ageYears = Number.NaN }) => (Number.isFinite(ageYears) ? [ageYears] : []));
  const mean = ages.reduce((sum, age) => sum + age, 0) / ages.length;
  const quartiles = quartilesOf(ages);
  // Of equal ages the mean is rounded, and what is left of their squares would pass for a deviation.
  const vary = quartiles.minimum < quartiles.maximum;
  const squares = vary ? ages.reduce((sum, age) => sum + (age - mean) ** 2, 0) : 0;
  return {
    known: ages.length,
    unknown: studies.length - ages.length,
    mean,
    standardDeviation: ages.length < 2 ? Number.NaN : Math.sqrt(squares / (ages.length - 1)),
    quartiles,
    decades: ascending(tally(ages, (age) => 10 * Math.floor(age / 10))).map(([from, images]) => ({
      from,
      images,
    })),
  };
}

/** Counts the images of each patient. */
export function imagesPerPatient(studies: readonly Study[]): ImagesPerPatient {
  const numbers = [...tally(studies, ({ patientId }) => patientId).values()];
  return {
    counts: ascending(tally(numbers, (images) => images)).map(([images, patients]) => ({ images, patients })),
    quartiles: quartilesOf(numbers),
  };
}

function tally<Item, Key>(items: Iterable<Item>, keyOf: (item: Item) => Key): Map<Key, number> {
  const counts = new Map<Key, number>();
  for (const item of items) {
    const key = keyOf(item);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

function ascending(counts: ReadonlyMap<number, number>): [number, number][] {
  return [...counts].sort(([a], [b]) => a - b);
}
