import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { parseString } from "fast-csv";
import { afterAll, describe, expect, it } from "vitest";
import { chestXray14FromRows } from "../../src/datasets/chestXray14.js";
import { isRadiolucentError, type TableError } from "../../src/errors.js";
import { chestXray14 } from "../../src/io/chestXray14.js";

const folder = mkdtempSync(join(tmpdir(), "radiolucent-tables-"));
afterAll(() => rmSync(folder, { recursive: true }));

const header =
  "Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age,Patient Gender,View Position,OriginalImage[Width,Height],OriginalImagePixelSpacing[x,y]";
const records = [
  "00000001_000.png,Cardiomegaly,0,1,57,M,PA,2682,2749,0.143,0.143",
  "00000001_001.png,Cardiomegaly|Emphysema,1,1,58,M,PA,2894,2729,0.143,0.143",
  "00000002_000.png,No Finding,0,2,80,M,PA,2500,2048,0.171,0.171",
  "00000003_000.png,Hernia,0,3,74,F,AP,2500,2048,0.168,0.168",
];
const plain = (end: string) => [header, ...records].join(end) + end;
const tables = [
  plain("\n"),
  plain("\r\n"),
  plain("\r"),
  `\ufeff${plain("\n")}`,
  plain("\n").replaceAll("PA,", '"PA",').replace("Hernia", '"Hernia"'),
].map((text) => Buffer.from(text));

/** All at once and by the parser alone, without the pieces, the splitting and the streams of `readCsv`. */
async function reference(bytes: Uint8Array, file: string): Promise<unknown> {
  const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  const rows = await new Promise<string[][]>((resolve, reject) => {
    const all: string[][] = [];
    parseString<string[], string[]>(text, { headers: false })
      .on("data", (fields: string[]) => all.push(fields))
      .on("error", reject)
      .on("end", () => resolve(all));
  });
  return chestXray14FromRows(rows, { file });
}

const outcome = (reading: Promise<unknown>) =>
  reading.then(
    (dataset) => ({ dataset, error: undefined }),
    (error: unknown) => ({ dataset: undefined, error }),
  );

describe("a table of ChestX-ray14 of which bytes were changed", () => {
  it("gives the studies of a plain parse of the same bytes, or the same faults in the same rows, or says why it is no table", async () => {
    const change = fc.record({
      at: fc.nat(10_000),
      kind: fc.constantFrom("flip", "delete", "insert", "truncate"),
      bytes: fc.oneof(
        fc.uint8Array({ minLength: 1, maxLength: 4 }),
        fc.constantFrom('"', ",", "\r", "\n", "\r\n", "\n\n", " ", "1", "|").map((text) => Buffer.from(text)),
      ),
    });
    const changes = fc.array(change, { minLength: 1, maxLength: 3 });
    const file = join(folder, "entries.csv");
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...tables), changes, async (table, list) => {
        let bytes = Buffer.from(table);
        for (const { at, kind, bytes: given } of list) {
          const place = bytes.length === 0 ? 0 : at % bytes.length;
          const rest = kind === "truncate" ? bytes.length : place + (kind === "delete" ? given.length : 0);
          const put = kind === "insert" ? given : [];
          bytes = Buffer.concat([bytes.subarray(0, place), Buffer.from(put), bytes.subarray(rest)]);
          if (kind === "flip" && bytes.length > 0) bytes[place]! ^= given[0]! || 1;
        }
        writeFileSync(file, bytes);
        const expected = await outcome(reference(bytes, file));
        const { dataset, error } = await outcome(chestXray14({ csv: file }));
        if (expected.dataset !== undefined) {
          expect(error).toBeUndefined();
          expect(dataset).toEqual(expected.dataset);
          return;
        }
        expect(isRadiolucentError(error, "table")).toBe(true);
        expect((error as TableError).file).toBe(file);
        if (isRadiolucentError(expected.error, "table")) {
          expect((error as TableError).problems).toEqual(expected.error.problems);
        }
      }),
      { numRuns: 400 },
    );
  });
});
