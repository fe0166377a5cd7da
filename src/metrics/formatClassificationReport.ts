import { ArgumentError } from "../errors.js";
import type { ClassificationReport, ReportShares } from "./classificationReport.js";

/**
 * A classification report as a plain text table, in the form that scikit-learn's `classification_report` prints, then what
 * to know when reading it. Undefined values stand as "n/a". A half is rounded up, where Python rounds it to an even digit.
 *
 * @param options `digits` after the decimal point, a whole number from 0 to 100; 2 by default
 * @throws ArgumentError for another number of digits
 */
export function formatClassificationReport(
  report: ClassificationReport,
  options: { readonly digits?: number } = {},
): string {
  const { digits = 2 } = options;
  if (!Number.isInteger(digits) || digits < 0 || digits > 100) {
    throw new ArgumentError("options.digits", `is ${digits}; expected a whole number from 0 to 100`);
  }
  const { classes, micro, macro, weighted, samples, support } = report;
  const width = Math.max("weighted avg".length, ...classes.map(({ name }) => name.length));
  const line = (name: string, cells: readonly string[]) =>
    [name.padStart(width), "", ...cells.map((cell) => cell.padStart(9))].join(" ");
  const fixed = (value: number) => (Number.isNaN(value) ? "n/a" : value.toFixed(digits));
  const row = (name: string, { precision, recall, f1 }: ReportShares, count: number) =>
    line(name, [...[precision, recall, f1].map(fixed), String(Number(count.toPrecision(12)))]);
  const averages: [string, ReportShares][] = [
    ["micro avg", micro],
    ["macro avg", macro],
    ["weighted avg", weighted],
    ["samples avg", samples],
  ];
  return [
    line("", ["precision", "recall", "f1-score", "support"]),
    "",
    ...classes.map((one) => row(one.name, one, one.support)),
    "",
    ...averages.map(([name, shares]) => row(name, shares, support)),
    ...notes(report),
  ].join("\n");
}

function notes({ classes, macro, samples }: ClassificationReport): string[] {
  const shares = ["precision", "recall", "f1"] as const;
  const named = { precision: "precision", recall: "recall", f1: "F1" };
  const left = shares
    .map((share) => ({ share, classes: macro.undefinedClasses[share] }))
    .filter((entry) => entry.classes.length > 0)
    .map((entry) => `${named[entry.share]} (${entry.classes.join(", ")})`);
  const rows = shares
    .filter((share) => samples.undefinedSamples[share] > 0)
    .map((share) => `${named[share]} (${samples.undefinedSamples[share]} of ${samples.samples})`);
  const unknown = classes.reduce((sum, one) => sum + one.unknown, 0);
  const lines = [
    ...(left.length > 0
      ? [`Undefined, and not in the macro and weighted averages: ${left.join("; ")}.`]
      : []),
    ...(rows.length > 0 ? [`Samples that are not in the samples average: ${rows.join("; ")}.`] : []),
    ...(unknown > 0 ? [`Unknown labels, counted nowhere: ${unknown}.`] : []),
  ];
  return lines.length > 0 ? ["", ...lines] : [];
}
