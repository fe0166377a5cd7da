import type { Dataset, JoinedTable, Study } from "../labels/dataset.js";
import type { LabelMatrix } from "../labels/labelMatrix.js";
import { type LabelRows, labelRows } from "../labels/labelRows.js";
import type { DatasetDefinition, ReadingReport, StudyEntry } from "./defineDataset.js";
import { type DropCounter, dropCounter } from "./dropCounter.js";
import { type TableRecords, tableRecords } from "./tableRecords.js";

/** What all tables gave. */
export interface BuiltDataset<S extends Study> {
  /** The studies; no image was looked for yet. */
  readonly dataset: Dataset<S>;
  /** The main table, for errors; undefined for a dataset without tables. */
  readonly file: string | undefined;
  /** For each study, the line of the main table on which its first record starts. */
  readonly lines: readonly number[];
}

/** Takes the tables of a dataset one after another. */
export interface DatasetBuilder<S extends Study> {
  /** Begins a table of the definition; the tables come in its order, and `end` of each is called before the next. */
  table(name: string, file: string): Pick<TableRecords, "add" | "end">;
  /** Takes the files of a dataset without tables. */
  files(paths: readonly string[]): void;
  /** Gives the studies. @throws TableError for every fault of the main table */
  finish(): BuiltDataset<S>;
}

/** Begins to read a dataset; see {@link DatasetDefinition}. */
export function datasetBuilder<S extends Study>(definition: DatasetDefinition<S>): DatasetBuilder<S> {
  const reader = definition.read();
  const main = Object.keys(definition.tables).at(-1);
  const studies: S[] = [];
  const lines: number[] = [];
  const lineOfImage = new Map<string, number>();
  const changed = new Map<string, number>();
  const dropped = new Map<string, DropCounter>();
  const joined: (() => JoinedTable)[] = [];
  const sets = new Map<string, LabelRows>();
  let labels: LabelRows | undefined;
  let uncertain: LabelRows | undefined;
  let mainTable: { readonly file: string; readonly records: TableRecords } | undefined;
  let filesSeen = 0;
  let merged = 0;

  const change = (rule: string): void => void changed.set(rule, (changed.get(rule) ?? 0) + 1);
  const droppedOf = (table: string): DropCounter => {
    const counter = dropped.get(table) ?? dropCounter();
    dropped.set(table, counter);
    return counter;
  };
  const fault = (line: number, column: string, message: string, value?: string): void =>
    mainTable?.records.fault({ row: line, column, ...(value !== undefined && { value }), message });
  const report: ReadingReport = {
    change,
    drop: (table, reason, example) => droppedOf(table).add(reason, example),
    fault,
  };

  const checkIds = ({ imageId, patientId }: S, line: number): void => {
    const { image, patient } = definition.idColumns;
    if (imageId === "") fault(line, image, "is empty; expected the image's name", "");
    else {
      const first = lineOfImage.get(imageId);
      if (first === undefined) lineOfImage.set(imageId, line);
      else {
        fault(line, image, `"${imageId}" stands already in row ${first}; expected each image once`, imageId);
      }
    }
    if (patientId === "") fault(line, patient, "is empty; expected the patient's id", "");
  };

  const take = (entry: StudyEntry<S>, line: number): void => {
    checkIds(entry.study, line);
    if (mainTable?.records.faulty) return;
    labels ??= labelRows(reader.classes);
    labels.add(entry.labels);
    if (entry.uncertain) {
      uncertain ??= labelRows(reader.classes);
      uncertain.padTo(studies.length, 0);
      uncertain.add(entry.uncertain);
    }
    for (const [name, values] of Object.entries(entry.labelSets ?? {})) {
      let set = sets.get(name);
      if (set === undefined) {
        set = labelRows(reader.labelSets?.[name] ?? reader.classes);
        sets.set(name, set);
      }
      set.padTo(studies.length);
      set.add(values);
    }
    studies.push(entry.study);
    lines.push(line);
    merged += (entry.records ?? 1) - 1;
  };

  return {
    table(name, file) {
      const read = reader.tables[name]!;
      const onRow = (row: Parameters<typeof read>[0]): void => {
        const entry = read(row);
        if (entry !== undefined) take(entry, entry.line ?? row.line);
      };
      const records = tableRecords(definition.tables[name]!, file, onRow, change, (reason, example) =>
        droppedOf(name).add(reason, example),
      );
      if (name === main) {
        mainTable = { file, records };
        // Faults of studies that `finish` gives join those of the records.
        return { add: records.add, end: records.checkHeader };
      }
      joined.push(() => ({ table: file, rowsRead: records.rowsRead, dropped: droppedOf(name).list() }));
      return records;
    },
    files(paths) {
      filesSeen = paths.length;
      for (const entry of reader.files?.(paths, report) ?? []) take(entry, 0);
    },
    finish() {
      for (const entry of reader.finish?.(report) ?? []) take(entry, entry.line ?? 0);
      mainTable?.records.end();
      for (const set of sets.values()) set.padTo(studies.length);
      uncertain?.padTo(studies.length, 0);
      const labelSets: Record<string, LabelMatrix> = Object.fromEntries(
        Array.from(sets, ([name, set]) => [name, set.matrix()]),
      );
      const dataset: Dataset<S> = {
        name: definition.name,
        studies,
        labels: (labels ?? labelRows(reader.classes)).matrix(),
        ...(uncertain && { uncertain: uncertain.matrix() }),
        ...(sets.size > 0 && { labelSets }),
        ...(definition.maskNames && { maskNames: definition.maskNames }),
        account: {
          rowsRead: mainTable?.records.rowsRead ?? filesSeen,
          rowsKept: studies.length,
          ...(merged > 0 && { merged }),
          dropped: droppedOf(main ?? "files").list(),
          changed: Array.from(changed, ([rule, count]) => ({ rule, count })),
          ...(joined.length > 0 && { joined: joined.map((table) => table()) }),
        },
        ...(definition.loadMasks && { loadMasks: definition.loadMasks }),
      };
      return { dataset, file: mainTable?.file, lines };
    },
  };
}
