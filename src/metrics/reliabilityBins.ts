import { ArgumentError } from "../errors.js";
import { ranked, type Sample } from "./sample.js";

/** How probabilities are put into bins. */
export interface BinningOptions {
  /** How many bins are asked for, a whole number from 1. Default 10. */
  readonly bins?: number;
  /**
   * "equal-width" (the default): edges k / bins. A bin holds its lower edge, and the last one 1.0 too; PyCalib's and
   * netcal's bins.
   *
   * "equal-width-one-apart": the same edges, but 1.0 has a bin of its own, the last of `bins` + 1: with 10 bins the ten
   * intervals [k / 10, (k + 1) / 10) and {1}. So torchmetrics bins with `n_bins` = `bins`, and the code of Kull et al.
   * (NeurIPS 2019), `np.digitize(p, np.linspace(0, 1, B)) - 1`, which calls the same thing B = `bins` + 1 bins: its "15
   * bins" are `bins: 14` here. It differs from "equal-width" only for samples of probability exactly 1, as a saturated
   * sigmoid gives.
   *
   * "equal-mass": the edges are quantiles of the probabilities, interpolated linearly; equal edges are merged, so there may
   * be fewer bins.
   *
   * For a rare finding nearly all probabilities fall into the first equal-width bin, and the error is little more
   * than |mean probability - prevalence|. Look at equal-mass too.
   *
   * The equal-width edges are the numbers nearest to k / bins; some of `numpy.linspace` lie one unit in the last place
   * higher (3 * 0.1 > 0.3), so a float64 probability of exactly 0.3 falls into another bin there.
   */
  readonly binning?: "equal-width" | "equal-width-one-apart" | "equal-mass";
}

/** One bin of a reliability diagram. */
export interface ReliabilityBin {
  /** Lower edge; belongs to the bin. */
  readonly lower: number;
  /** Upper edge; belongs to the next bin, except in the last bin, which holds it. */
  readonly upper: number;
  /** Samples in the bin; with weights, the sum of theirs. */
  readonly count: number;
  /** Mean probability of those samples; NaN in an empty bin. */
  readonly meanProbability: number;
  /** Share of positives among those samples; NaN in an empty bin. */
  readonly meanLabel: number;
}

/** A bin, and what its samples add to a Brier score by differing among themselves. */
export interface MomentBin extends ReliabilityBin {
  /** Sum of (probability - mean probability)^2. */
  readonly squares: number;
  /** Sum of (probability - mean probability) (label - mean label). */
  readonly products: number;
}

/**
 * The bins, ascending, of a sample in any order.
 *
 * @throws ArgumentError for `bins` that is not a whole number from 1, another word for `binning`, and equal mass where the
 *   weights are not whole numbers
 */
export function reliabilityBins(sample: Sample, options: BinningOptions): ReliabilityBin[] {
  return binsBetween(binEdges(sample, options), sample);
}

/** As {@link reliabilityBins}, with the moments within each bin. */
export function momentBins(sample: Sample, options: BinningOptions): MomentBin[] {
  const edges = binEdges(sample, options);
  const bins = binsBetween(edges, sample);
  const { scores, labels, weights } = sample;
  const squares = new Float64Array(bins.length);
  const products = new Float64Array(bins.length);
  let bin = 0;
  for (let i = 0; i < scores.length; i++) {
    bin = binOf(edges, scores[i]!, bin);
    const { meanProbability, meanLabel } = bins[bin]!;
    const distance = scores[i]! - meanProbability;
    squares[bin]! += weights[i]! * distance * distance;
    products[bin]! += weights[i]! * distance * (labels[i]! - meanLabel);
  }
  return bins.map((each, k) => ({ ...each, squares: squares[k]!, products: products[k]! }));
}

function binsBetween(edges: Float64Array, { scores, labels, weights }: Sample): ReliabilityBin[] {
  const size = Math.max(0, edges.length - 1);
  const count = new Float64Array(size);
  const probability = new Float64Array(size);
  const positives = new Float64Array(size);
  for (let i = 0; size > 0 && i < scores.length; i++) {
    // Where bins are equally wide, this is nearly always the one.
    const bin = binOf(edges, scores[i]!, Math.min(Math.floor(scores[i]! * size), size - 1));
    const weight = weights[i]!;
    count[bin]! += weight;
    probability[bin]! += weight * scores[i]!;
    positives[bin]! += weight * labels[i]!;
  }
  return Array.from({ length: size }, (_, k) => ({
    lower: edges[k]!,
    upper: edges[k + 1]!,
    count: count[k]!,
    meanProbability: probability[k]! / count[k]!,
    meanLabel: positives[k]! / count[k]!,
  }));
}

/** The bin of a score, looked for from another one; below the first edge, where only samples of weight 0 are, the first. */
function binOf(edges: Float64Array, score: number, from: number): number {
  let bin = from;
  while (bin > 0 && score < edges[bin]!) bin--;
  while (bin < edges.length - 2 && score >= edges[bin + 1]!) bin++;
  return bin;
}

function binEdges(sample: Sample, { bins = 10, binning = "equal-width" }: BinningOptions): Float64Array {
  if (!Number.isInteger(bins) || bins < 1) {
    throw new ArgumentError("options.bins", `is ${bins}; expected a whole number from 1`);
  }
  switch (binning) {
    case "equal-width":
      return Float64Array.from({ length: bins + 1 }, (_, k) => k / bins);
    case "equal-width-one-apart":
      return Float64Array.from({ length: bins + 2 }, (_, k) => Math.min(k / bins, 1));
    case "equal-mass":
      return quantileEdges(sample, bins);
    default:
      throw new ArgumentError(
        "options.binning",
        `is ${binning}; expected "equal-width", "equal-width-one-apart" or "equal-mass"`,
      );
  }
}

/**
 * The quantiles k / bins of the probabilities, interpolated linearly between ranks as `numpy.quantile` does, each once.
 * A value that stands alone is both edges of its bin.
 */
function quantileEdges(sample: Sample, bins: number): Float64Array {
  const total = wholeTotal(sample, "equal-mass bins need");
  if (total === 0) return new Float64Array();
  const positions = Float64Array.from({ length: bins + 1 }, (_, k) => (k * (total - 1)) / bins);
  const sorted = ranked(sample);
  const below = valuesAtRanks(sorted, positions.map(Math.floor));
  const above = valuesAtRanks(sorted, positions.map(Math.ceil));
  const edges = positions.map((position, k) => below[k]! + (position % 1) * (above[k]! - below[k]!));
  const distinct = edges.filter((edge, k) => edge !== edges[k - 1]);
  return distinct.length === 1 ? Float64Array.of(distinct[0]!, distinct[0]!) : distinct;
}

/**
 * How many samples there are when each counts as often as its weight says.
 *
 * @throws ArgumentError for a weight that is not a whole number
 */
export function wholeTotal({ rows, weights }: Pick<Sample, "rows" | "weights">, who: string): number {
  let total = 0;
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i]!;
    if (!Number.isInteger(weight)) {
      throw new ArgumentError(
        "options.weights",
        `index ${rows[i]} is ${weight}; ${who} whole numbers, how often each sample counts`,
      );
    }
    total += weight;
  }
  return total;
}

/** The values at ascending ranks, from 0 for the lowest, of a sample by descending probability. */
function valuesAtRanks({ scores, weights }: Sample, ranks: Float64Array): Float64Array {
  let i = scores.length;
  let passed = 0;
  return ranks.map((rank) => {
    while (passed <= rank) passed += weights[--i]!;
    return scores[i]!;
  });
}
