import ndarray from "ndarray";
import { decimalNumber } from "../datasets/decimalNumber.js";
import { type TableRecords, type TableRow, tableRecords } from "../datasets/tableRecords.js";
import { TableError } from "../errors.js";
import {
  imageColumn,
  type PredictedStudy,
  type PredictionTable,
  patientColumn,
  predictionColumn,
  predictionOf,
} from "./predictionTable.js";
import { readCsv } from "./readCsv.js";

/**
 * Reads a table of predictions that {@link writePredictionTable} or an analysis with columns of the same names wrote. The
 * classes are those that have columns `preds_<class>_model<run>`, in the order of these; a class without a column of its own
 * name has no known label. Labels are 1, 0, or NaN or nothing for unknown. Other columns are not read.
 *
 * ```ts
 * const evaluation = evaluateRuns(await readPredictionTable("predictions/PD_preds.csv"));
 * ```
 *
 * @param file path; one that ends in `.gz` is unpacked
 * @param options `imageColumn` names the column of the image ids; "imageId" by default
 * @throws TableError when the file cannot be read, has no such column, no predictions, not each class in each run, two
 *   columns of one name, or a field that is not what it should be
 */
export async function readPredictionTable(
  file: string,
  options: { readonly imageColumn?: string } = {},
): Promise<PredictionTable> {
  const image = options.imageColumn ?? imageColumn;
  const studies: PredictedStudy[] = [];
  let classes: readonly string[] = [];
  const labels: number[][] = [];
  let runs: { readonly columns: readonly string[]; readonly probabilities: number[] }[] = [];
  const onRow = (row: TableRow): void => {
    const patient = row.has(patientColumn) && { patientId: row.text(patientColumn) };
    studies.push({ imageId: row.text(image), ...patient });
    labels.push(classes.map((name) => (row.has(name) ? labelIn(row, name) : Number.NaN)));
    for (const { columns, probabilities } of runs) {
      for (const column of columns) probabilities.push(probabilityIn(row, column));
    }
  };
  let records: TableRecords | undefined;
  await readCsv(file, (fields) => {
    if (records === undefined) {
      const predicted = predictedIn(file, fields);
      classes = predicted.classes;
      runs = predicted.runs.map((columns) => ({ columns, probabilities: [] }));
      const shape = {
        columns: [image, ...predicted.runs.flat()],
        optionalColumns: [patientColumn, ...classes],
      };
      records = tableRecords(shape, file, onRow, nothing, nothing);
    }
    records.add(fields);
  });
  if (records === undefined) throw new TableError(file, [{ message: "is empty" }], advice);
  records.end();
  const matrix = (values: readonly number[]) =>
    ndarray(Float32Array.from(values), [studies.length, classes.length]);
  return {
    classes,
    studies,
    labels: { classes, values: matrix(labels.flat()) },
    runs: runs.map(({ probabilities }) => ({ classes, probabilities: matrix(probabilities) })),
  };
}

const advice =
  "Expected one row an image and columns preds_<class>_model<run>, as writePredictionTable writes.";
const nothing = () => {};

/** The classes that a header has predictions of, and their columns by run. */
function predictedIn(
  file: string,
  header: readonly string[],
): { readonly classes: readonly string[]; readonly runs: readonly (readonly string[])[] } {
  const found = header.flatMap((name) => predictionOf(name.trim()) ?? []);
  const classes = [...new Set(found.map(({ name }) => name))];
  const last = Math.max(-1, ...found.map(({ run }) => run));
  if (last < 0)
    throw new TableError(file, [{ row: 1, message: "has no column preds_<class>_model1" }], advice);
  if (last >= found.length) {
    throw new TableError(file, [{ row: 1, message: `has a run ${last + 1}, but not all before it` }], advice);
  }
  const runs = Array.from({ length: last + 1 }, (_, run) =>
    classes.map((name) => predictionColumn(name, run)),
  );
  return { classes, runs };
}

function labelIn(row: TableRow, column: string): number {
  const text = row.text(column);
  if (text === "" || isNaNText(text)) return Number.NaN;
  if (/^[01](\.0+)?$/.test(text)) return Number(text);
  row.fault(column, `is "${text}"; expected 0, 1, NaN or nothing`);
  return Number.NaN;
}

function probabilityIn(row: TableRow, column: string): number {
  const text = row.text(column);
  if (isNaNText(text)) return Number.NaN;
  const value = decimalNumber(text);
  if (!(value >= 0 && value <= 1))
    row.fault(column, `is "${text}"; expected a probability from 0 to 1, or NaN`);
  return value;
}

function isNaNText(text: string): boolean {
  return /^nan$/i.test(text);
}
