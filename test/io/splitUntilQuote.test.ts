import fc from "fast-check";
import { parseString } from "fast-csv";
import { describe, expect, it } from "vitest";
import { splitUntilQuote } from "../../src/io/splitUntilQuote.js";

async function split(pieces: readonly string[]) {
  const records: (readonly string[])[] = [];
  const source = (async function* () {
    yield* pieces;
  })();
  let rest = "";
  for await (const text of splitUntilQuote(source, (fields) => records.push(fields))) rest += text;
  return { records, rest };
}

function parsed(text: string): Promise<string[][]> {
  return new Promise((resolve, reject) => {
    const records: string[][] = [];
    parseString<string[], string[]>(text, { headers: false })
      .on("data", (fields: string[]) => records.push(fields))
      .on("error", reject)
      .on("end", () => resolve(records));
  });
}

const trimmed = (records: readonly (readonly string[])[]) =>
  records.map((fields) => fields.map((field) => field.trim()));

/** Text of few letters, cut into pieces anywhere. */
const pieces = (letters: readonly string[]) =>
  fc.array(fc.string({ unit: fc.constantFrom(...letters), minLength: 1, maxLength: 6 }), { maxLength: 8 });

describe("splitUntilQuote", () => {
  it("gives the parser's records of text without quotes, space around fields aside, however it is cut into pieces", async () => {
    await fc.assert(
      fc.asyncProperty(pieces(["a", ",", "\n", "\r", "\r\n", " ", "\t", "é"]), async (texts) => {
        const { records, rest } = await split(texts);
        expect(rest).toBe("");
        expect(trimmed(records)).toEqual(trimmed(await parsed(texts.join(""))));
      }),
      { numRuns: 1000 },
    );
  });

  it("leaves the text from the record on that may hold the first quote, so that together all records come once", async () => {
    await fc.assert(
      fc.asyncProperty(pieces(["a", ",", "\n", "\r\n", '"b"', '"x\n""y"""', " "]), async (texts) => {
        const whole = await parsed(texts.join("")).catch(() => undefined);
        fc.pre(whole !== undefined);
        const { records, rest } = await split(texts);
        expect(trimmed([...records, ...(await parsed(rest))])).toEqual(trimmed(whole!));
      }),
      { numRuns: 1000 },
    );
  });
});
