import { isRadiolucentError, type TableError } from "../../src/errors.js";

/** The TableError that a call throws; fails where it throws none. */
export function tableErrorOf(read: () => unknown): TableError {
  try {
    read();
  } catch (error) {
    if (isRadiolucentError(error, "table")) return error;
    throw error;
  }
  throw new Error("no error was thrown");
}

/** Row and column of each fault that a call throws. */
export function faultsOf(read: () => unknown): (readonly [number | undefined, string | undefined])[] {
  return tableErrorOf(read).problems.map(({ row, column }) => [row, column] as const);
}
