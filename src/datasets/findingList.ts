import { nearName } from "./nearName.js";
import type { TableRow } from "./tableRecords.js";

/**
 * Makes a reader of cells that list findings, such as "Effusion|Mass": 1 for each finding listed, 0 for the others.
 * Names are matched whole. `none` alone means no finding at all. Faults: an empty cell, a name that is neither a class
 * nor `none`, `none` beside a finding.
 *
 * @param classes the findings
 * @param separator stands between names
 * @param none stands for the absence of every finding, such as "No Finding"
 */
export function findingListReader(
  classes: readonly string[],
  separator: string,
  none: string,
): (row: TableRow, column: string) => readonly number[] {
  const known = new Map<string, readonly number[]>([[none, classes.map(() => 0)]]);
  return (row, column) => {
    const text = row.text(column);
    const seen = known.get(text);
    if (seen !== undefined) return seen;

    const labels = classes.map(() => 0);
    let faulty = false;
    const fault = (message: string, value: string): void => {
      faulty = true;
      row.fault(column, message, value);
    };
    for (const part of text.split(separator)) {
      const word = part.trim();
      const position = classes.indexOf(word);
      if (position >= 0) labels[position] = 1;
      else if (word === none)
        fault(`"${none}" stands beside a finding in "${text}"; expected one or the other`, text);
      else {
        const near = nearName(word, [...classes, none]);
        const hint = near === undefined ? "" : `; is it "${near}"?`;
        fault(`"${word}" is not one of the ${classes.length} findings nor "${none}"${hint}`, word);
      }
    }
    if (!faulty) known.set(text, labels);
    return labels;
  };
}
