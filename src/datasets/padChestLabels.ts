import { padChestFindings } from "../labels/padChestFindings.js";
import { nearName } from "./nearName.js";
import { type PythonListProblem, readPythonList } from "./pythonList.js";
import type { TableRow } from "./tableRecords.js";

/** What a cell of the column "Labels" says. */
export interface PadChestCell {
  /** Its findings, each once; known words in the spelling of `padChestFindings`, others as they stand. */
  readonly findings: readonly string[];
  /** Those that are no known word but near one: a pair of both. */
  readonly misspelt: readonly (readonly [word: string, near: string])[];
  /** Words that are no findings but say something of the study. */
  readonly remarks: ReadonlySet<PadChestRemark>;
}

/** What may stand among the findings without being one. */
export type PadChestRemark = (typeof remarks)[number];

const remarks = ["normal", "exclude", "suboptimal study", "unchanged"] as const;

const faults: Readonly<Record<PythonListProblem["problem"], string>> = {
  "not-a-list": "is no list",
  "unclosed-list": "is a list without its closing bracket",
  "unclosed-string": "has a string without its closing quote",
  "not-a-string": "has something else than a string in quotes",
  "no-comma": "lacks a comma",
  "bad-escape": "has an unknown escape",
  "text-after-list": "goes on after the list",
};

const spellings = new Map([...padChestFindings, ...remarks].map((word) => [word.toLowerCase(), word]));

/**
 * Makes a reader of the column "Labels", a Python list such as `['pleural effusion', 'NSG tube']`. Upper and lower case are
 * alike; space around words and empty items are dropped. A blank cell and "nan" are an empty list; other text is a fault.
 */
export function padChestLabelReader(): (row: TableRow, column: string) => PadChestCell {
  const known = new Map<string, PadChestCell>();
  const near = new Map<string, string | undefined>();
  const nearest = (word: string): string | undefined => {
    if (!near.has(word)) near.set(word, nearName(word, [...padChestFindings, ...remarks]));
    return near.get(word);
  };
  return (row, column) => {
    const text = row.text(column);
    const seen = known.get(text);
    if (seen !== undefined) return seen;
    const list = text === "" || text === "nan" ? [] : readPythonList(text);
    if ("problem" in list) {
      const expected = "expected such as ['pleural effusion', 'NSG tube']";
      row.fault(column, `${faults[list.problem]} at character ${list.at + 1}; ${expected}`);
      return { findings: [], misspelt: [], remarks: new Set() };
    }
    const words = new Set(
      list.flatMap((item) => {
        const word = item.trim().replace(/\s+/g, " ");
        return word === "" ? [] : [spellings.get(word.toLowerCase()) ?? word];
      }),
    );
    const said = new Set(remarks.filter((remark) => words.delete(remark)));
    const findings = [...words];
    const misspelt = findings.flatMap((word) => {
      const other = spellings.has(word.toLowerCase()) ? undefined : nearest(word);
      return other === undefined ? [] : [[word, other] as const];
    });
    const cell = { findings, misspelt, remarks: said };
    known.set(text, cell);
    return cell;
  };
}

/** A class and the words that count for it. */
export interface PadChestClass {
  /** Its name among the dataset's classes. */
  readonly name: string;
  /** PadChest's word for it. */
  readonly word: string;
  /** That word and those below it that count. */
  readonly words: ReadonlySet<string>;
}

/**
 * Makes a function that gives the labels of some classes: 1 where a word that counts is listed, and otherwise 0 or NaN.
 * 0 takes a list that says "normal" or names a finding, since PadChest lists all that the report finds; an excluded study,
 * a list without either and a word that may be a misspelling of one that counts give NaN. So does "unchanged" without
 * "normal", as the findings are those of an earlier report, unless `unchanged` is "absent". `note` is called with the rule
 * by which something was read otherwise than it stands.
 */
export function padChestLabeller(
  classes: readonly PadChestClass[],
  unchanged: "unknown" | "absent",
): (cell: PadChestCell, note: (rule: string) => void) => readonly number[] {
  const everyClass = classes.map((_, c) => c);
  const classesOf = new Map<string, number[]>([
    ["exclude", everyClass],
    ["unchanged", everyClass],
  ]);
  for (const [c, { words }] of classes.entries()) {
    for (const word of words) classesOf.set(word, [...(classesOf.get(word) ?? []), c]);
  }
  return ({ findings, misspelt, remarks }, note) => {
    if (remarks.has("exclude")) return classes.map(() => Number.NaN);
    const normal = remarks.has("normal");
    const earlier = remarks.has("unchanged") && !normal;
    if (normal && findings.length > 0) note('"normal" beside a finding: the finding stands');
    if (earlier && unchanged === "absent") note('a finding not listed beside "unchanged" read as absent');
    const said = earlier ? unchanged === "absent" : normal || findings.length > 0;

    const labels = classes.map(() => (said ? 0 : Number.NaN));
    for (const finding of findings) {
      for (const c of classesOf.get(finding) ?? []) {
        const { name, word } = classes[c]!;
        if (labels[c] !== 1 && !findings.includes(word)) note(`"${finding}" read as ${name}`);
        labels[c] = 1;
      }
    }
    for (const [word, near] of misspelt) {
      const doubtful = (classesOf.get(near) ?? []).filter((c) => labels[c] !== 1);
      if (doubtful.length > 0) note(`"${word}", perhaps "${near}", read as unknown`);
      for (const c of doubtful) labels[c] = Number.NaN;
    }
    return labels;
  };
}
