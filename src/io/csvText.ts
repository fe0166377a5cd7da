/** A CSV file of the records (RFC 4180, lines end in LF): fields with a comma, quote or line break are quoted. */
export function csvText(records: Iterable<readonly (string | number)[]>): string {
  let text = "";
  for (const record of records) text += `${record.map(field).join(",")}\n`;
  return text;
}

function field(value: string | number): string {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
