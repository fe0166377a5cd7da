import { formatCount } from "./format.js";
import { html, type Markup } from "./html.js";
import type { ReportInput } from "./reportInput.js";
import { table } from "./table.js";

/** Every pair of sets, and what it shares. */
export function leakageBody({ audit }: ReportInput): Markup {
  const pairs = audit.sets.flatMap((a, i) => audit.sets.slice(i + 1).map((b) => [a, b] as const));
  const withoutImages = audit.sets.filter(({ images }) => images === undefined).map(({ name }) => name);
  const comparedPixels = audit.sets.some(({ fingerprints }) => fingerprints > 0);
  const things = comparedPixels ? "patient, study, image or picture" : "patient, study or image";
  return html`<p class="${audit.clean ? "good" : "bad"}">${
    audit.clean
      ? `No ${things} stands in two sets.`
      : "Some sets share patients, studies or images. Figures on a set that shares patients with the training set are too good."
  }</p>
${table({
  caption: "What each pair of sets shares",
  head: ["sets", "verdict", "patients", "studies", "images", ...(comparedPixels ? ["same pixels"] : [])],
  rows: pairs.map(([a, b]) => {
    const overlap = audit.overlaps.find(({ sets }) => sets.includes(a.name) && sets.includes(b.name));
    const pictures = overlap?.samePixels?.map(({ images }) => `${images[0][0]} = ${images[1][0]}`);
    return [
      `${a.name} and ${b.name}`,
      overlap === undefined ? "disjoint" : html`<b class="bad">overlap</b>`,
      countOf(overlap?.patients),
      countOf(overlap?.studies),
      countOf(overlap?.images),
      ...(comparedPixels ? [countOf(pictures)] : []),
    ];
  }),
})}
${
  withoutImages.length > 0
    ? html`<p>Of ${withoutImages.join(", ")} only patient ids were known; studies and images could not be compared.</p>`
    : undefined
}
${comparedPixels ? html`<p>${pixelsCompared(audit)}</p>` : html`<p>Pixels were not compared.</p>`}
${audit.suspects.length > 0 ? suspectTable(audit) : undefined}`;
}

function pixelsCompared({ sets, duplicates }: ReportInput["audit"]): string {
  const compared = sets.map(
    ({ name, images, fingerprints }) =>
      `${formatCount(fingerprints)} of ${images === undefined ? "unknown" : formatCount(images)} images of ${name}`,
  );
  const twice = sets.flatMap(({ name }) => {
    const count = duplicates.filter(({ set }) => set === name).length;
    return count > 0 ? [`${formatCount(count)} in ${name}`] : [];
  });
  return `Pixels were compared for ${compared.join(", ")}. Pictures that one set has under several names: ${
    twice.length > 0 ? twice.join(", ") : "none"
  }.`;
}

function suspectTable({ suspects }: ReportInput["audit"]): Markup {
  return table({
    caption: "Pairs that may show one film, to be looked at",
    head: ["sets", "reason", "pairs"],
    rows: suspects.map(({ sets: [a, b], reason, count, pairs }) => [
      a === b ? `within ${a}` : `${a} and ${b}`,
      reason,
      html`${formatCount(count)}<br><small>${excerpt(
        pairs.map(
          ({ images, distance }) =>
            `${images.join(" and ")}${distance === undefined ? "" : ` (${distance} bits)`}`,
        ),
      )}</small>`,
    ]),
  });
}

function countOf(ids: readonly string[] = []): Markup | string {
  return ids.length === 0 ? "0" : html`${formatCount(ids.length)}<br><small>${excerpt(ids)}</small>`;
}

function excerpt(ids: readonly string[]): string {
  return ids.length > 3 ? `${ids.slice(0, 3).join(", ")}, …` : ids.join(", ");
}
