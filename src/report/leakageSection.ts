import { formatCount } from "./format.js";
import { html, type Markup } from "./html.js";
import type { ReportInput } from "./reportInput.js";
import { table } from "./table.js";

/** Every pair of sets, and what it shares. */
export function leakageBody({ audit }: ReportInput): Markup {
  const pairs = audit.sets.flatMap((a, i) => audit.sets.slice(i + 1).map((b) => [a, b] as const));
  const withoutImages = audit.sets.filter(({ images }) => images === undefined).map(({ name }) => name);
  return html`<p class="${audit.clean ? "good" : "bad"}">${
    audit.clean
      ? "No patient, study or image stands in two sets."
      : "Some sets share patients, studies or images. Figures on a set that shares patients with the training set are too good."
  }</p>
${table({
  caption: "What each pair of sets shares",
  head: ["sets", "verdict", "patients", "studies", "images"],
  rows: pairs.map(([a, b]) => {
    const overlap = audit.overlaps.find(({ sets }) => sets.includes(a.name) && sets.includes(b.name));
    const count = (ids: readonly string[] = []) =>
      ids.length === 0 ? "0" : html`${formatCount(ids.length)}<br><small>${excerpt(ids)}</small>`;
    return [
      `${a.name} and ${b.name}`,
      overlap === undefined ? "disjoint" : html`<b class="bad">overlap</b>`,
      count(overlap?.patients),
      count(overlap?.studies),
      count(overlap?.images),
    ];
  }),
})}
${
  withoutImages.length > 0
    ? html`<p>Of ${withoutImages.join(", ")} only patient ids were known; studies and images could not be compared.</p>`
    : undefined
}`;
}

function excerpt(ids: readonly string[]): string {
  return ids.length > 3 ? `${ids.slice(0, 3).join(", ")}, …` : ids.join(", ");
}
