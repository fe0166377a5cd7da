import { ArgumentError } from "../errors.js";
import type { Dataset, DroppedRows, JoinedTable, Study } from "../labels/dataset.js";
import type { LabelMatrix } from "../labels/labelMatrix.js";
import { type LabelRows, labelRows } from "../labels/labelRows.js";
import type { DatasetDefinition, ReadingReport, StudyEntry } from "./defineDataset.js";
import { type DropCounter, dropCounter } from "./dropCounter.js";
import { mainTables } from "./mainTables.js";
import { type TableRecords, tableRecords } from "./tableRecords.js";

/** Where a record is, for errors. */
export interface RecordPlace {
  /** The table. */
  readonly file: string | undefined;
  /** Its line, from 1. */
  readonly line: number;
}

/** What all tables gave. */
export interface BuiltDataset<S extends Study> {
  /** The studies; no image was looked for yet. */
  readonly dataset: Dataset<S>;
  /** For each study, where its first record starts; the file is undefined for a dataset without tables. */
  readonly places: readonly RecordPlace[];
}

/** Takes the tables of a dataset one after another. */
export interface DatasetBuilder<S extends Study> {
  /** Begins a table of the definition; the tables come in its order, and `end` of each is called before the next. */
  table(name: string, file: string): Pick<TableRecords, "add" | "end">;
  /** Takes the files of a dataset without tables. */
  files(paths: readonly string[]): void;
  /**
   * Gives the studies.
   *
   * @throws TableError for every fault of the main table
   * @throws ArgumentError when the definition lost a record: made no study of it and did not drop it
   */
  finish(): BuiltDataset<S>;
}

/** Begins to read a dataset; see {@link DatasetDefinition}. */
export function datasetBuilder<S extends Study>(definition: DatasetDefinition<S>): DatasetBuilder<S> {
  const reader = definition.read();
  const mains = mainTables(definition.tables);
  const last = mains.at(-1) ?? "files";
  const studies: S[] = [];
  const places: RecordPlace[] = [];
  const placeOfImage = new Map<string, RecordPlace>();
  const changed = new Map<string, number>();
  const dropped = new Map<string, DropCounter>();
  const joined: (() => JoinedTable)[] = [];
  const sets = new Map<string, LabelRows>();
  let labels: LabelRows | undefined;
  let uncertain: LabelRows | undefined;
  const mainsRead: { readonly file: string; readonly records: TableRecords }[] = [];
  let filesSeen = 0;
  let merged = 0;

  const change = (rule: string): void => void changed.set(rule, (changed.get(rule) ?? 0) + 1);
  const droppedOf = (table: string): DropCounter => {
    const account = mains.includes(table) ? last : table;
    const counter = dropped.get(account) ?? dropCounter();
    dropped.set(account, counter);
    return counter;
  };
  const fault = (line: number, column: string, message: string, value?: string): void => {
    const problem = { row: line, column, ...(value !== undefined && { value }), message };
    const table = mainsRead.at(-1);
    if (table) table.records.fault(problem);
    // A dataset of files alone has no table that could hold the fault.
    else throw new ArgumentError("root", `${definition.name}: ${column} ${message}`);
  };
  const report: ReadingReport = {
    change,
    drop: (table, reason, example) => droppedOf(table).add(reason, example),
    fault,
  };

  const checkIds = ({ imageId, patientId }: S, place: RecordPlace): void => {
    const { image, patient } = definition.idColumns;
    const { file, line } = place;
    if (imageId === "") fault(line, image, "is empty; expected the image's name", "");
    else {
      const first = placeOfImage.get(imageId);
      if (first === undefined) placeOfImage.set(imageId, place);
      else {
        const row = `row ${first.line}${first.file === file ? "" : ` of ${first.file}`}`;
        fault(line, image, `"${imageId}" stands already in ${row}; expected each image once`, imageId);
      }
    }
    if (patientId === "") fault(line, patient, "is empty; expected the patient's id", "");
  };

  const take = (entry: StudyEntry<S>, line: number): void => {
    const main = mainsRead.at(-1);
    const place = { file: main?.file, line };
    checkIds(entry.study, place);
    if (main?.records.faulty) return;
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
    places.push(place);
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
      if (mains.includes(name)) {
        mainsRead.push({ file, records });
        // Faults of studies that `finish` gives join those of the last table's records.
        return { add: records.add, end: name === last ? records.checkHeader : records.end };
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
      mainsRead.at(-1)?.records.end();
      const rowsRead = mainsRead.reduce((sum, { records }) => sum + records.rowsRead, filesSeen);
      const lost = droppedOf(last).list();
      checkSum(definition.name, rowsRead, studies.length + merged, lost);
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
          rowsRead,
          rowsKept: studies.length,
          ...(merged > 0 && { merged }),
          dropped: lost,
          changed: Array.from(changed, ([rule, count]) => ({ rule, count })),
          ...(joined.length > 0 && { joined: joined.map((table) => table()) }),
        },
        ...(definition.loadMasks && { loadMasks: definition.loadMasks }),
      };
      return { dataset, places };
    },
  };
}

/** No record goes without a word: a definition that lets some fall is at fault, and with it the numbers in every report. */
function checkSum(dataset: string, rowsRead: number, kept: number, dropped: readonly DroppedRows[]): void {
  const left = rowsRead - kept - dropped.reduce((sum, { count }) => sum + count, 0);
  if (left === 0) return;
  throw new ArgumentError(
    "definition.read",
    left > 0
      ? `${dataset} says nothing of ${left} of ${rowsRead} records; return a study for each, count it in the study's records, or drop it with a reason`
      : `${dataset} tells of ${rowsRead - left} records and there are ${rowsRead}; the records of all studies and those dropped must add up`,
  );
}
