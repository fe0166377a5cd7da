/**
 * The lines of a text table whose rows have as many cells: columns are padded and two spaces apart.
 *
 * @param isRight whether a column, from 0, stands to the right; all to the left by default
 */
export function alignColumns(
  table: readonly (readonly string[])[],
  isRight: (column: number) => boolean = () => false,
): string[] {
  const widths = table[0]!.map((_, c) => Math.max(...table.map((row) => row[c]!.length)));
  const pad = (cell: string, c: number) => (isRight(c) ? cell.padStart(widths[c]!) : cell.padEnd(widths[c]!));
  return table.map((row) => row.map(pad).join("  ").trimEnd());
}
