/**
 * Splits CSV text at its line breaks and commas, up to the first piece of text that holds a quote. So far nothing but
 * these characters means anything, and splitting takes a seventh of a parser's time; most tables have no quote at all.
 *
 * @param texts the text in pieces
 * @param onRecord called with the fields of each record; a line without any, or of space only, has none
 * @returns the text from the record on in which the splitting ended, in pieces; nothing when all was split
 */
export async function* splitUntilQuote(
  texts: AsyncIterable<string>,
  onRecord: (fields: readonly string[]) => void,
): AsyncGenerator<string> {
  const emit = (line: string): void => onRecord(line.trim() === "" ? [] : line.split(","));
  let rest = "";
  let quoted = false;
  for await (const text of texts) {
    if (quoted) {
      yield text;
      continue;
    }
    rest += text;
    if (text.includes('"')) {
      quoted = true;
      yield rest;
      continue;
    }
    // A last CR may be the first half of a line break.
    const lines = rest.split(rest.includes("\r") ? /\r\n|\r(?!$)|\n/ : "\n");
    rest = lines.pop()!;
    for (const line of lines) emit(line);
  }
  if (quoted || rest === "") return;
  const line = rest.endsWith("\r") ? rest.slice(0, -1) : rest;
  if (line !== rest || line.trim() !== "") emit(line);
}
