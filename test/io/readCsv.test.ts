import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { isRadiolucentError, type TableError } from "../../src/errors.js";
import { csvDataset } from "../../src/io/csvDataset.js";
import { readCsv } from "../../src/io/readCsv.js";

const folder = mkdtempSync(join(tmpdir(), "radiolucent-csv-"));
afterAll(() => rmSync(folder, { recursive: true }));

function fileOf(content: string | Uint8Array, name = "table.csv"): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

async function recordsOf(content: string | Uint8Array, name?: string): Promise<(readonly string[])[]> {
  const records: (readonly string[])[] = [];
  await readCsv(fileOf(content, name), (fields) => records.push(fields));
  return records;
}

async function tableErrorOf(reading: Promise<unknown>): Promise<TableError> {
  const error = await reading.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (isRadiolucentError(error, "table")) return error;
  throw error ?? new Error("no error was thrown");
}

describe("readCsv", () => {
  it.each(["\n", "\r\n", "\r"])("splits records at %j", async (end) => {
    expect(await recordsOf(["a,b", "1,2", "3,4"].join(end))).toEqual([
      ["a", "b"],
      ["1", "2"],
      ["3", "4"],
    ]);
  });

  it("drops a UTF-8 byte order mark and keeps letters outside ASCII", async () => {
    expect(await recordsOf("\ufeffa,ä\nß,胸\n")).toEqual([
      ["a", "ä"],
      ["ß", "胸"],
    ]);
  });

  it("keeps quoted commas, doubled quotes and quoted line breaks", async () => {
    expect(await recordsOf('a,"b,c"\n"say ""no""","1\r\n2"\n')).toEqual([
      ["a", "b,c"],
      ['say "no"', "1\r\n2"],
    ]);
  });

  it("gives blank lines as records of no fields, and empty fields as empty", async () => {
    expect(await recordsOf("a,b\n\n,\n1,\n")).toEqual([["a", "b"], [], ["", ""], ["1", ""]]);
  });

  it("unpacks a name that ends in .gz", async () => {
    expect(await recordsOf(gzipSync("a,b\n1,2\n"), "table.csv.gz")).toEqual([
      ["a", "b"],
      ["1", "2"],
    ]);
  });

  it.each([
    ['a,b\n1,2\n"3,4\n5,6\n', 3, "never closes"],
    ['a,b\n"1\n\n2",2\n"3"x,4\n', 5, "goes on after its closing quote"],
    ['"a" b,c\n', 1, "goes on after its closing quote"],
  ])("names the line of a faulty quote in %j", async (content, row, says) => {
    const error = await tableErrorOf(recordsOf(content));
    expect(error.problems).toHaveLength(1);
    expect(error.problems[0]!.row).toBe(row);
    expect(error.message).toContain(says);
    expect(error.message).toContain("table.csv");
  });

  it("gives up on a record of more than two million characters and names the line of its open quote", async () => {
    const error = await tableErrorOf(recordsOf(`a,b\n1,"2\n${"3,4\n".repeat(600_000)}`));
    expect(error.problems[0]!.row).toBe(2);
    expect(error.message).toContain("never closes");
  });

  it("says what is wrong with a file that cannot be read as text", async () => {
    expect((await tableErrorOf(readCsv(join(folder, "absent.csv"), () => {}))).message).toContain(
      "no such file",
    );
    expect((await tableErrorOf(readCsv(folder, () => {}))).message).toContain("cannot be read");
    expect((await tableErrorOf(recordsOf(Uint8Array.of(0x61, 0xff, 0xfe)))).message).toContain("not UTF-8");
    expect((await tableErrorOf(recordsOf(Uint8Array.of(0x61, 0xc3)))).message).toContain("not UTF-8");
    expect((await tableErrorOf(recordsOf("a,b\n", "plain.csv.gz"))).message).toContain("cannot be unpacked");
    const half = gzipSync("a,b\n1,2\n".repeat(999)).subarray(0, 40);
    expect((await tableErrorOf(recordsOf(half, "half.csv.gz"))).message).toContain("cannot be unpacked");
  });

  it("hands on what the callback throws", async () => {
    const reason = new RangeError("enough");
    const reading = readCsv(fileOf("a\n1\n2\n"), ([field]) => {
      if (field === "1") throw reason;
    });
    await expect(reading).rejects.toBe(reason);
  });

  it("ends with the signal's reason, before and during the reading", async () => {
    const reason = new Error("stopped");
    const path = fileOf("1,2\n".repeat(100_000));
    await expect(readCsv(path, () => {}, AbortSignal.abort(reason))).rejects.toBe(reason);
    const controller = new AbortController();
    let records = 0;
    const reading = readCsv(
      path,
      () => {
        if (++records === 10) controller.abort(reason);
      },
      controller.signal,
    );
    await expect(reading).rejects.toBe(reason);
    expect(records).toBeLessThan(100_000);
  });

  it("reads back any fields that were quoted", async () => {
    const field = fc.string({ unit: fc.constantFrom("a", ",", '"', "\n", "\r\n", " ", "é", "|") });
    const records = fc.array(fc.array(field, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(records, async (rows) => {
        const text = rows
          .map((row) => row.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(","))
          .join("\r\n");
        expect(await recordsOf(text)).toEqual(rows);
      }),
      { numRuns: 200 },
    );
  });

  it("gives a dataset or a TableError, whatever bytes of a table are changed", async () => {
    const table = Buffer.from(
      '\ufeffImage,Mass,PatientId,Note\r\n"a.png",0,1,"x, ""y"""\r\nb.png,1,2,"line\r\nbreak"\r\nc.png,1.0,3,\r\n',
    );
    const columns = { imageColumn: "Image", patientColumn: "PatientId", classes: ["Mass"] } as const;
    const changes = fc.array(
      fc.record({
        at: fc.nat(table.length - 1),
        remove: fc.nat(6),
        insert: fc.oneof(
          fc.uint8Array({ maxLength: 3 }),
          fc.constantFrom('"', ",", "\r", "\n", "\r\n", "\0", "No", "1").map((text) => Buffer.from(text)),
        ),
      }),
      { minLength: 1, maxLength: 3 },
    );
    await fc.assert(
      fc.asyncProperty(changes, fc.boolean(), async (list, pack) => {
        let bytes = table;
        for (const { at, remove, insert } of list) {
          bytes = Buffer.concat([bytes.subarray(0, at), insert, bytes.subarray(at + remove)]);
        }
        const csv = fileOf(pack ? gzipSync(bytes) : bytes, pack ? "changed.csv.gz" : "changed.csv");
        try {
          const { studies, labels, account } = await csvDataset({ csv, ...columns });
          expect(labels.values.shape).toEqual([studies.length, 1]);
          expect(account.rowsKept).toBe(studies.length);
          for (const { patientId, imageId } of studies) expect([patientId, imageId]).not.toContain("");
          for (const value of labels.values.data) expect([0, 1]).toContain(value);
        } catch (error) {
          if (!isRadiolucentError(error, "table")) throw error;
          expect(error.file).toBe(csv);
          expect(error.problems.length).toBeGreaterThan(0);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("gives records or a TableError, whatever bytes of a gzip file are changed", async () => {
    const packed = gzipSync("Image,Mass\na.png,1\nb.png,0\n");
    await fc.assert(
      fc.asyncProperty(fc.nat(packed.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        const bytes = Uint8Array.from(packed);
        bytes[at]! ^= flip;
        try {
          await recordsOf(bytes, "flipped.csv.gz");
        } catch (error) {
          if (!isRadiolucentError(error, "table")) throw error;
        }
      }),
      { numRuns: 200 },
    );
  });
});
