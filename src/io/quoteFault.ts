import type { TableProblem } from "../errors.js";

/**
 * Finds the first record of a CSV text in which a quoted field never closes or goes on after its closing quote;
 * undefined where there is none. Only for the place of an error: the parser says that there is one.
 */
export function quoteFault(text: string): TableProblem | undefined {
  const field = /[^\S\r\n]*(?:"[^"]*(?:""[^"]*)*("|$)[^\S\r\n]*|[^,\r\n]*)/y;
  const end = /,|\r\n?|\n|$/y;
  let line = 1;
  let row = 1;
  while (field.lastIndex < text.length) {
    const [content, closing] = field.exec(text)!;
    if (closing === "") return { row, message: "a quoted field begins here and never closes" };
    line += content.match(/\r\n?|\n/g)?.length ?? 0;
    end.lastIndex = field.lastIndex;
    const separator = end.exec(text)?.[0];
    if (separator === undefined) return { row, message: "a quoted field goes on after its closing quote" };
    if (separator !== ",") {
      line++;
      row = line;
    }
    field.lastIndex = end.lastIndex;
  }
  return undefined;
}
