import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readPythonList } from "../../src/datasets/pythonList.js";

const written: readonly { items: string[]; text: string }[] = JSON.parse(
  readFileSync(new URL("../fixtures/pythonLists.json", import.meta.url), "utf8"),
);

/** What Python's repr writes of a string, with more escapes than it needs. */
function quoted(text: string, quote: string): string {
  const inner = Array.from(text, (character) => {
    if (character === "\\" || character === quote) return `\\${character}`;
    const code = character.codePointAt(0)!;
    if (code === 10) return "\\n";
    if (code < 32 || code === 127) return `\\x${code.toString(16).padStart(2, "0")}`;
    if (code > 0xffff) return `\\U${code.toString(16).padStart(8, "0")}`;
    return code > 126 ? `\\u${code.toString(16).padStart(4, "0")}` : character;
  });
  return quote + inner.join("") + quote;
}

describe("readPythonList", () => {
  it.each(written)("reads back what Python writes: $text", ({ items, text }) => {
    expect(readPythonList(text)).toEqual(items);
  });

  it("reads back any strings, in either quotes, escaped or not, with any space between them", () => {
    const item = fc.record({
      text: fc.string({ unit: "grapheme" }),
      quote: fc.constantFrom("'", '"'),
      space: fc.constantFrom("", " ", "\n "),
    });
    fc.assert(
      fc.property(fc.array(item), fc.boolean(), (items, comma) => {
        const inner = items.map(({ text, quote, space }) => `${space}${quoted(text, quote)}${space}`);
        const list = `[${inner.join(",")}${comma && items.length > 0 ? ", " : ""}]`;
        expect(readPythonList(list)).toEqual(items.map(({ text }) => text));
      }),
    );
  });

  it("reads nan and None, as pandas writes what is missing, as empty strings", () => {
    expect(readPythonList("['a', nan, None]")).toEqual(["a", "", ""]);
  });

  it.each([
    ["", "not-a-list", 0],
    ["normal", "not-a-list", 0],
    ["('a',)", "not-a-list", 0],
    ["['a'", "unclosed-list", 4],
    ["['a',", "unclosed-list", 5],
    ["[", "unclosed-list", 1],
    ["['a]", "unclosed-string", 1],
    ["['a\\", "unclosed-string", 3],
    ["['Kerley's lines']", "no-comma", 9],
    ["['a' 'b']", "no-comma", 5],
    ["[a]", "not-a-string", 1],
    ["[nano]", "not-a-string", 1],
    ["[1, 'a']", "not-a-string", 1],
    ["[,]", "not-a-string", 1],
    ["['a',,]", "not-a-string", 5],
    ["['\\q']", "bad-escape", 2],
    ["['\\x1']", "bad-escape", 2],
    ["['\\U00110000']", "bad-escape", 2],
    ["['a'] b", "text-after-list", 6],
    ["['a']]", "text-after-list", 5],
  ])("says of %j that it is %s at %d", (text, problem, at) => {
    expect(readPythonList(text)).toEqual({ problem, at });
  });

  it("ends on any text, with a list of strings or a fault within the text", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."[]'\"\\, anxuU0") }), (text) => {
        const read = readPythonList(text);
        if ("problem" in read) expect(read.at).toBeLessThanOrEqual(text.length);
        else expect(read.every((entry) => typeof entry === "string")).toBe(true);
      }),
    );
  });
});
