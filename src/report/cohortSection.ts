import type { Study } from "../labels/dataset.js";
import { formatCount, formatPercent } from "./format.js";
import { type Content, html, type Markup } from "./html.js";
import type { ReportInput } from "./reportInput.js";
import { table } from "./table.js";

/** What was read, and what became of it. */
export function accountBody({ dataset: { name, account } }: ReportInput): Markup {
  const { rowsRead, rowsKept, dropped, changed } = account;
  return html`${table({
    caption: html`Rows of <b>${name}</b> and what became of them`,
    head: ["", "rows", html`<div class="ids">examples</div>`],
    rows: [
      ["read", formatCount(rowsRead), ""],
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

/** Who is in each set. */
export function cohortBody({ sets }: ReportInput): Markup {
  const columns = Object.values(sets).map(({ studies }) => studies);
  const all = columns.flat();
  const row = (heading: Content, cell: (studies: readonly Study[]) => Content) => [
    heading,
    ...columns.map(cell),
  ];
  const shares = (name: string, read: (study: Study) => string | undefined) =>
    valuesOf(all, read).map((value) =>
      row(value === undefined ? `${name} unknown` : `${name} ${value}`, (studies) =>
        countAndShare(studies.filter((study) => read(study) === value).length, studies.length),
      ),
    );
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

/** The values that occur, most frequent first, the unknown last. */
function valuesOf(studies: readonly Study[], read: (study: Study) => string | undefined) {
  const counts = new Map<string | undefined, number>();
  for (const study of studies) counts.set(read(study), (counts.get(read(study)) ?? 0) + 1);
  return [...counts.keys()].sort((a, b) =>
    a === undefined ? 1 : b === undefined ? -1 : counts.get(b)! - counts.get(a)!,
  );
}

function ageCell(studies: readonly Study[]): string {
  const ages = studies
    .flatMap(({ ageYears }) => (ageYears === undefined ? [] : [ageYears]))
    .sort((a, b) => a - b);
  if (ages.length === 0) return "unknown";
  const quartile = (k: number) => {
    const rank = (k * (ages.length - 1)) / 4;
    const below = ages[Math.floor(rank)]!;
    return formatCount(below + (rank % 1) * (ages[Math.ceil(rank)]! - below));
  };
  const missing = studies.length - ages.length;
  const unknown = missing > 0 ? `; unknown: ${formatCount(missing)}` : "";
  return `${quartile(2)} (${quartile(1)} to ${quartile(3)}${unknown})`;
}

function countAndShare(count: number, of: number): string {
  return of === 0 ? "0" : `${formatCount(count)} (${formatPercent(count / of)})`;
}
