/** What is wrong with the text of a Python list, and at which character, from 0. */
export interface PythonListProblem {
  /** The kind of fault. */
  readonly problem:
    | "not-a-list"
    | "unclosed-list"
    | "unclosed-string"
    | "not-a-string"
    | "no-comma"
    | "bad-escape"
    | "text-after-list";
  /** Where it is. */
  readonly at: number;
}

const escapes: Readonly<Record<string, string>> = {
  "\\": "\\",
  "'": "'",
  '"': '"',
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

/**
 * Reads what Python's `str` writes of a list of strings, such as `['nodule', "Kerley's lines", '']`: single or double
 * quotes, backslash escapes, a comma after the last item. `nan` and `None` among the items, which tables made with pandas
 * have, are read as "". Two strings without a comma between them, which Python joins, are a fault.
 */
export function readPythonList(text: string): readonly string[] | PythonListProblem {
  const items: string[] = [];
  let at = 0;
  const skipSpace = (): void => {
    while (at < text.length && /\s/.test(text[at]!)) at++;
  };
  skipSpace();
  if (text[at] !== "[") return { problem: "not-a-list", at };
  at++;
  for (let first = true; ; first = false) {
    skipSpace();
    if (text[at] === "," && !first) {
      at++;
      skipSpace();
    } else if (!first && at < text.length && text[at] !== "]") return { problem: "no-comma", at };
    if (at >= text.length) return { problem: "unclosed-list", at };
    if (text[at] === "]") break;
    const item = readItem(text, at);
    if ("problem" in item) return item;
    items.push(item.value);
    at = item.end;
  }
  at++;
  skipSpace();
  return at < text.length ? { problem: "text-after-list", at } : items;
}

function readItem(text: string, start: number): { value: string; end: number } | PythonListProblem {
  const quote = text[start];
  if (quote !== "'" && quote !== '"') {
    const missing = /^(?:nan|None)(?![\w.])/.exec(text.slice(start, start + 5));
    return missing ? { value: "", end: start + missing[0].length } : { problem: "not-a-string", at: start };
  }
  let value = "";
  for (let at = start + 1; at < text.length; at++) {
    const character = text[at]!;
    if (character === quote) return { value, end: at + 1 };
    if (character !== "\\") {
      value += character;
      continue;
    }
    const code = /^(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8}))/.exec(text.slice(at + 1, at + 10));
    const escaped = escapes[text[at + 1] ?? ""];
    if (code) {
      const point = Number.parseInt((code[1] ?? code[2] ?? code[3])!, 16);
      if (point > 0x10ffff) return { problem: "bad-escape", at };
      value += String.fromCodePoint(point);
      at += code[0].length;
    } else if (escaped !== undefined) {
      value += escaped;
      at++;
    } else return { problem: at + 1 < text.length ? "bad-escape" : "unclosed-string", at };
  }
  return { problem: "unclosed-string", at: start };
}
