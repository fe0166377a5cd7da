import type { TableSource } from "./defineDataset.js";

/** Names of the tables whose records become studies: the last and those that say so; none for a dataset of files. */
export function mainTables(tables: Readonly<Record<string, TableSource>>): readonly string[] {
  const names = Object.keys(tables);
  return names.filter((name) => name === names.at(-1) || tables[name]!.main === true);
}
