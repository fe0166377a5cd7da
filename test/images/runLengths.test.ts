import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import {
  decodeRle,
  detectRleStarts,
  encodeRle,
  maskBounds,
  type RleStarts,
  resizeMask,
  unionMasks,
} from "radiolucent/images";
import { describe, expect, it } from "vitest";
import { sharedData } from "../shared-data.js";
import { anyMask, area, drawn, rowsOf } from "./masks.js";

const size = { width: 4, height: 3 };
const decode = (rle: string | readonly string[], starts: RleStarts) =>
  rowsOf(decodeRle(rle, { ...size, starts }));

describe("decodeRle", () => {
  it("goes down the columns first; relative pairs are the gap since the last run, and the length", () => {
    expect(decode("1 3 4 2", "relative")).toEqual(rowsOf(drawn(".#.#", "#...", "#.#.")));
    expect(decode("0 12", "relative").flat()).toEqual(Array(12).fill(1));
  });

  it("takes absolute pairs as the run's first pixel, counted from 1, and the length", () => {
    expect(decode("2 3 9 2", "absolute")).toEqual(rowsOf(drawn(".#.#", "#...", "#.#.")));
    expect(decode("1 12", "absolute").flat()).toEqual(Array(12).fill(1));
  });

  it("makes one mask of several strings: their union, overlaps included", () => {
    expect(decode(["0 2", "1 4", "-1"], "relative")).toEqual(rowsOf(drawn("##..", "##..", "#...")));
  });

  it("reads -1, an empty string and an empty list as an empty mask, and any white space between numbers", () => {
    for (const rle of ["-1", " -1\n", "", "  ", []])
      expect(decode(rle, "relative").flat()).toEqual(Array(12).fill(0));
    expect(decode(" 0\t2  3 1 \n", "relative")).toEqual(decode("0 2 3 1", "relative"));
  });

  it("takes runs that touch as one", () => {
    expect(decode("0 2 0 2", "relative")).toEqual(decode("0 4", "relative"));
    expect(decode("1 2 3 2", "absolute")).toEqual(decode("1 4", "absolute"));
  });

  it("names the string and the number at fault", () => {
    const fault = (rle: string | readonly string[], starts: RleStarts) => () => decode(rle, starts);
    expect(fault(["0 1", "3 4 5"], "relative")).toThrow(/^rle\[1\]: holds 3 numbers; expected pairs/);
    expect(fault("1 2 x 4", "relative")).toThrow(/^rle: number 3 is "x"; expected a whole number/);
    expect(fault("1 -2", "relative")).toThrow(/number 2 is "-2"/);
    expect(fault("1 2.5", "relative")).toThrow(/number 2 is "2.5"/);
    expect(fault("-1 -1", "relative")).toThrow(/number 1 is "-1"/);
    expect(fault("1 0", "relative")).toThrow(/number 2 is a length of 0/);
    expect(fault("5 3 4 1", "relative")).toThrow(
      /numbers 3 and 4 make a run to pixel 13 of 12; are the starts absolute/,
    );
    expect(fault("12 2", "absolute")).toThrow(/run to pixel 13 of 12/);
    expect(fault("5 3 7 1", "absolute")).toThrow(
      /number 3 starts a run at 7, .* from 8 here; are they relative/,
    );
    expect(fault("0 3", "absolute")).toThrow(/number 1 starts a run at 0, .* from 1 here/);
    expect(() => decodeRle("1 2", { ...size, starts: "other" as never })).toThrow(/options.starts: is other/);
    expect(() => decodeRle("1 2", { width: 0, height: 3, starts: "relative" })).toThrow(
      /options.width: is 0/,
    );
  });
});

describe("encodeRle", () => {
  it("gives back the mask that decodeRle reads, with either start", () => {
    fc.assert(
      fc.property(anyMask, fc.constantFrom<RleStarts>("relative", "absolute"), (mask, starts) => {
        const [height, width] = mask.shape as [number, number];
        expect(rowsOf(decodeRle(encodeRle(mask, { starts }), { width, height, starts }))).toEqual(
          rowsOf(mask),
        );
      }),
    );
  });

  it("writes an empty mask as -1, runs as long as can be over the end of a column, and takes 255 as inside", () => {
    expect(encodeRle(drawn("...", "..."), { starts: "relative" })).toBe("-1");
    const mask = drawn("..#", ".#.", ".#.");
    expect(encodeRle(mask, { starts: "relative" })).toBe("4 3");
    expect(encodeRle(mask, { starts: "absolute" })).toBe("5 3");
    for (let i = 0; i < mask.data.length; i++) mask.data[i]! *= 255;
    expect(encodeRle(mask, { starts: "absolute" })).toBe("5 3");
  });

  it("decodes the union of masks from their strings", () => {
    fc.assert(
      fc.property(anyMask, anyMask, (a, other) => {
        const [height, width] = a.shape as [number, number];
        const b = resizeMask(other, height, width);
        const strings = [a, b].map((mask) => encodeRle(mask, { starts: "relative" }));
        const both = decodeRle(strings, { width, height, starts: "relative" });
        expect(rowsOf(both)).toEqual(rowsOf(unionMasks([a, b])));
      }),
    );
  });
});

describe("detectRleStarts", () => {
  it("is the one reading under which every string decodes, and undefined where both or neither do", () => {
    expect(detectRleStarts(["0 2 1 2"], size)).toBe("relative");
    expect(detectRleStarts(["-1", "2 1 1 1"], size)).toBe("relative");
    expect(detectRleStarts(["2 3 9 2"], size)).toBe("absolute");
    expect(detectRleStarts(["2 3", "-1"], size)).toBeUndefined();
    expect(detectRleStarts([], size)).toBeUndefined();
    expect(detectRleStarts(["0 2 1 2", "2 3 9 2"], size)).toBeUndefined();
  });

  it("never takes one for the other", () => {
    fc.assert(
      fc.property(fc.array(anyMask), fc.constantFrom<RleStarts>("relative", "absolute"), (masks, starts) => {
        const largest = { width: 17, height: 17 };
        const rles = masks.map((mask) => encodeRle(mask, { starts }));
        expect([starts, undefined]).toContain(detectRleStarts(rles, largest));
      }),
    );
  });
});

describe.skipIf(sharedData === undefined)("SIIM's run lengths (skipped: ../shared/data is absent)", () => {
  const film = { width: 1024, height: 1024 };
  const table = (text: string) =>
    text
      .trim()
      .split("\n")
      .slice(1)
      .map((line) => line.split(",") as [id: string, rle: string]);
  const masksOf = (rows: readonly (readonly [string, string])[]) => {
    const byId = new Map<string, string[]>();
    for (const [id, rle] of rows) byId.set(id, [...(byId.get(id) ?? []), rle.trim()]);
    return byId;
  };

  it("decode, every row of the table: 3,576 masks on 2,669 images, 624 of which have several", () => {
    const text = gunzipSync(readFileSync(join(sharedData!, "siim/train-rle.csv.gz"))).toString();
    const rows = table(text);
    expect(rows).toHaveLength(12_954);
    expect(
      detectRleStarts(
        rows.map(([, rle]) => rle),
        film,
      ),
    ).toBe("relative");
    const positive = rows.filter(([, rle]) => rle.trim() !== "-1");
    expect(positive).toHaveLength(3_576);
    const byId = masksOf(positive);
    expect(byId.size).toBe(2_669);
    expect([...byId.values()].filter((strings) => strings.length > 1)).toHaveLength(624);
    for (const [, rle] of positive.slice(0, 200)) {
      const mask = decodeRle(rle, { ...film, starts: "relative" });
      expect(encodeRle(mask, { starts: "relative" })).toBe(rle.trim());
    }
  }, 60_000);

  it("of the two samples make 69,274 pixels of four rows, and 10,133 in the place that was measured", () => {
    const byId = masksOf(table(readFileSync(join(sharedData!, "siim/sample-rle.csv"), "utf8")));
    const several = byId.get("1.2.276.0.7230010.3.1.4.8323329.307.1517875162.311533")!;
    expect(several).toHaveLength(4);
    expect(area(decodeRle(several, { ...film, starts: "relative" }))).toBe(69_274);
    const [single] = [...byId.values()].filter((strings) => strings.length === 1);
    const mask = decodeRle(single!, { ...film, starts: "relative" });
    expect(area(mask)).toBe(10_133);
    expect(maskBounds(mask)).toEqual({ x: 193, y: 94, width: 277, height: 310 });
  });
});
