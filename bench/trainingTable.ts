import type { TrainingCase } from "./trainingCases.js";
import { median } from "./trainingStatistics.js";
import type { Outcome } from "./trainingTurns.js";

/** The table's rows of one case, and what is to be said under it. */
export interface CaseRows {
  readonly rows: readonly (readonly string[])[];
  readonly notes: readonly string[];
}

export const header = ["case", "", "radiolucent", "PyTorch", "ratio", "paired", "at most", ""];

export function markdown(rows: readonly (readonly string[])[]): string {
  const [first, ...rest] = rows.map((cells) => `| ${cells.join(" | ")} |`);
  return [first, `|${"---|".repeat(rows[0]!.length)}`, ...rest].join("\n");
}

const digits = (value: number) =>
  value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : value.toFixed(0);

/**
 * Rows for time, peak memory and compiling. `ratio` is of the medians, and the verdict goes by it; `paired` is the
 * median of the ratios of one round.
 *
 * @param held whether the case's limits hold: it ran as it is defined
 */
export function caseRows(
  { title, mode, batch, limits }: TrainingCase,
  [ours, ...others]: readonly [Outcome, ...Outcome[]],
  held: boolean,
): CaseRows {
  const peer = others.find(({ library }) => library === "PyTorch");
  const rows: string[][] = [];
  const notes: string[] = [];
  const compare = (what: string, own: number, theirs: number, paired: number, limit: number | undefined) => {
    const ratio = own / theirs;
    const cell = (value: number, form = digits) => (Number.isFinite(value) ? form(value) : "-");
    const two = (value: number) => value.toFixed(2);
    rows.push([
      title,
      what,
      cell(own),
      cell(theirs),
      cell(ratio, two),
      cell(paired, two),
      held && limit !== undefined ? String(limit) : "-",
      held && limit !== undefined && Number.isFinite(ratio) ? (ratio <= limit ? "ok" : "**over**") : "",
    ]);
  };

  const perImage = (outcome: Outcome | undefined) => outcome?.steps.map(({ ms }) => ms / batch) ?? [];
  const [own, theirs] = [perImage(ours), perImage(peer)];
  const pairs = ours.note || peer?.note ? [] : own.map((ms, i) => ms / theirs[i]!);
  compare("ms/image", median(own), median(theirs), median(pairs), limits.time);
  compare("peak MiB", ours.memory?.peak ?? NaN, peer?.memory?.peak ?? NaN, NaN, limits.memory);

  const { onnx } = ours.memory ?? {};
  if (onnx) {
    const seconds = onnx.compileMs / 1000;
    const limit = mode === "train" && held ? limits.compileSeconds : undefined;
    rows.push([
      title,
      "compiling, s",
      `${digits(seconds)}, ${onnx.compiles === 1 ? "once" : `${onnx.compiles} graphs`}`,
      "-",
      "-",
      "-",
      limit === undefined ? "-" : `${limit}, once`,
      limit === undefined ? "" : seconds <= limit && onnx.compiles === 1 ? "ok" : "**over**",
    ]);
    const fallbacks = Object.entries(onnx.fallbacks).map(([kernel, count]) => `${kernel} ${count} times`);
    if (fallbacks.length > 0) notes.push(`${title}: outside ONNX Runtime ran ${fallbacks.join(", ")}.`);
  }

  for (const outcome of [ours, ...others]) {
    const { library, all, note } = outcome;
    if (outcome !== ours && outcome !== peer && outcome.steps.length > 0) {
      const peak = outcome.memory ? `, peak ${digits(outcome.memory.peak)} MiB` : "";
      notes.push(`${title}: ${library} takes ${digits(median(perImage(outcome)))} ms/image${peak}.`);
    }
    if (note) notes.push(`${title}: ${library}: ${note}.`);
    if (mode === "train" && all.length > 1) {
      const [first, last] = [all[0]!.value, all.at(-1)!.value];
      const verb = last < first ? "falls" : "**does not fall**";
      notes.push(
        `${title}: the loss of ${library} ${verb}, ${first.toFixed(3)} to ${last.toFixed(3)} in ${all.length} steps.`,
      );
    }
  }
  return { rows, notes };
}
