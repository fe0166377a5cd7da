import type { DefinedDataset } from "../../../src/datasets/defineDataset.js";
import type { Study } from "../../../src/labels/dataset.js";

export type Rows = readonly (readonly string[])[];
export type Tables = Readonly<Record<string, Rows>>;
/** A record by column names, cells without space around them; blank lines are not among them. */
type Records = Readonly<Record<string, readonly Readonly<Record<string, string>>[]>>;

/** What the tables say of an image; "?" is uncertain and null unknown. */
export interface Said {
  readonly patientId: string;
  readonly labels: readonly (0 | 1 | "?" | null)[];
  readonly sets?: Readonly<Record<string, readonly (0 | 1 | null)[]>>;
  /** Finding, annotator, then left, top, width and height. */
  readonly boxes?: readonly string[];
  readonly split?: string;
}

export interface MutationCase {
  readonly name: string;
  readonly definition: Pick<DefinedDataset<Study>, "tables" | "fromTables">;
  readonly tables: Tables;
  /** Cells that mean something in some column, beside the junk that every table gets. */
  readonly words: readonly string[];
  /** For each joined table its column, and the column of the main table in which the same name must stand. */
  readonly joins?: Readonly<Record<string, readonly [string, string]>>;
  /** Reads the tables again, in the plainest way. Throws {@link refused} for what must not be read. */
  readonly said: (records: Records) => ReadonlyMap<string, Said>;
}

export const refused = new Error("these tables must not be read");

export const table = (text: string): Rows => text.split("\n").map((line) => line.trim().split(","));
export const refuse = (): never => {
  throw refused;
};
export const number = (text = ""): number => (/^-?\d+(\.\d*)?(e\d+)?$/.test(text) ? Number(text) : refuse());

/** Notes an image once. */
export function note(images: Map<string, Said>, imageId: string | undefined, said: Said): void {
  if (!imageId || images.has(imageId) || said.patientId === "") refuse();
  images.set(imageId!, said);
}
export function groups<T>(items: readonly T[], key: (item: T) => string | undefined): Map<string, T[]> {
  const all = new Map<string, T[]>();
  for (const item of items) {
    const name = key(item) || refuse();
    all.set(name, [...(all.get(name) ?? []), item]);
  }
  return all;
}
export function box(finding: string, who: string, [x, y, w, h]: readonly number[]): string {
  if (!(x! >= 0 && y! >= 0 && w! > 0 && h! > 0)) refuse();
  return [finding, who, x! + 0, y! + 0, w, h].join();
}
export const sides = (record: Readonly<Record<string, string>>, names: readonly string[]) =>
  names.map((name) => number(record[name]));
export const fromCorners = ([left, top, right, bottom]: readonly number[]) => [
  left!,
  top!,
  right! - left!,
  bottom! - top!,
];
export const corners = ["x_min", "y_min", "x_max", "y_max"];
export const zeroOne = (text = ""): 0 | 1 =>
  /^[01](\.0+)?$/.test(text) ? (Number(text) as 0 | 1) : refuse();
export const majority = (votes: readonly (0 | 1 | null)[]): 0 | 1 | null => {
  const cast = votes.filter((vote) => vote !== null);
  const ones = cast.filter((vote) => vote === 1).length;
  return 2 * ones > cast.length ? 1 : 2 * ones < cast.length ? 0 : null;
};
