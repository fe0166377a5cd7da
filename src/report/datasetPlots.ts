import type { DatasetDescription } from "../labels/describeDataset.js";
import type { CategoryCounts, ImagesPerPatient } from "../labels/describeDatasetStudies.js";
import { ageColumns, ageTable } from "./ageColumns.js";
import { coOccurrenceMap, coOccurrenceTable } from "./coOccurrenceMap.js";
import { type CountBar, countColumns, countRows } from "./countBars.js";
import { type Figure, type FigureTable, figure } from "./figure.js";
import { formatCount, formatPercent } from "./format.js";
import { emptyPlot, type Plot } from "./theme.js";

/** The plots of a dataset. */
export interface DatasetPlots {
  /** How frequent each finding is, most frequent first. */
  readonly prevalence: Figure;
  /** How often findings go together, in the same order. */
  readonly coOccurrence: Figure;
  /** How many findings the images have. */
  readonly findingsPerImage: Figure;
  /** How many images the patients have. */
  readonly imagesPerPatient: Figure;
  /** Ages by sex. */
  readonly age: Figure;
  /** Views. */
  readonly view: Figure;
}

/**
 * Pictures of what is in a dataset. What is unknown is grey and apart; a plot without anything to show says so.
 *
 * ```ts
 * const { prevalence } = datasetPlots(describeDataset(dataset));
 * await writeFile("prevalence.svg", await prevalence.svg());
 * ```
 *
 * @param options `findings`: how many findings are shown at most, the most frequent ones; default 30
 */
export function datasetPlots(
  description: DatasetDescription,
  { findings = 30 }: { readonly findings?: number } = {},
): DatasetPlots {
  const { name, images, patients, findings: all, coOccurrence, age, view } = description;
  const order = all
    .map((_, c) => c)
    .sort((a, b) => rank(all[b]!.prevalence) - rank(all[a]!.prevalence))
    .slice(0, findings);
  const cut =
    order.length < all.length ? [`the ${order.length} most frequent of ${all.length} findings`] : [];
  const n = `n = ${counted(images, "image")} of ${counted(patients, "patient")}`;
  const plot = (
    heading: string,
    lines: readonly string[],
    table: FigureTable,
    content: () => Plot,
    reason?: string,
  ) => {
    const empty = images === 0 ? "no images" : reason;
    const title = `${heading}, ${name}`;
    const panel = {
      title,
      lines: empty ? lines.slice(0, 1) : lines,
      plot: empty ? emptyPlot(empty) : content(),
    };
    return figure(title, [panel], table, { columns: 1 });
  };
  const [perImage, perPerson, views] = [
    findingsBars(description),
    patientBars(description.imagesPerPatient),
    categoryBars(view, images),
  ];
  const noFindings = all.length === 0 ? "no findings" : undefined;
  const { lower, median, upper } = age.quartiles;
  return {
    prevalence: plot(
      "Findings",
      [n, ...cut],
      {
        columns: ["finding", "present", "absent", "uncertain", "unknown", "prevalence"],
        rows: order.map((c) => {
          const { finding, positive, negative, uncertain, unknown, prevalence } = all[c]!;
          return [finding, positive, negative, uncertain, unknown, formatPercent(prevalence)];
        }),
      },
      () =>
        countRows(
          order.map((c) => prevalenceBar(all[c]!)),
          "images with the finding, of those in which it is known",
          "~%",
        ),
      noFindings,
    ),
    coOccurrence: plot(
      "Findings that go together",
      [
        n,
        "of the images with the row's finding, the share that also shows the column's",
        "on the diagonal: images with the finding",
        ...cut,
      ],
      coOccurrenceTable(coOccurrence, order),
      () => coOccurrenceMap(coOccurrence, order),
      noFindings,
    ),
    findingsPerImage: plot(
      "Findings per image",
      [n],
      barTable("findings in the image", "images", perImage),
      () => countColumns(perImage, "findings in the image", "images"),
      noFindings,
    ),
    imagesPerPatient: plot(
      "Images per patient",
      [n, perPatient(description.imagesPerPatient)],
      barTable("images of the patient", "patients", perPerson),
      () => countColumns(perPerson, "images of the patient", "patients"),
    ),
    age: plot(
      "Age by sex",
      [
        `n = ${counted(age.known, "image")} with a known age${unknownCount(age.unknown)}`,
        `median ${formatCount(median)} years, half of them ${formatCount(lower)} to ${formatCount(upper)}`,
      ],
      ageTable(description),
      () => ageColumns(description),
      age.known === 0 ? "no known age" : undefined,
    ),
    view: plot("View", [n], barTable("view", "images", views), () => countRows(views, "images", ",d")),
  };
}

/** Places a share in an order, the undefined below all others. */
const rank = (share: number) => (Number.isNaN(share) ? -1 : share);

const counted = (count: number, what: string) => `${formatCount(count)} ${what}${count === 1 ? "" : "s"}`;

const unknownCount = (count: number) => (count > 0 ? `; unknown: ${formatCount(count)}` : "");

const barTable = (heading: string, counted: string, bars: readonly CountBar[]): FigureTable => ({
  columns: [heading, counted],
  rows: bars.map(({ label, text }) => [label, text]),
});

function prevalenceBar(counts: DatasetDescription["findings"][number]): CountBar {
  const { finding, positive, negative, uncertain, unknown, prevalence } = counts;
  const known = positive + negative;
  const of = unknown + uncertain > 0 ? ` of ${formatCount(known)}` : "";
  const share = known > 0 ? ` (${formatPercent(prevalence)})` : "";
  return { label: finding, value: prevalence, text: `${formatCount(positive)}${of}${share}` };
}

function findingsBars({ findingsPerImage: { images, incomplete } }: DatasetDescription): CountBar[] {
  const bars = images.map((count, findings) => ({
    label: String(findings),
    value: count,
    text: formatCount(count),
  }));
  const unknown = { label: "unknown", value: incomplete, text: formatCount(incomplete), unknown: true };
  return incomplete > 0 ? [...bars, unknown] : bars;
}

function categoryBars({ values, unknown }: CategoryCounts, of: number): CountBar[] {
  const text = (count: number) => `${formatCount(count)} (${formatPercent(count / of)})`;
  const bars = values.map(({ value, count }) => ({ label: value, value: count, text: text(count) }));
  return unknown > 0
    ? [...bars, { label: "unknown", value: unknown, text: text(unknown), unknown: true }]
    : bars;
}

function perPatient({ quartiles: { median, maximum } }: ImagesPerPatient): string {
  return Number.isNaN(median) ? "" : `median ${Number(median.toFixed(1))}, at most ${formatCount(maximum)}`;
}

/** First numbers of images of the bars, where patients have too many for a bar each. */
const steps = [1, 2, 3, 4, 5, 6, 11, 21, 51, 101, 201, 501, 1001, Number.POSITIVE_INFINITY];

function patientBars({ counts, quartiles: { maximum } }: ImagesPerPatient): CountBar[] {
  const starts =
    maximum <= 12
      ? Array.from({ length: maximum + 1 }, (_, i) => i + 1)
      : steps.slice(0, steps.findIndex((start) => start > maximum) + 1);
  return starts.slice(0, -1).map((from, i) => {
    const next = starts[i + 1]!;
    const patients = counts
      .filter(({ images }) => images >= from && images < next)
      .reduce((sum, entry) => sum + entry.patients, 0);
    const label = next === from + 1 ? String(from) : `${from}–${next - 1}`;
    return { label, value: patients, text: formatCount(patients) };
  });
}
