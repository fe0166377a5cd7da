/** Text as Markdown (CommonMark with tables): what would be markup is escaped, line ends become spaces. */
export const markdownText = (text: string): string =>
  text.replace(/[\\`*_[\]<>|~#]/g, "\\$&").replace(/\s*\n\s*/g, " ");

/** A table of texts that are Markdown already; the columns after the first stand to the right. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const rule = head.map((_, c) => (c === 0 ? "---" : "---:"));
  return [line(head), line(rule), ...rows.map(line)].join("\n");
}

/** A list of texts that are Markdown already. */
export const markdownList = (items: readonly string[]): string => items.map((item) => `- ${item}`).join("\n");
