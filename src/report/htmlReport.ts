import { ArgumentError } from "../errors.js";
import { describeDataset } from "../labels/describeDataset.js";
import { allSets } from "./allSets.js";
import { camBody, maskBody } from "./camSection.js";
import { accountBody, cohortBody } from "./cohortSection.js";
import { datasetPlots } from "./datasetPlots.js";
import { figureBody } from "./figureBody.js";
import { calibrationBody, decisionsBody, precisionBody, rocBody } from "./figureSections.js";
import { formatCount, formatEnds, formatNumber } from "./format.js";
import { type Content, html, Markup } from "./html.js";
import { leakageBody } from "./leakageSection.js";
import { notice } from "./notice.js";
import { prevalenceBody } from "./prevalenceSection.js";
import { purposeBody } from "./purposeSection.js";
import type { ReportInput } from "./reportInput.js";
import { measuresBody } from "./resultsSection.js";
import { runsBody } from "./runsSection.js";
import { splitBody } from "./splitSection.js";
import { style } from "./style.js";
import { trainingBody } from "./trainingSection.js";

interface Section {
  readonly id: string;
  readonly title: string;
  readonly body: Markup;
}

/**
 * Writes a report of a trained model as one HTML page that needs no other file and no network: what data were read and
 * dropped, who is in which set, how alike the sets are and what they share, how frequent the findings are, how training
 * went, how well the model does on one set and over its runs, what its thresholds do, what its probabilities are worth,
 * sections of one's own, where it looks, and how it was made. What is not given is left out.
 *
 * Every plot has its numbers in a table below it, and can be told apart in black and white. Long tables scroll, and stand
 * whole on paper.
 *
 * NaN stands as "undefined", with the reason. Texts are escaped wherever they come from.
 *
 * @throws ArgumentError when `evaluatedOn` is none of the sets, the evaluation is not one of these predictions, or there are
 *   not as many weights as classes
 */
export async function htmlReport(input: ReportInput): Promise<string> {
  const { title, dataset, sets, evaluatedOn } = input;
  if (!Object.hasOwn(sets, evaluatedOn)) {
    throw new ArgumentError(
      "evaluatedOn",
      `"${evaluatedOn}" is none of the sets: ${Object.keys(sets).join(", ")}`,
    );
  }
  const sections = await sectionsOf(input);
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>${title}</title>
<style>${new Markup(style)}</style>
</head>
<body>
<header>
<h1>${title}</h1>
<p class="muted">${dataset.name}, evaluated on ${evaluatedOn}</p>
${keyFigures(input)}
</header>
<nav aria-label="Contents"><ol>
${sections.map(({ id, title: heading }) => html`<li><a href="#${id}">${heading}</a></li>\n`)}</ol></nav>
<main>
${sections.map(
  ({ id, title: heading, body }) => html`<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${heading}</h2>
${body}
</section>
`,
)}</main>
<footer><p>${notice}</p></footer>
</body>
</html>
`.source;
}

async function sectionsOf(input: ReportInput): Promise<Section[]> {
  const {
    evaluatedOn,
    evaluation,
    history,
    runs,
    sets,
    sections = [],
    cams = [],
    masks = [],
    purpose,
  } = input;
  const decided = evaluation.classes.some(({ threshold }) => threshold !== undefined);
  const together = datasetPlots(describeDataset(allSets(input)));
  return [
    ...(purpose ? [{ id: "purpose", title: "Intended use and limits", body: purposeBody(purpose) }] : []),
    { id: "data", title: "Data", body: accountBody(input) },
    { id: "cohort", title: "Patients and sets", body: await cohortBody(input, together) },
    ...(Object.keys(sets).length > 1
      ? [{ id: "split", title: "How alike the sets are", body: await splitBody(input) }]
      : []),
    { id: "leakage", title: "Leakage audit", body: leakageBody(input) },
    { id: "prevalence", title: "Prevalence", body: await prevalenceBody(input, together) },
    ...(history ? [{ id: "training", title: "Training", body: await trainingBody(history) }] : []),
    { id: "measures", title: `Results on ${evaluatedOn}`, body: measuresBody(input) },
    ...(runs ? [{ id: "runs", title: "Runs", body: await runsBody(runs, evaluatedOn) }] : []),
    { id: "roc", title: "ROC curves", body: await rocBody(input) },
    { id: "precision", title: "Precision and recall", body: await precisionBody(input) },
    ...(decided ? [{ id: "thresholds", title: "Decisions", body: await decisionsBody(input) }] : []),
    { id: "calibration", title: "Calibration", body: await calibrationBody(input) },
    ...(await Promise.all(
      sections.map(async ({ title, text, figures }, i) => ({
        id: `section-${i + 1}`,
        title,
        body: html`${text && html`<p>${text}</p>\n`}${await Promise.all(figures.map((figure) => figureBody(figure)))}`,
      })),
    )),
    ...(cams.length > 0 ? [{ id: "cams", title: "Where the model looks", body: camBody(cams, input) }] : []),
    ...(masks.length > 0 ? [{ id: "masks", title: "Masks", body: maskBody(masks, input) }] : []),
    { id: "settings", title: "How it was made", body: settingsBody(input.settings) },
  ];
}

function keyFigures({ evaluation, evaluatedOn, audit, sets }: ReportInput): Markup {
  const { macro, samples, classes } = evaluation;
  const { studies } = sets[evaluatedOn]!;
  const patients = evaluation.patients ?? new Set(studies.map(({ patientId }) => patientId)).size;
  const missing = studies.length - samples;
  const defined = classes.length - macro.undefinedClasses.length;
  const figure = (name: Content, value: Content, more: Content) =>
    html`<div><dt>${name}</dt><dd>${value}<small>${more}</small></dd></div>\n`;
  return html`<dl class="figures">
${figure(
  `mean AUC on ${evaluatedOn}`,
  formatNumber(macro.auc.value),
  `${formatEnds(macro.auc) ?? ""} over ${defined} of ${classes.length} findings`,
)}${figure(
  `calibration error on ${evaluatedOn}`,
  formatNumber(macro.calibrationError.value),
  formatEnds(macro.calibrationError),
)}${figure(
  `${evaluatedOn} images`,
  formatCount(samples),
  `of ${formatCount(patients)} patients${missing > 0 ? `; ${formatCount(missing)} more were not predicted` : ""}`,
)}${figure(
  "leakage between sets",
  audit.clean ? "none" : html`<span class="bad">found</span>`,
  `${audit.sets.length} sets compared`,
)}</dl>`;
}

function settingsBody(settings: ReportInput["settings"]): Markup {
  return html`<dl class="settings">
${Object.entries(settings).map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>\n`)}</dl>`;
}
