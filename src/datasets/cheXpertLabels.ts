import { cheXpertFindings } from "../labels/cheXpertFindings.js";
import { checkOneOf } from "./oneOf.js";
import type { TableRow } from "./tableRecords.js";

/**
 * How blank cells of the fourteen columns of the CheXpert labelers are read, which stand where the report does not
 * mention a finding:
 *
 * - "unknown" (default): as unknown;
 * - "absent": as absent, as most published models do;
 * - "absent-if-no-finding": as absent in records with 1.0 under "No Finding", otherwise as unknown. "Support Devices", of
 *   which "No Finding" says nothing, stays unknown.
 *
 * Each label that becomes absent so is counted in `account.changed`.
 */
export type BlankLabels = "unknown" | "absent" | "absent-if-no-finding";

/** What a record says of the findings. */
export interface CheXpertLabels {
  /** For each of `cheXpertFindings` 1, 0 or NaN. */
  readonly labels: readonly number[];
  /** For each of them 1 where it is -1 in the table, otherwise 0. */
  readonly uncertain: readonly number[];
  /** What "No Finding" says; undefined where it is blank, or where a finding contradicts it. */
  readonly noFinding: boolean | undefined;
}

/** Columns that must be there; "No Finding" need not. */
export const cheXpertColumns: readonly string[] = cheXpertFindings;

const noFindingColumn = "No Finding";
const devices = cheXpertFindings.indexOf("Support Devices");

/** Values in the form of pandas (1.0) and as whole numbers. */
const values: Readonly<Record<string, number>> = {
  "1.0": 1,
  "1": 1,
  "0.0": 0,
  "0": 0,
  "-1.0": -1,
  "-1": -1,
};

/**
 * Makes a reader of the columns of the CheXpert labelers: 1 present, 0 absent, -1 uncertain, blank not mentioned. A record
 * in which "No Finding" is 1 beside a finding that is present (devices aside) has `noFinding` undefined and is counted as
 * changed; its findings stand. Any other value is a fault.
 *
 * @throws ArgumentError when `blank` is none of its words
 */
export function cheXpertLabelReader(blank: BlankLabels): (row: TableRow) => CheXpertLabels {
  checkOneOf("options.blank", blank, ["unknown", "absent", "absent-if-no-finding"]);
  const known = new Map<string, { labels: CheXpertLabels; changes: readonly string[] }>();
  return (row) => {
    const cells = cheXpertFindings.map((finding) => row.text(finding));
    const none = row.text(noFindingColumn);
    const key = `${none},${cells.join()}`;
    let read = known.get(key);
    if (read === undefined) {
      const faulty = checkCells(row, cells, none);
      read = readCells(cells, none, blank);
      if (!faulty) known.set(key, read);
    }
    for (const rule of read.changes) row.change(rule);
    return read.labels;
  };
}

function checkCells(row: TableRow, cells: readonly string[], none: string): boolean {
  const strange = cells.flatMap((cell, c) =>
    cell === "" || Object.hasOwn(values, cell) ? [] : [cheXpertFindings[c]!],
  );
  for (const finding of strange) {
    row.fault(
      finding,
      `is "${row.text(finding)}"; expected 1.0 (present), 0.0 (absent), -1.0 (uncertain) or nothing`,
    );
  }
  const noneFaulty = none !== "" && values[none] !== 1 && values[none] !== 0;
  if (noneFaulty) row.fault(noFindingColumn, `is "${none}"; expected 1.0, 0.0 or nothing`);
  return strange.length > 0 || noneFaulty;
}

function readCells(
  cells: readonly string[],
  none: string,
  blank: BlankLabels,
): { labels: CheXpertLabels; changes: readonly string[] } {
  const changes: string[] = [];
  const present = cells.some((cell, c) => c !== devices && values[cell] === 1);
  let noFinding = none === "" ? undefined : values[none] === 1;
  if (noFinding && present) {
    changes.push(`"${noFindingColumn}" beside a finding read as unknown`);
    noFinding = undefined;
  }
  const labels = cells.map((cell, c) => {
    if (cell !== "") return values[cell] === -1 ? Number.NaN : (values[cell] ?? Number.NaN);
    if (blank === "absent") {
      changes.push("blank label read as absent");
      return 0;
    }
    if (blank === "absent-if-no-finding" && noFinding && c !== devices) {
      changes.push(`blank label beside "${noFindingColumn}" read as absent`);
      return 0;
    }
    return Number.NaN;
  });
  const uncertain = cells.map((cell) => (values[cell] === -1 ? 1 : 0));
  return { labels: { labels, uncertain, noFinding }, changes };
}
