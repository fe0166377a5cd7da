import type { Study } from "../labels/dataset.js";
import { categoryCounts, summarizeAges } from "../labels/describeDatasetStudies.js";
import type { DatasetPlots } from "./datasetPlots.js";
import { figureBody } from "./figureBody.js";
import { formatCount, formatPercent } from "./format.js";
import { type Content, html, type Markup } from "./html.js";
import type { ReportInput } from "./reportInput.js";
import { table } from "./table.js";

/** What was read, and what became of it. */
export function accountBody({ dataset: { name, account } }: ReportInput): Markup {
  const { rowsRead, rowsKept, merged = 0, dropped, changed } = account;
  return html`${table({
    caption: html`Rows of <b>${name}</b> and what became of them`,
    head: ["", "rows", html`<div class="ids">examples</div>`],
    rows: [
      ["read", formatCount(rowsRead), ""],
      ...(merged > 0
        ? [["merged: more of a study that an earlier row began", countAndShare(merged, rowsRead), ""]]
        : []),
      ...dropped.map(({ reason, count, examples }) => [
        `dropped: ${reason}`,
        countAndShare(count, rowsRead),
        html`<div class="ids">${examples.join(", ")}</div>`,
      ]),
    ],
    foot: [["kept", countAndShare(rowsKept, rowsRead), ""]],
  })}
${
  changed.length > 0
    ? table({
        caption: "Values that were read as something else than they say",
        head: ["rule", "values"],
        rows: changed.map(({ rule, count }) => [rule, formatCount(count)]),
      })
    : html`<p>No value was read as something else than it says.</p>`
}`;
}

/** Who is in each set, and who in all of them together. */
export async function cohortBody(input: ReportInput, { age, view }: DatasetPlots): Promise<Markup> {
  return html`${cohortTable(input)}
${await figureBody(age)}
${await figureBody(view)}`;
}

function cohortTable({ sets }: ReportInput): Markup {
  const columns = Object.values(sets).map(({ studies }) => studies);
  const all = columns.flat();
  const row = (heading: Content, cell: (studies: readonly Study[]) => Content) => [
    heading,
    ...columns.map(cell),
  ];
  const shares = (name: string, read: (study: Study) => string | undefined) => {
    const { values, unknown } = categoryCounts(all, read);
    const known = values.map(({ value }) => value);
    return [...known, ...(unknown > 0 ? [undefined] : [])].map((value) =>
      row(`${name} ${value ?? "unknown"}`, (studies) =>
        countAndShare(studies.filter((study) => read(study) === value).length, studies.length),
      ),
    );
  };
  return table({
    caption: "Images and patients by set; ages are medians with quartiles, over images",
    head: ["", ...Object.keys(sets)],
    rows: [
      row("images", (studies) => formatCount(studies.length)),
      row("patients", (studies) => formatCount(new Set(studies.map(({ patientId }) => patientId)).size)),
      row("age in years", ageCell),
      ...shares("sex", ({ sex }) => sex),
      ...shares("view", ({ view }) => view),
    ],
  });
}

function ageCell(studies: readonly Study[]): string {
  const { known, unknown, quartiles } = summarizeAges(studies);
  if (known === 0) return "unknown";
  const missing = unknown > 0 ? `; unknown: ${formatCount(unknown)}` : "";
  const { lower, median, upper } = quartiles;
  return `${formatCount(median)} (${formatCount(lower)} to ${formatCount(upper)}${missing})`;
}

function countAndShare(count: number, of: number): string {
  return of === 0 ? "0" : `${formatCount(count)} (${formatPercent(count / of)})`;
}
