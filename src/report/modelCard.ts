import { type ClasswiseCalibrationError, classwiseCalibrationError } from "../metrics/calibrationError.js";
import type { ClassEvaluation } from "../metrics/evaluation.js";
import type { ModelCalibration, ModelContract } from "../models/contract.js";
import type { RunMetric, RunMetrics, RunsEvaluation } from "../training/evaluateRuns.js";
import {
  formatCount,
  formatInterval,
  formatLevel,
  formatNumber,
  formatPercent,
  oneClassReason,
} from "./format.js";
import { markdownList, markdownTable, markdownText } from "./markdown.js";
import { notice } from "./notice.js";
import { readingNotes } from "./readingNotes.js";
import type { ModelPurpose, ReportInput } from "./reportInput.js";
import { monitorNames } from "./trainingSection.js";

/** What a model card is made of: the input of a report, with what the model is for. */
export interface ModelCardInput extends ReportInput {
  /** What it is for; only its makers can say. */
  readonly purpose: ModelPurpose;
}

/**
 * A model card in Markdown (Mitchell et al., Model cards for model reporting, FAT* 2019): what the model is for and what
 * not, what it takes and gives, its data and split with the leakage audit, its measures with intervals, over runs and before
 * and after calibration where those are given, and its limits. The
 * limits that the numbers show are added to those given: classes without a measure or with a wide interval, what is
 * unknown of the patients, leakage, thresholds chosen on the very samples.
 *
 * Texts are escaped. NaN stands as "undefined".
 */
export function modelCard(input: ModelCardInput): string {
  const { title, purpose, contract, evaluatedOn, settings } = input;
  const sections: readonly (readonly [string, string | undefined])[] = [
    ["Intended use", markdownText(purpose.intendedUse)],
    ["Out of scope", purpose.outOfScope && markdownList(purpose.outOfScope.map(markdownText))],
    ["Model", contract && modelTable(contract)],
    ["Data", dataText(input)],
    ["Split", splitText(input)],
    ["Training", trainingText(input)],
    [`Results on ${markdownText(evaluatedOn)}`, resultsText(input)],
    ["Runs", input.runs && runsText(input.runs)],
    ["Calibration", calibrationText(input)],
    ["Limits", markdownList([...purpose.limits.map(markdownText), ...limitsOf(input)])],
    [
      "How it was made",
      markdownTable(
        ["setting", "value"],
        Object.entries(settings).map(([name, value]) => [markdownText(name), markdownText(String(value))]),
      ),
    ],
  ];
  const body = sections.flatMap(([heading, text]) =>
    text === undefined ? [] : [`## ${heading}\n\n${text}`],
  );
  return `${[`# ${markdownText(title)}`, `> ${notice}`, ...body].join("\n\n")}\n`;
}

function modelTable({ architecture, input, heads }: ModelContract): string {
  const { height, width, channels, normalization, preprocessing } = input;
  const described = heads.flatMap(({ name, kind = "classification", classes, thresholds, calibration }) => [
    [`head ${markdownText(name)}`, `${kind}: ${markdownText(classes.join(", "))}`],
    ...(thresholds
      ? [["its thresholds", markdownText(`by ${thresholds.criterion}, chosen on ${thresholds.chosenOn}`)]]
      : []),
    ...(calibration ? [["its calibration", markdownText(calibrationOf(calibration))]] : []),
  ]);
  return markdownTable(
    ["", ""],
    [
      ["architecture", markdownText(architecture)],
      ["input", `${height} x ${width} pixels, ${channels} ${channels === 1 ? "channel" : "channels"}`],
      ["normalisation", normalization ? markdownText(normalization.method) : "unknown"],
      ...(preprocessing ? [["preprocessing", markdownText(preprocessing)]] : []),
      ...described,
    ],
  );
}

/** How a head was calibrated, and which of its classes could not be. */
function calibrationOf({ method, fittedOn, classes, perClass }: ModelCalibration): string {
  const left = classes.flatMap((name, c) => {
    const { map } = perClass[c]!;
    return map.kind === "identity" ? [`${name} (${map.because})`] : [];
  });
  const none = left.length > 0 ? `; left as they are: ${left.join(", ")}` : "";
  return `${method}, fitted on ${fittedOn}${none}`;
}

function dataText({ dataset: { name, account } }: ReportInput): string {
  const { rowsRead, rowsKept, dropped, changed } = account;
  const facts = [
    ...dropped.map(({ reason, count }) => `${formatCount(count)} rows dropped: ${markdownText(reason)}`),
    ...changed.map(({ rule, count }) => `${formatCount(count)} values changed: ${markdownText(rule)}`),
  ];
  const kept = `${markdownText(name)}: ${formatCount(rowsKept)} of ${formatCount(rowsRead)} rows kept.`;
  return facts.length > 0 ? `${kept}\n\n${markdownList(facts)}` : kept;
}

function splitText({ sets, audit }: ReportInput): string {
  const rows = Object.entries(sets).map(([name, { studies }]) => [
    markdownText(name),
    formatCount(studies.length),
    formatCount(new Set(studies.map(({ patientId }) => patientId)).size),
  ]);
  const shared = audit.overlaps.map(({ sets: [a, b] }) => `${a} and ${b}`);
  const verdict = audit.clean
    ? "No two sets share a patient, study or image."
    : `**Leakage: these sets share patients, studies or images: ${markdownText(shared.join("; "))}.**`;
  return `${markdownTable(["set", "images", "patients"], rows)}\n\n${verdict}`;
}

function trainingText({ history }: ReportInput): string | undefined {
  if (history === undefined) return undefined;
  const { epochs, bestEpoch, monitor } = history;
  const best =
    bestEpoch === undefined ? "" : ` Epoch ${bestEpoch} was kept, best by ${monitorNames[monitor]}.`;
  return `${formatCount(epochs.length)} epochs.${best}`;
}

function resultsText({ evaluation }: ReportInput): string {
  const { classes, macro, intervals } = evaluation;
  const decided = classes.some(({ threshold }) => threshold !== undefined);
  const row = (measures: ClassEvaluation) => [
    markdownText(measures.name),
    `${formatCount(measures.positives)} / ${formatCount(measures.negatives)} / ${formatCount(measures.unknown)}`,
    formatInterval(measures.auc),
    formatNumber(measures.averagePrecision),
    formatNumber(measures.brier),
    formatInterval(measures.calibrationError),
    ...(decided
      ? [measures.threshold, measures.sensitivity, measures.specificity].map((value = Number.NaN) =>
          formatNumber(value),
        )
      : []),
  ];
  const mean = [
    "**mean**",
    "",
    formatInterval(macro.auc),
    formatNumber(macro.averagePrecision.value),
    formatNumber(macro.brier.value),
    formatInterval(macro.calibrationError),
    ...(decided ? ["", "", ""] : []),
  ];
  const table = markdownTable(
    [
      "finding",
      "present / absent / unknown",
      "AUC",
      "average precision",
      "Brier score",
      "calibration error",
      ...(decided ? ["threshold", "sensitivity", "specificity"] : []),
    ],
    [...classes.map(row), mean],
  );
  const level = intervals.auc === "none" ? [] : [`In brackets: ${formatLevel(intervals.level)} intervals.`];
  return [table, [...level, ...readingNotes(evaluation)].join(" ")].join("\n\n");
}

function runsText({ runs, classes, macro }: RunsEvaluation): string {
  const over = ({ mean, standardDeviation }: RunMetric) =>
    `${formatNumber(mean)} (${formatNumber(standardDeviation)})`;
  const row = (name: string, { auc, averagePrecision, brier, calibrationError }: RunMetrics) => [
    name,
    ...[auc, averagePrecision, brier, calibrationError].map(over),
  ];
  const table = markdownTable(
    ["finding", "AUC", "average precision", "Brier score", "calibration error"],
    [...classes.map((metrics) => row(markdownText(metrics.name), metrics)), row("**mean**", macro)],
  );
  const spread = runs === 1 ? "A single run has none." : "It says how far the result hangs on the seed.";
  return `${table}\n\nMean of ${formatCount(runs)} ${runs === 1 ? "run" : "runs"}, in brackets the sample standard deviation. ${spread}`;
}

function calibrationText(input: ReportInput): string | undefined {
  const { predictions, calibratedProbabilities, evaluation } = input;
  if (calibratedProbabilities === undefined) return undefined;
  const names = { ...evaluation.binning, classes: evaluation.classes.map(({ name }) => name) };
  const measured = [predictions.probabilities, calibratedProbabilities].map((probabilities) =>
    classwiseCalibrationError(predictions.labels, probabilities, names),
  );
  const [before, after] = measured as [ClasswiseCalibrationError, ClasswiseCalibrationError];
  const rows = evaluation.classes.map(({ name }, c) => [
    markdownText(name),
    formatNumber(before.perClass[c]!),
    formatNumber(after.perClass[c]!),
  ]);
  const mean = ["**mean**", formatNumber(before.mean), formatNumber(after.mean)];
  return `Calibration error before and after the calibration, which was fitted on other images.\n\n${markdownTable(["finding", "before", "after"], [...rows, mean])}`;
}

/** Intervals wider than this say little: from a guess to good. */
const wide = 0.2;

function limitsOf({ evaluation, evaluatedOn, sets, audit, dataset }: ReportInput): string[] {
  const { classes } = evaluation;
  const named = (rows: readonly ClassEvaluation[]) =>
    markdownText(
      rows.map(({ name, positives }) => `${name} (${formatCount(positives)} positive)`).join(", "),
    );
  const uncertain = classes.filter(({ auc }) => auc.upper - auc.lower > wide);
  const oneSided = classes.filter((row) => oneClassReason(row) !== undefined);
  const studies = sets[evaluatedOn]?.studies ?? [];
  const unknown = (what: string, missing: number) =>
    missing === 0
      ? []
      : [
          `The ${what} is unknown for ${formatPercent(missing / studies.length)} of the images of ${markdownText(evaluatedOn)}.`,
        ];
  return [
    `Measured on ${markdownText(dataset.name)} alone: other hospitals, machines and patients give other figures.`,
    ...(oneSided.length > 0 ? [`Not measured, for want of both labels: ${named(oneSided)}.`] : []),
    ...(uncertain.length > 0
      ? [`The AUC is known to no better than ${wide} (width of its interval) for ${named(uncertain)}.`]
      : []),
    ...unknown("age", studies.filter(({ ageYears }) => ageYears === undefined).length),
    ...unknown("sex", studies.filter(({ sex }) => sex === undefined).length),
    ...unknown("view", studies.filter(({ view }) => view === undefined).length),
    ...evaluation.warnings.map(({ message }) => markdownText(message)),
    ...(audit.clean ? [] : ["Sets share patients, studies or images, so the figures are too good."]),
  ];
}
