import type { BatchRow } from "./batch.js";

/** A batch as CSV (RFC 4180): one line a film, with numbers as exact as they are. */
export function batchCsv(rows: readonly BatchRow[]): string {
  const findings = rows.flatMap(({ result }) => result?.findings ?? []);
  const columns = [...new Map(findings.map((found) => [`${found.head}/${found.finding}`, found])).entries()];
  const several = new Set(findings.map(({ head }) => head)).size > 1;
  const header = columns.flatMap(([key, { finding }]) => {
    const name = safe(several ? key : finding);
    return [`${name} probability`, `${name} calibrated`, `${name} threshold`, `${name} decision`];
  });
  const lines = rows.map(({ name, status, result }) => [
    safe(name),
    safe(result?.model ?? ""),
    safe(status),
    ...columns.flatMap(([key]) => {
      const found = result?.findings.find(({ head, finding }) => `${head}/${finding}` === key);
      return [
        number(found?.probability),
        number(found?.calibrated),
        number(found?.threshold),
        found?.decision ?? "",
      ];
    }),
  ]);
  return [["file", "model", "status", ...header], ...lines]
    .map((line) => `${line.map(quoted).join(",")}\r\n`)
    .join("");
}

/** A spreadsheet takes text that begins like a formula for one, and runs it; an apostrophe before it says that it is text. */
const safe = (text: string) => (/^\s*[=+\-@\t\r]/.test(text) ? `'${text}` : text);

const number = (value: number | undefined) =>
  value === undefined || Number.isNaN(value) ? "" : String(value);

const quoted = (cell: string) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

/** Gives the user a text as a file. */
export function download(name: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
