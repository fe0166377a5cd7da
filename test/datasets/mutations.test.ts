import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isRadiolucentError, type TableError } from "../../src/errors.js";
import type { Dataset } from "../../src/labels/dataset.js";
import type { LabelMatrix } from "../../src/labels/labelMatrix.js";
import { rsnaPneumoniaCase, siimPneumothoraxCase } from "./mutations/boxes.js";
import { chestXray14Case } from "./mutations/chestXray14.js";
import { cheXpertCase, mimicCxrCase } from "./mutations/cheXpert.js";
import { type MutationCase, type Rows, refused, type Said, type Tables } from "./mutations/mutationCase.js";
import { padChestCase } from "./mutations/padChest.js";
import { csvCase, lungIndexCase } from "./mutations/plainTables.js";
import { contestCase, physioNetCase } from "./mutations/vinDrCxr.js";

const mutationCases = [
  chestXray14Case,
  padChestCase,
  cheXpertCase,
  mimicCxrCase,
  siimPneumothoraxCase,
  rsnaPneumoniaCase,
  contestCase,
  physioNetCase,
  csvCase,
  lungIndexCase,
];

/** Cases of each adapter; MUTATIONS asks for more. */
const runs = Number(process.env.MUTATIONS ?? 400);

const junk = ["", " ", "NaN", "nan", "-0", "1e0", "0x1", "1.00", "1e400", "Infinity", "99999999999999999999"];
const strange = ["constructor", "__proto__", "é\u0301", "\u00a0", "a|b", "TRUE", "-1", "2"];

const mutation = (words: readonly string[]) =>
  fc.record({
    table: fc.nat(9),
    row: fc.nat(99),
    column: fc.nat(99),
    other: fc.nat(99),
    word: fc.constantFrom(...words, ...words, ...junk, ...strange),
    kind: fc.oneof(
      { weight: 6, arbitrary: fc.constant("set") },
      fc.constantFrom("space", "case", "cut", "longer", "copy down", "swap cells", "swap in row"),
      fc.constantFrom(
        "repeat",
        "drop row",
        "move row",
        "blank line",
        "swap columns",
        "swap names",
        "drop column",
      ),
      fc.constantFrom("add column", "repeat column", "rename"),
    ),
  });
type Mutation = ReturnType<typeof mutation> extends fc.Arbitrary<infer T> ? T : never;

/** The rows with one thing changed; a table keeps its header line. */
function mutate(rows: Rows, { row, column, other, word, kind }: Omit<Mutation, "table">): Rows {
  if (rows.length === 0) return rows;
  const all = rows.map((cells) => [...cells]);
  const r = all.length > 1 ? 1 + (row % (all.length - 1)) : 0;
  const s = all.length > 1 ? 1 + (other % (all.length - 1)) : 0;
  const cells = all[r]!;
  const c = column % Math.max(cells.length, 1);
  const d = other % Math.max(cells.length, 1);
  const text = cells[c] ?? "";
  const turn = (list: string[]) => {
    if (c < list.length && d < list.length) [list[c], list[d]] = [list[d]!, list[c]!];
  };
  if (kind === "set") cells[c] = word;
  if (kind === "space") cells[c] = `  ${text} `;
  if (kind === "case") cells[c] = text === text.toUpperCase() ? text.toLowerCase() : text.toUpperCase();
  if (kind === "cut") cells.splice(c, 1);
  if (kind === "longer") cells.push(word);
  if (kind === "copy down") cells[c] = all[s]![c] ?? "";
  if (kind === "swap cells") [cells[c], all[s]![c]] = [all[s]![c] ?? "", text];
  if (kind === "swap in row") turn(cells);
  if (kind === "repeat") all.splice(s, 0, [...cells]);
  if (kind === "drop row") all.splice(r, 1);
  if (kind === "move row") all.splice(s, 0, ...all.splice(r, 1));
  if (kind === "blank line") all.splice(r, 0, other % 2 === 0 ? [] : [""]);
  if (kind === "swap columns") for (const one of all) turn(one);
  if (kind === "swap names") turn(all[0]!);
  if (kind === "drop column") for (const one of all) one.splice(c, 1);
  if (kind === "add column")
    for (const [i, one] of all.entries()) one.splice(c, 0, i === 0 ? "" : word.trim() && "");
  if (kind === "repeat column") for (const one of all) if (c < one.length) one.splice(d, 0, one[c]!);
  if (kind === "rename" && c < all[0]!.length) all[0]![c] = word;
  return all.map((one) => Array.from(one, (cell) => cell ?? ""));
}

const isBlank = (cells: readonly string[]) => cells.length === 0 || (cells.length === 1 && cells[0] === "");
const isList = ({ definition }: MutationCase, name: string) => definition.tables[name]!.format === "list";
const recordsIn = (oneCase: MutationCase, name: string, rows: Rows) =>
  rows.filter((cells) => !isBlank(cells)).length - (isList(oneCase, name) ? 0 : 1);

/** The records of each table by column names. */
function recordsOf(oneCase: MutationCase, tables: Tables) {
  return Object.fromEntries(
    Object.entries(tables).map(([name, rows]) => {
      const filled = rows.filter((cells) => !isBlank(cells));
      if (isList(oneCase, name)) {
        return [name, filled.map(([first]) => ({ name: first!.trim().split(/\s/)[0]! }))];
      }
      const header = filled[0]?.map((text) => text.trim()) ?? [];
      const named = header.filter((text) => text !== "");
      if (named.length === 0 || new Set(named).size < named.length) throw refused;
      if (oneCase.definition.tables[name]!.columns.some((column) => !named.includes(column))) throw refused;
      const last = header.findLastIndex((text) => text !== "");
      return [
        name,
        filled.slice(1).map((cells) => {
          const over = cells.slice(last + 1).some((text) => text.trim() !== "");
          if (cells.length > header.length || cells.length <= last || over) throw refused;
          return Object.fromEntries(header.map((column, c) => [column, (cells[c] ?? "").trim()]));
        }),
      ];
    }),
  );
}

/** What the oracle says; undefined where the tables must be refused. */
function expectedOf(oneCase: MutationCase, tables: Tables): ReadonlyMap<string, Said> | undefined {
  try {
    return oneCase.said(recordsOf(oneCase, tables));
  } catch (error) {
    if (error === refused) return undefined;
    throw error;
  }
}

function rowOf({ classes, values }: LabelMatrix, r: number): (number | null)[] {
  return classes.map((_, c) => (Number.isNaN(values.get(r, c)) ? null : values.get(r, c)));
}

/** The dataset in the oracle's form. */
function saidBy({ studies, labels, uncertain, labelSets }: Dataset): Map<string, Said> {
  return new Map(
    studies.map(({ imageId, patientId, boxes, split }, r) => {
      const unsure = uncertain ? rowOf(uncertain, r) : [];
      const sets = Object.entries(labelSets ?? {}).map(([name, set]) => [name, rowOf(set, r)] as const);
      return [
        imageId,
        {
          patientId,
          labels: rowOf(labels, r).map((value, c) => (unsure[c] === 1 && value === null ? "?" : value)),
          ...(sets.length > 0 && { sets: Object.fromEntries(sets) }),
          ...(boxes && {
            boxes: boxes.map((one) =>
              [one.finding, one.annotator ?? "", one.x + 0, one.y + 0, one.width, one.height].join(),
            ),
          }),
          ...(split !== undefined && { split }),
        } as Said,
      ] as const;
    }),
  );
}

function plain(said: ReadonlyMap<string, Said>, sets: readonly string[]) {
  return [...said]
    .map(([imageId, { boxes, sets: all, ...rest }]) => ({
      imageId,
      ...rest,
      sets: Object.fromEntries(sets.map((name) => [name, all?.[name]])),
      boxes: boxes && [...boxes].sort(),
    }))
    .sort((a, b) => (a.imageId < b.imageId ? -1 : 1));
}

/** Each fault names a table, a line that is in it, and a column where there is one, with the text that stands there. */
function checkFaults(error: unknown, oneCase: MutationCase, tables: Tables): void {
  expect(isRadiolucentError(error, "table"), String(error)).toBe(true);
  const { file, problems } = error as TableError;
  const rows = tables[file]!;
  expect(rows, `no table "${file}"`).toBeDefined();
  expect(problems.length).toBeGreaterThan(0);
  for (const { row, column, value, message } of problems) {
    const cells = rows[row! - 1] ?? (message === "there is no header" ? [] : undefined);
    expect(cells, `row ${row} of "${file}": ${message}`).toBeDefined();
    if (column === undefined) {
      expect(message).toMatch(/fields where the header has|which has no name|there is no header/);
    } else if (value !== undefined && !isList(oneCase, file)) {
      const header = rows.find((line) => !isBlank(line))!.map((text) => text.trim());
      const position = header.indexOf(column);
      const found = position < 0 ? "" : (cells![position] ?? "");
      // Image ids of CheXpert begin with the set, which its paths need not, and have / between parts.
      const shown = value.replace(/ \.\.\.$/, "").replace(/^(train|valid)\//, "");
      const slashed = (text: string) => text.replaceAll("\\", "/");
      expect(slashed(found), `${column}: ${message}`).toContain(slashed(shown));
    }
  }
}

function check(oneCase: MutationCase, tables: Tables): boolean {
  const expected = expectedOf(oneCase, tables);
  let dataset: Dataset;
  try {
    dataset = oneCase.definition.fromTables(tables);
  } catch (error) {
    checkFaults(error, oneCase, tables);
    return false;
  }
  expect(expected, "read what must be refused").toBeDefined();
  const sets = Object.keys(dataset.labelSets ?? {});
  expect(plain(saidBy(dataset), sets)).toEqual(plain(expected!, sets));
  for (const { sets: all = {} } of expected!.values()) {
    for (const [name, values] of Object.entries(all)) {
      if (!sets.includes(name)) expect(values.every((value) => value === null)).toBe(true);
    }
  }
  const { rowsRead, rowsKept, merged = 0, dropped, joined = [] } = dataset.account;
  const names = Object.keys(tables);
  const counts = new Map(names.map((name) => [name, recordsIn(oneCase, name, tables[name]!)]));
  const joinedNames = joined.map((table) => table.table);
  const records = recordsOf(oneCase, tables);
  const main = names.at(-1)!;
  for (const { table, rowsRead: read, dropped: lost } of joined) {
    expect(read).toBe(counts.get(table));
    const [own, other] = oneCase.joins![table]!;
    const known = new Set(records[main]!.map((record) => record[other]));
    const strangers = records[table]!.filter((record) => !known.has(record[own]));
    expect(lost.reduce((sum, { count }) => sum + count, 0)).toBe(strangers.length);
  }
  const inMain = names.filter((name) => !joinedNames.includes(name)).map((name) => counts.get(name)!);
  expect(rowsRead).toBe(inMain.reduce((sum, count) => sum + count, 0));
  expect(rowsRead).toBe(rowsKept + merged + dropped.reduce((sum, { count }) => sum + count, 0));
  expect(rowsKept).toBe(dataset.studies.length);
  return true;
}

describe.each(mutationCases)("$name with cells, rows and columns changed", (oneCase) => {
  const names = Object.keys(oneCase.tables);

  it("reads the published form as the oracle does", () => {
    expect(check(oneCase, oneCase.tables)).toBe(true);
  });

  it("gives the labels that its cells say, or an error that names file, row and column; the account adds up", () => {
    let read = 0;
    fc.assert(
      fc.property(fc.array(mutation(oneCase.words), { minLength: 1, maxLength: 3 }), (mutations) => {
        let tables = oneCase.tables;
        for (const { table, ...change } of mutations) {
          const name = names[table % names.length]!;
          tables = { ...tables, [name]: mutate(tables[name]!, change) };
        }
        if (check(oneCase, tables)) read++;
      }),
      { numRuns: runs },
    );
    expect(read).toBeGreaterThan(runs / 10);
  });

  it("gives each image the same labels whatever the order of columns and of records", () => {
    const order = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 40, maxLength: 40 });
    fc.assert(
      fc.property(order, order, (byRow, byColumn) => {
        const shuffled = Object.fromEntries(
          names.map((name) => {
            const rows = oneCase.tables[name]!;
            const list = isList(oneCase, name);
            const [header, records] = list ? [[], rows] : [[rows[0]!], rows.slice(1)];
            const moved = [
              ...header,
              ...records.toSorted((a, b) => byRow[records.indexOf(a)]! - byRow[records.indexOf(b)]!),
            ];
            // A column without a name may hold values only if named ones come after it, so such columns stay.
            const named = list ? [] : rows[0]!.flatMap((text, c) => (text.trim() === "" ? [] : [c]));
            const sorted = named.toSorted((a, b) => byColumn[a]! - byColumn[b]!);
            const places = rows[0]!.map((_, c) => (named.includes(c) ? sorted[named.indexOf(c)]! : c));
            return [name, list ? moved : moved.map((cells) => places.map((c) => cells[c] ?? ""))];
          }),
        );
        expect(check(oneCase, shuffled)).toBe(true);
      }),
      { numRuns: 20 },
    );
  });
});
