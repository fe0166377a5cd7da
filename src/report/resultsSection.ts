import type { Interval } from "../metrics/evaluation.js";
import { formatCount, formatEnds, formatLevel, formatNumber, oneClassReason } from "./format.js";
import { type Content, html, type Markup } from "./html.js";
import { readingNotes } from "./readingNotes.js";
import type { ReportInput } from "./reportInput.js";
import { table } from "./table.js";

/** The measures of each class. */
export function measuresBody(input: ReportInput): Markup {
  const { evaluation, evaluatedOn } = input;
  const { classes, macro, intervals } = evaluation;
  return html`<div class="dense">${table({
    caption: html`Measures on <b>${evaluatedOn}</b>${intervals.auc === "none" ? "" : ` with ${formatLevel(intervals.level)} intervals`}`,
    head: [
      "finding",
      html`AUC on ${evaluatedOn}`,
      html`<span class="axis"><span>0</span><span>0.5</span><span>1</span></span>`,
      "average precision",
      "Brier score",
      "calibration error",
      "positive",
      "negative",
      "unknown",
    ],
    rows: classes.map((row) => [
      row.name,
      withReason(row.auc, oneClassReason(row)),
      intervalMark(row.auc),
      measure(row.averagePrecision),
      measure(row.brier),
      withReason(row.calibrationError, row.positives + row.negatives === 0 ? oneClassReason(row) : undefined),
      ...[row.positives, row.negatives, row.unknown].map(formatCount),
    ]),
    foot: [
      [
        "mean",
        withReason(macro.auc, "in every class"),
        intervalMark(macro.auc),
        measure(macro.averagePrecision.value),
        measure(macro.brier.value),
        withReason(macro.calibrationError, "in every class"),
        "",
        "",
        "",
      ],
    ],
  })}</div>
${readingNotes(evaluation).map((note) => html`<p class="note">${note}</p>`)}`;
}

function measure(value: number): Content {
  return Number.isNaN(value) ? html`<span class="muted">${formatNumber(value)}</span>` : formatNumber(value);
}

/** A measure and its interval, or why there is none. */
function withReason({ value, lower, upper }: Interval, reason: string | undefined): Content {
  if (Number.isNaN(value)) return [measure(value), reason && html`<br><span class="muted">${reason}</span>`];
  return html`${formatNumber(value)} <span class="muted">${formatEnds({ lower, upper })}</span>`;
}

/** The interval drawn on a scale from 0 to 1. */
function intervalMark({ value, lower, upper }: Interval): Content {
  if (Number.isNaN(value)) return "";
  const x = (share: number) => (4 + 72 * share).toFixed(1);
  const line = Number.isNaN(lower)
    ? undefined
    : html`<path d="M${x(lower)} 8H${x(upper)}" stroke="#0072B2" stroke-width="2" fill="none"/>`;
  return html`<svg class="interval" width="80" height="16" aria-hidden="true"><path d="M4 8H76M40 4V12" stroke="#d0d0d0" fill="none"/>${line}<circle cx="${x(value)}" cy="8" r="3.5" fill="#0072B2"/></svg>`;
}
