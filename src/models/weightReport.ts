/** A layer that got its numbers. */
export interface LoadedLayer {
  /** Its name, after those of the nested models that it stands in. */
  readonly layer: string;
  /** Its weights that were loaded. */
  readonly weights: readonly string[];
  /** What was changed on the way, weight by weight; absent where the numbers are those of the file. */
  readonly converted?: string;
}

/** Something that was stored or in the model, and was left alone. */
export interface SkippedTensors {
  /** Name of the layer. */
  readonly name: string;
  /** Why. */
  readonly reason: string;
}

/** A weight of the model for which nothing was stored. */
export interface MissingWeight {
  /** Its layer. */
  readonly layer: string;
  /** Its name in the layer. */
  readonly weight: string;
}

/** What became of each layer's weights. */
export interface WeightReport {
  /** Layers that got numbers, in the model's order. */
  readonly loaded: readonly LoadedLayer[];
  /** Layers left out on purpose, and stored ones that the model doesn't have. */
  readonly skipped: readonly SkippedTensors[];
  /** Weights that kept the model's own numbers, since none were stored. */
  readonly missing: readonly MissingWeight[];
}

/**
 * The report as a table in plain text, one line a layer under a line of counts: loaded layers that were converted,
 * skipped ones and missing weights. Layers that were loaded as they are stand only in the count.
 */
export function formatWeightReport({ loaded, skipped, missing }: WeightReport): string {
  const weights = loaded.reduce((sum, layer) => sum + layer.weights.length, 0);
  const counts = `${weights} weights of ${loaded.length} layers loaded, ${skipped.length} layers skipped, ${missing.length} weights missing`;
  const rows = [
    ...loaded.flatMap(({ layer, converted }) =>
      converted ? [["converted", layer, converted] as const] : [],
    ),
    ...skipped.map(({ name, reason }) => ["skipped", name, reason] as const),
    ...missing.map(({ layer, weight }) => ["missing", layer, weight] as const),
  ];
  const width = rows.reduce((most, row) => Math.max(most, row[1].length), 0);
  return [
    counts,
    ...rows.map(([state, name, note]) => `${state.padEnd(9)}  ${name.padEnd(width)}  ${note}`),
  ].join("\n");
}
