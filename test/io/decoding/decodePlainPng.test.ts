import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import wabt from "wabt";
import { isRadiolucentError } from "../../../src/errors.js";
import type { Image } from "../../../src/image.js";
import { decodeImage } from "../../../src/io/decodeImage.js";
import { decodePlainPng } from "../../../src/io/decoding/decodePlainPng.js";
import { unfilterRowsModule } from "../../../src/io/decoding/unfilterRows.js";
import { sharedData } from "../../shared-data.js";
import { pngChunk, pngFile } from "./pngFile.js";

const missing = sharedData === undefined ? " (skipped: ../shared/data is absent)" : "";
const { cases } = JSON.parse(
  readFileSync(new URL("../../fixtures/decodedImages.json", import.meta.url), "utf8"),
) as { cases: { name: string; file: string; shape: number[]; high: number; pixels: number[] }[] };

const generated = fc
  .record({
    width: fc.integer({ min: 1, max: 24 }),
    height: fc.integer({ min: 1, max: 12 }),
    depth: fc.constantFrom(8 as const, 16 as const),
    colourType: fc.constantFrom(0 as const, 2 as const, 4 as const, 6 as const),
    samples: fc.uint8Array({ minLength: 1, maxLength: 997 }),
    filters: fc.array(fc.nat(4), { minLength: 1, maxLength: 12 }),
    parts: fc.integer({ min: 1, max: 3 }),
  })
  .map((png) => ({ png, file: pngFile(png) }));

const small = pngFile({
  width: 5,
  height: 4,
  depth: 8,
  colourType: 0,
  samples: Uint8Array.from({ length: 20 }, (_, i) => (i * 37) % 256),
  filters: [0, 1, 3, 4],
  parts: 2,
  before: [pngChunk("pHYs", new Uint8Array(9))],
});

async function expectSame(image: Image, file: Uint8Array): Promise<void> {
  const expected = await decodeImage(file);
  expect(image.pixels.shape).toEqual(expected.pixels.shape);
  expect(image.range).toEqual(expected.range);
  const [data, other] = [image.pixels.data, expected.pixels.data];
  expect(Object.getPrototypeOf(data)).toBe(Object.getPrototypeOf(other));
  expect(Buffer.compare(Buffer.from(data.slice().buffer), Buffer.from(other.slice().buffer))).toBe(0);
}

describe("decodePlainPng", () => {
  it("runs what unfilterRows.wat says", async () => {
    const path = new URL("../../../src/io/decoding/unfilterRows.wat", import.meta.url);
    const text = readFileSync(fileURLToPath(path), "utf8");
    const module = (await wabt()).parseWat("unfilterRows.wat", text, { simd: true, bulk_memory: true });
    expect(unfilterRowsModule).toBe(Buffer.from(module.toBinary({}).buffer).toString("base64"));
  });

  it("gives decodeImage's pixels for 8 and 16 bits, grey and colour, with and without alpha, all filters", async () => {
    await fc.assert(
      fc.asyncProperty(generated, async ({ file }) => {
        const image = decodePlainPng(file);
        expect(image).toBeDefined();
        await expectSame(image!, file);
      }),
      { numRuns: 300 },
    );
  });

  it("gives them for images of many strips, and of rows longer than a strip", async () => {
    for (const [width, height] of [
      [300, 1500],
      [150_000, 3],
    ] as const) {
      const samples = Uint8Array.from({ length: 65_521 }, (_, i) => (i * i) % 251);
      const file = pngFile({ width, height, depth: 8, colourType: 0, samples, filters: [4, 3, 2, 1, 0, 4] });
      await expectSame(decodePlainPng(file)!, file);
    }
  });

  it.each(cases)("$name: Pillow's pixels, or left to decodeImage", ({ file, shape, high, pixels }) => {
    const image = decodePlainPng(Buffer.from(file, "base64"));
    if (image === undefined) return;
    expect([image.pixels.shape, image.range]).toEqual([shape, [0, high]]);
    expect(Array.from(image.pixels.data)).toEqual(pixels);
  });

  it.each([
    ["a palette", { before: [pngChunk("PLTE", new Uint8Array(6))] }],
    ["a transparent colour", { before: [pngChunk("tRNS", new Uint8Array(2))] }],
    ["an orientation", { before: [pngChunk("eXIf", new Uint8Array(8))] }],
    ["a chunk that it does not know", { after: [pngChunk("abCd", new Uint8Array(3))] }],
    ["a filter that does not exist", { filters: [0, 5] }],
    ["too few rows", { height: 3 }],
    ["pixels in two places", { after: [pngChunk("tEXt"), pngChunk("IDAT")] }],
  ])("leaves a file with %s to decodeImage", (_, change) => {
    const png = {
      width: 2,
      height: 2,
      depth: 8,
      colourType: 0,
      samples: new Uint8Array(9),
      filters: [0],
    } as const;
    expect(decodePlainPng(pngFile(png))).toBeDefined();
    const file = pngFile({ ...png, ...change });
    if ("height" in change) file.set(pngFile(png).subarray(8, 33), 8);
    expect(decodePlainPng(file)).toBeUndefined();
  });

  it("gives decodeImage's pixels or nothing for a file of which any bytes were changed, cut off or put in", async () => {
    const change = fc.record({
      at: fc.nat(small.length - 1),
      remove: fc.nat(20),
      insert: fc.uint8Array({ maxLength: 4 }),
      flip: fc.nat(255),
    });
    await fc.assert(
      fc.asyncProperty(change, async ({ at, remove, insert, flip }) => {
        const file = Buffer.concat([small.subarray(0, at), insert, small.subarray(at + remove)]);
        if (at < file.length) file[at]! ^= flip;
        const image = decodePlainPng(file);
        if (image) await expectSame(image, file);
        else if (file.equals(small)) throw new Error("the whole file was not decoded");
      }),
      { numRuns: 1500 },
    );
  });

  it("decodes no file with any byte of its pixels changed, as decodeImage does", async () => {
    for (let at = small.indexOf("IDAT"); at < small.length - 12; at++) {
      const file = Buffer.from(small);
      file[at]! ^= 0x10;
      expect(decodePlainPng(file)).toBeUndefined();
      const error: unknown = await decodeImage(file).catch((reason: unknown) => reason);
      expect(isRadiolucentError(error, "image")).toBe(true);
    }
  });
});

describe.skipIf(sharedData === undefined)(`decodePlainPng on real files${missing}`, () => {
  it.each([
    ["nih-64/images", 1000],
    ["nih-256/images", 621],
    ["nih-1024/images", 40],
    ["lungs-256/images", 427],
    ["covid/images", 6],
    ["kermany-sample/NORMAL", 0],
  ])("%s: decodeImage's pixels, for %d files itself", async (folder, plain) => {
    let decoded = 0;
    for (const name of readdirSync(join(sharedData!, folder))) {
      const file = readFileSync(join(sharedData!, folder, name));
      const image = decodePlainPng(file);
      if (image === undefined) continue;
      await expectSame(image, file);
      decoded++;
    }
    expect(decoded).toBe(plain);
  });
});
