import { ArgumentError } from "../errors.js";
import type { Dataset, Study } from "../labels/dataset.js";
import { type DefinedDataset, defineDataset } from "./defineDataset.js";
import type { TableRow } from "./tableRecords.js";

/** An image of a table with a column per finding. */
export interface CsvStudy<Field extends string = string> extends Study {
  /** Text of the columns that were kept. */
  readonly fields: Readonly<Record<Field, string>>;
}

/** What the columns of a table with a column per finding mean. */
export interface CsvColumns<Field extends string = string> {
  /** Column that names the image. */
  readonly imageColumn: string;
  /** Column that names the patient. */
  readonly patientColumn: string;
  /** Columns of the findings; the label matrix has them in this order. */
  readonly classes: readonly string[];
  /**
   * What texts other than 0, 1, 0.0 and 1.0 mean: 1 (present), 0 (absent) or NaN (unknown), such as
   * `{ "-1": NaN, "": NaN }`. How often each was met is counted in `account.changed`.
   */
  readonly values?: Readonly<Record<string, number>>;
  /** Other columns to keep, as text, in each study's `fields`. */
  readonly keep?: readonly Field[];
  /** Names the dataset; by default the table's file name. */
  readonly name?: string;
}

/** @internal */
export function csvDefinition<Field extends string>(
  options: CsvColumns<Field>,
  file: string,
): DefinedDataset<CsvStudy<Field>> {
  const { imageColumn, patientColumn, classes, keep = [] } = options;
  const values = new Map(Object.entries(options.values ?? {}));
  for (const [text, value] of values) {
    if (value !== 0 && value !== 1 && !Number.isNaN(value)) {
      throw new ArgumentError(`options.values["${text}"]`, `is ${value}; expected 1, 0 or NaN (unknown)`);
    }
  }

  const readLabel = (row: TableRow, column: string): number => {
    const text = row.text(column);
    const value = values.get(text);
    if (value !== undefined) {
      if (text !== String(value)) row.change(`"${text}" read as ${Number.isNaN(value) ? "unknown" : value}`);
      return value;
    }
    if (/^[01](\.0+)?$/.test(text)) return Number(text);
    row.fault(
      column,
      `${text === "" ? "is empty" : `is "${text}"`}; expected 0 or 1 (the option values: { "${text}": NaN } reads it as unknown)`,
    );
    return Number.NaN;
  };

  return defineDataset<CsvStudy<Field>>({
    name: options.name ?? file.replace(/^.*[/\\]/, "").replace(/\.csv(\.gz)?$/, ""),
    tables: { rows: { files: [], columns: [imageColumn, patientColumn, ...classes, ...keep] } },
    idColumns: { image: imageColumn, patient: patientColumn },
    imageFiles: ({ imageId }) => [imageId],
    read: () => ({
      classes,
      tables: {
        rows(row) {
          const fields = Object.fromEntries(keep.map((column) => [column, row.text(column)]));
          return {
            study: {
              imageId: row.text(imageColumn),
              patientId: row.text(patientColumn),
              fields: fields as Record<Field, string>,
            },
            labels: classes.map((column) => readLabel(row, column)),
          };
        },
      },
    }),
  });
}

/**
 * Reads a table with a column per finding that was already split into fields, in a browser for instance; studies have
 * no path. Labels are 0 or 1 (0.0 and 1.0 too); any other text, a blank one included, is a fault unless `values` says
 * what it means.
 *
 * @param rows the records, the header first, blank lines included if line numbers in errors shall be right
 * @param options what the columns mean; `file` names the table in errors
 * @throws TableError for a column absent or doubled, a ragged row, a label of another form, an empty or repeated image
 *   name, an empty patient id
 * @throws ArgumentError for a value of `values` other than 1, 0 and NaN, or a class that stands twice
 */
export function csvDatasetFromRows<const Field extends string = never>(
  rows: Iterable<readonly string[]>,
  options: CsvColumns<Field> & { readonly file?: string },
): Dataset<CsvStudy<Field>> {
  const file = options.file ?? "rows";
  return csvDefinition(options, file).fromTables({ rows: { file, rows } });
}
