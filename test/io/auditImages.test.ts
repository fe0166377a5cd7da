import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ndarray from "ndarray";
import sharp from "sharp";
import { afterAll, describe, expect, test } from "vitest";
import type { Image } from "../../src/image.js";
import { auditImages, type ImageAudit, imageFlags } from "../../src/io/auditImages.js";
import { contactSheet } from "../../src/io/contactSheet.js";
import { decodeImage } from "../../src/io/decodeImage.js";
import { encodePng } from "../../src/io/encodePng.js";
import { readCsv } from "../../src/io/readCsv.js";
import { writeImageAudit } from "../../src/io/writeImageAudit.js";
import { phantomDataset } from "../../src/phantom/phantomDataset.js";
import { renderPhantom } from "../../src/phantom/renderPhantom.js";
import { sharedData } from "../shared-data.js";

const folder = mkdtempSync(join(tmpdir(), "radiolucent-audit-"));
afterAll(() => rmSync(folder, { recursive: true }));

const size = 128;
const films = phantomDataset({ patients: 8, size, seed: 4, imagesPerPatient: [1, 1] });
/** A phantom film as 8-bit grey. */
function film(i: number): Uint8Array {
  const { pixels, range } = renderPhantom(films.studies[i]!, size).image;
  return Uint8Array.from(pixels.data, (value) =>
    Math.round((255 * (value - range[0])) / (range[1] - range[0])),
  );
}
const opened = (i: number) => sharp(film(i), { raw: { width: size, height: size, channels: 1 } });

/** Files with one fault each, and one without. */
async function doctored() {
  const files: Record<string, Uint8Array | Promise<Uint8Array>> = {
    "whole.png": encodePng(ndarray(film(0), [size, size])),
    "inverted.png": opened(1).negate().toColourspace("b-w").png().toBuffer(),
    "turned.png": opened(2).rotate(90).toColourspace("b-w").png().toBuffer(),
    "padded.png": opened(3).extend({ left: 24, right: 24, background: "black" }).png().toBuffer(),
    'twin, "a".png': opened(4).png().toBuffer(),
    "twin b.png": opened(4).toColourspace("srgb").png().toBuffer(),
    "copy.jpg": opened(5).jpeg({ quality: 50 }).toBuffer(),
    "copied.png": opened(5).png().toBuffer(),
    "cut.png": (await opened(6).png().toBuffer()).subarray(0, 900),
    "grey.png": encodePng(ndarray(new Uint8Array(size * size).fill(90), [size, size])),
    "dark.png": encodePng(ndarray(new Uint8Array(size * size).fill(20), [size, size])),
    "small.png": opened(7).resize(40).png().toBuffer(),
    "pale.png": opened(6).linear(0.1, 90).png().toBuffer(),
  };
  const studies = [];
  for (const [imageId, bytes] of Object.entries(files)) {
    const path = join(folder, imageId);
    writeFileSync(path, await bytes);
    studies.push({ imageId, patientId: `of ${imageId}`, path });
  }
  return { name: "Doctored", studies };
}
const flagsOf = ({ rows }: ImageAudit) =>
  Object.fromEntries(rows.map(({ imageId, flags }) => [imageId, flags]));

test("each fault raises its flag and no other; rows are in the order of the studies", async () => {
  const dataset = await doctored();
  const audit = await auditImages(dataset);
  expect(flagsOf(audit)).toEqual({
    "whole.png": [],
    "inverted.png": ["inverted"],
    "turned.png": ["rotated"],
    "padded.png": ["padded"],
    'twin, "a".png': ["duplicate"],
    "twin b.png": ["duplicate"],
    "copy.jpg": ["near-duplicate"],
    "copied.png": ["near-duplicate"],
    "cut.png": ["unreadable"],
    "grey.png": ["constant"],
    "dark.png": ["constant"],
    "small.png": ["tiny"],
    "pale.png": ["pale"],
  });
  expect(audit.rows.map(({ imageId }) => imageId)).toEqual(dataset.studies.map(({ imageId }) => imageId));
  expect(audit.unflagged).toBe(1);
  expect(Object.keys(audit.counts)).toEqual([...imageFlags]);
  expect(audit.counts).toMatchObject({ constant: 2, duplicate: 2, unreadable: 1, "non-finite": 0 });
  const row = (id: string) => audit.rows.find(({ imageId }) => imageId === id)!;
  expect(row("twin b.png").duplicates).toEqual(['twin, "a".png']);
  expect(row("copy.jpg").nearDuplicates).toEqual([
    { imageId: "copied.png", bits: expect.any(Number), samePatient: false },
  ]);
  expect(row("copy.jpg").nearDuplicates[0]!.bits).toBeLessThanOrEqual(24);
  expect(row("turned.png").quality!.suspectRotation).toBe(90);
  expect(row("padded.png")).toMatchObject({ height: size, width: size + 48 });
  expect(row("cut.png")).toMatchObject({ problem: "truncated", height: Number.NaN, nearDuplicates: [] });
});

test("thresholds move the flags; values on a threshold are not flagged, but for the bits", async () => {
  const whole = { name: "One", studies: (await doctored()).studies.slice(0, 1) };
  const flags = async (options: object) => (await auditImages(whole, options)).rows[0]!.flags;
  const { contrast } = (await auditImages(whole)).rows[0]!.quality!;
  expect(await flags({ minSide: size, minContrast: contrast })).toEqual([]);
  expect(await flags({ minSide: size + 1, minContrast: 1, minChestCorrelation: 1 })).toEqual([
    "tiny",
    "pale",
    "unlike-chest",
  ]);
  const twins = { name: "Two", studies: films.studies.slice(0, 2), loadImage: films.loadImage! };
  const { rows } = await auditImages(twins, { nearDuplicateBits: 256 });
  const { bits } = rows[0]!.nearDuplicates[0]!;
  expect((await auditImages(twins, { nearDuplicateBits: bits })).counts["near-duplicate"]).toBe(2);
  expect((await auditImages(twins, { nearDuplicateBits: bits - 1 })).counts["near-duplicate"]).toBe(0);
  await expect(auditImages(whole, { maxPadding: 2 })).rejects.toThrow(
    "options.maxPadding: is 2; expected a number in [0, 1]",
  );
  await expect(auditImages(whole, { minSide: Number.NaN })).rejects.toThrow("options.minSide: is NaN");
});

test("pixels that are not finite are flagged, and such an image is not searched for near-duplicates", async () => {
  const loadImage = (study: { imageId: string }): Image => {
    const pixels = Float32Array.from(film(0));
    if (study.imageId === "b") pixels[5] = Number.NaN;
    return { pixels: ndarray(pixels, [size, size]), range: [0, 255] };
  };
  const studies = ["a", "b"].map((imageId) => ({ imageId, patientId: imageId }));
  expect(flagsOf(await auditImages({ name: "Two", studies, loadImage }))).toEqual({
    a: [],
    b: ["non-finite"],
  });
});

test("of a hundred equal images each row names twenty others", async () => {
  const studies = Array.from({ length: 100 }, (_, i) => ({ imageId: String(i), patientId: String(i % 2) }));
  const pixels = film(0);
  const image: Image = { pixels: ndarray(pixels, [size, size]), range: [0, 255] };
  const equal = await auditImages({ name: "Equal", studies, loadImage: () => image });
  expect(equal.counts.duplicate).toBe(100);
  expect(equal.rows[0]!.duplicates).toEqual(Array.from({ length: 20 }, (_, i) => String(i + 1)));
  const alike = await auditImages({
    name: "Alike",
    studies: studies.map((study, i) => ({ ...study, i })),
    loadImage: ({ i }) => ({ pixels: ndarray(pixels.slice().fill(i, 0, 1), [size, size]), range: [0, 255] }),
  });
  expect(alike.counts["near-duplicate"]).toBe(100);
  expect(alike.rows.map(({ nearDuplicates }) => nearDuplicates.length)).toEqual(studies.map(() => 20));
  expect(alike.rows[0]!.nearDuplicates.find(({ imageId }) => imageId === "2")?.samePatient ?? true).toBe(
    true,
  );
});

test("an empty dataset has an empty audit, an abort ends one", async () => {
  const none = await auditImages({ name: "None", studies: [] });
  expect(none).toMatchObject({ rows: [], unflagged: 0 });
  await expect(auditImages(films, { signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow(
    "enough",
  );
});

test("writeImageAudit: a table with a row an image that reads back, blank where undefined, and a picture", async () => {
  const dataset = await doctored();
  const out = join(folder, "written");
  await writeImageAudit(out, dataset, await auditImages(dataset), { columns: 4, tile: 64, perFlag: 1 });
  const records: (readonly string[])[] = [];
  await readCsv(join(out, "audit.csv"), (fields) => records.push(fields));
  const [header, ...rows] = records;
  expect(rows).toHaveLength(dataset.studies.length);
  const cell = (id: string, column: string) => rows.find(([name]) => name === id)![header!.indexOf(column)];
  expect(cell("twin b.png", "duplicates")).toBe('twin, "a".png');
  expect(cell("copied.png", "nearDuplicates")).toMatch(/^copy\.jpg \(\d+ bits\)$/);
  expect([cell("cut.png", "flags"), cell("cut.png", "problem"), cell("cut.png", "height")]).toEqual([
    "unreadable",
    "truncated",
    "",
  ]);
  expect([cell("grey.png", "contrast"), cell("grey.png", "chestCorrelation")]).toEqual(["0", ""]);
  expect(cell("turned.png", "rotation")).toBe("90");
  const { width, height } = await sharp(readFileSync(join(out, "contact-sheet.png"))).metadata();
  // 9 flags, a picture each: heading 26, tile 64, two lines of 14, gaps of 20.
  expect([width, height]).toEqual([10 + 4 * 74, 10 + 9 * (26 + 64 + 28 + 20)]);
});

describe("contactSheet", () => {
  const white: Image = {
    pixels: ndarray(
      Uint8Array.from({ length: 200 }, () => 255),
      [10, 20],
    ),
    range: [0, 255],
  };
  const black: Image = { pixels: ndarray(new Float32Array(9), [3, 3]), range: [0, 1] };
  const darkest = (values: readonly number[]) => Math.min(...values);
  const region = ({ pixels }: Image, top: number, left: number, height: number, width: number) =>
    Array.from({ length: height * width }, (_, i) =>
      pixels.get(top + Math.floor(i / width), left + (i % width)),
    );

  test("a picture is fitted into its square as a whole, on grey; a tile without an image is crossed", async () => {
    const tiles = [white, black, undefined].map((image) => ({ ...(image && { image }), caption: [] }));
    const sheet = await decodeImage(await contactSheet([{ title: "", tiles }], { columns: 2, tile: 40 }));
    expect(sheet.pixels.shape).toEqual([10 + 26 + 2 * 50 + 10, 110]);
    // The first tile begins at row 36, column 10: 10 rows of grey, 20 of the picture, 10 of grey.
    expect(new Set(region(sheet, 36, 10, 10, 40))).toEqual(new Set([214]));
    expect(new Set(region(sheet, 46, 10, 20, 40))).toEqual(new Set([255]));
    expect(new Set(region(sheet, 66, 10, 10, 40))).toEqual(new Set([214]));
    expect(new Set(region(sheet, 36, 60, 40, 40))).toEqual(new Set([0]));
    expect(new Set(region(sheet, 86, 10, 40, 40))).toEqual(new Set([214, 120]));
  });

  test("headings and captions are drawn, whatever letters they hold, and stay below their own tile", async () => {
    const caption = ['<b> & \u0007 "quoted" '.repeat(9), "W".repeat(99)];
    const group = { title: "Heading <&>", tiles: [{ image: white, caption }] };
    const sheet = await decodeImage(await contactSheet([group], { columns: 2, tile: 100 }));
    expect(darkest(region(sheet, 10, 10, 20, 100))).toBeLessThan(100);
    expect(darkest(region(sheet, 136, 10, 14, 100))).toBeLessThan(100);
    expect(darkest(region(sheet, 150, 10, 14, 100))).toBeLessThan(100);
    expect(new Set(region(sheet, 136, 180, 14, 40))).toEqual(new Set([255]));
  });

  test("options out of range and a sheet too long are refused", async () => {
    await expect(contactSheet([], { columns: 0 })).rejects.toThrow("options.columns: is 0");
    await expect(contactSheet([], { tile: 8 })).rejects.toThrow("options.tile: is 8");
    const tiles = Array.from({ length: 400 }, () => ({ caption: [] }));
    await expect(contactSheet([{ title: "", tiles }], { columns: 1 })).rejects.toThrow(
      "groups: need a sheet of",
    );
  });
});

describe.skipIf(sharedData === undefined)("real films (skipped: ../shared/data is absent)", () => {
  test("of 427 films two are equal and 15 nearly so", async () => {
    const studies = Array.from({ length: 427 }, (_, i) => {
      const imageId = `${String(i).padStart(4, "0")}.png`;
      return { imageId, patientId: imageId, path: `${sharedData}lungs-256/images/${imageId}` };
    });
    const audit = await auditImages({ name: "lungs", studies });
    expect(audit.counts).toMatchObject({ unreadable: 0, constant: 0, duplicate: 2, "near-duplicate": 15 });
    expect(audit.rows[332]!.duplicates).toEqual(["0351.png"]);
    expect(audit.rows[123]!.nearDuplicates).toEqual([{ imageId: "0150.png", bits: 0, samePatient: false }]);
  }, 60_000);
});
