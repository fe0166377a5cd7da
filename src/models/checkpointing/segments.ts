import type { ForwardGraph, ForwardStep } from "./forwardGraph.js";

/** A stretch of the forward pass. */
export interface Segment {
  readonly steps: readonly ForwardStep[];
  /** Values from before that it reads. */
  readonly inputs: readonly number[];
  /** Values that it makes for later segments, or as outputs of the model. */
  readonly outputs: readonly number[];
}

/** The segments between cuts; a cut at k stands before step k. */
export function segmentsOf(graph: ForwardGraph, cuts: readonly number[]): Segment[] {
  const lastUse = lastUses(graph);
  const starts = [...new Set([0, ...cuts])].filter((k) => k < graph.steps.length).sort((a, b) => a - b);
  return starts.map((start, i) => {
    const end = starts[i + 1] ?? graph.steps.length;
    const steps = graph.steps.slice(start, end);
    const made = new Set(steps.flatMap(({ outputs }) => outputs));
    const read = new Set(steps.flatMap(({ inputs }) => inputs));
    return {
      steps,
      inputs: [...read].filter((value) => !made.has(value)),
      outputs: [...made].filter((value) => lastUse[value]! >= end),
    };
  });
}

/**
 * The cuts with which least memory is needed: what passes between segments is kept through the whole step, and of the
 * rest, one segment's at a time. Cuts where one value passes, which change no bit of a gradient, are taken unless others
 * need a fifth less.
 */
export function bestCuts(graph: ForwardGraph): number[] {
  const lastUse = lastUses(graph);
  const steps = graph.steps.map(({ outputs }) => ({
    size: sum(outputs.map((value) => graph.sizes[value]!)),
    outputs: outputs.map((value) => ({ size: graph.sizes[value]!, lastUse: lastUse[value]! })),
  }));
  const narrow = leastPeak(
    steps,
    passing(steps).map((count) => count === 1),
  );
  const any = leastPeak(
    steps,
    steps.map(() => true),
  );
  return (any.peak < 0.8 * narrow.peak ? any : narrow).cuts;
}

interface SizedStep {
  readonly size: number;
  readonly outputs: readonly { readonly size: number; readonly lastUse: number }[];
}

/** How many values pass each place before a step. */
function passing(steps: readonly SizedStep[]): number[] {
  const change = new Array<number>(steps.length + 2).fill(0);
  steps.forEach(({ outputs }, i) => {
    for (const { lastUse } of outputs) {
      if (lastUse <= i) continue;
      change[i + 1]! += 1;
      change[lastUse + 1]! -= 1;
    }
  });
  let count = 0;
  return steps.map((_, i) => (count += change[i]!));
}

interface Cuts {
  readonly cuts: number[];
  readonly peak: number;
}

function leastPeak(steps: readonly SizedStep[], allowed: readonly boolean[]): Cuts {
  const total = sum(steps.map(({ size }) => size));
  const largest = Math.max(...steps.map(({ size }) => size));
  let best: Cuts = { cuts: [], peak: total };
  for (let limit = total / 2; limit >= largest / 2; limit /= 1.2) {
    const found = cutsWithin(limit, steps, allowed);
    if (found.peak < best.peak) best = found;
  }
  return best;
}

/** Of the allowed cuts, those that keep least when a segment is not to exceed a limit, or is as short as cuts allow. */
function cutsWithin(limit: number, steps: readonly SizedStep[], allowed: readonly boolean[]): Cuts {
  const kept = [0];
  const from = [0];
  const largest = [0];
  for (let end = 1; end <= steps.length; end++) {
    kept[end] = Number.POSITIVE_INFINITY;
    if (end < steps.length && !allowed[end]) continue;
    let size = 0;
    let passed = 0;
    for (let start = end - 1; start >= 0; start--) {
      size += steps[start]!.size;
      if (size > limit && kept[end]! < Number.POSITIVE_INFINITY) break;
      for (const output of steps[start]!.outputs) if (output.lastUse >= end) passed += output.size;
      if (kept[start]! + passed < kept[end]!) {
        kept[end] = kept[start]! + passed;
        from[end] = start;
        largest[end] = Math.max(largest[start]!, size);
      }
    }
  }
  const cuts: number[] = [];
  for (let k = from[steps.length]!; k > 0; k = from[k]!) cuts.unshift(k);
  return { cuts, peak: kept[steps.length]! + largest[steps.length]! };
}

/** The last step that reads each value; the number of steps for what the model gives. */
function lastUses({ steps, outputs, sizes }: ForwardGraph): readonly number[] {
  const last = new Array<number>(sizes.length).fill(-1);
  steps.forEach(({ inputs }, i) => {
    for (const value of inputs) last[value] = i;
  });
  for (const value of outputs) last[value] = steps.length;
  return last;
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
