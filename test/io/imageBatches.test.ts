import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ndarray from "ndarray";
import { afterAll, describe, expect, it } from "vitest";
import { resizeImage } from "../../src/images/resizeImage.js";
import { normalize } from "../../src/images/standardize.js";
import { chestXray14 } from "../../src/io/chestXray14.js";
import { decodeImage } from "../../src/io/decodeImage.js";
import { encodePng } from "../../src/io/encodePng.js";
import { imageBatches } from "../../src/io/imageBatches.js";
import { imageStatistics } from "../../src/io/imageStatistics.js";
import type { Dataset, Study } from "../../src/labels/dataset.js";
import { labelMatrix } from "../../src/labels/labelMatrix.js";
import { sharedData } from "../shared-data.js";

const missing = sharedData === undefined ? " (skipped: ../shared/data is absent)" : "";
const folder = mkdtempSync(join(tmpdir(), "radiolucent-batches-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Flat images of 2 x 2 pixels with these grey values; null is a file that is not an image. */
async function filesOf(values: readonly (number | null)[]): Promise<Dataset> {
  const studies: Study[] = [];
  for (const [i, value] of values.entries()) {
    const path = join(folder, `${values.join("-")}-${i}.png`);
    const pixels = ndarray(new Uint8Array(4).fill(value ?? 0), [2, 2]);
    writeFileSync(path, value === null ? "text" : await encodePng(pixels));
    studies.push({ imageId: `${i}`, patientId: "p", path });
  }
  const rows = values.length;
  return {
    name: "files",
    studies,
    labels: labelMatrix(
      [],
      values.map(() => []),
    ),
    account: { rowsRead: rows, rowsKept: rows, dropped: [], changed: [] },
  };
}

describe("imageBatches", () => {
  it("decodes each study's file", async () => {
    const dataset = await filesOf([0, 51, 255]);
    const source = imageBatches(dataset, { size: 1, normalization: { method: "unit" } });
    for await (const { images } of source) {
      expect(images.shape).toEqual([3, 1, 1, 1]);
      expect(Array.from(images.data)).toEqual([0, Math.fround(0.2), 1]);
    }
  });

  it("skips a broken file and names it, or stops with its error", async () => {
    const dataset = await filesOf([1, null, 3]);
    const source = imageBatches(dataset, { size: 1, brokenImages: "skip" });
    for await (const { studies } of source) expect(studies.map(({ imageId }) => imageId)).toEqual(["0", "2"]);
    expect(source.skipped.map(({ imageId, error }) => [imageId, error.message])).toEqual([
      ["1", expect.stringContaining("-1.png: is neither PNG nor JPEG")],
    ]);
    const stopping = imageBatches(dataset, { size: 1 })[Symbol.asyncIterator]();
    await expect(stopping.next()).rejects.toMatchObject({ code: "image", problem: "not-an-image" });
  });

  it("refuses a study without a path", async () => {
    const { studies, ...rest } = await filesOf([1]);
    const source = imageBatches({ ...rest, studies: [{ imageId: "x", patientId: "p" }] }, { size: 1 });
    await expect(source[Symbol.asyncIterator]().next()).rejects.toThrow('study "x" has no path');
  });
});

describe("imageStatistics", () => {
  it("gives mean and population standard deviation of unit pixels over the whole of a small set", async () => {
    const dataset = await filesOf([0, 51, 255]);
    const { mean, standardDeviation, images } = await imageStatistics(dataset, { size: 2 });
    // (0 + 0.2 + 1) / 3 = 0.4; sqrt((0.16 + 0.04 + 0.36) / 3) = sqrt(0.56 / 3)
    expect(mean).toBeCloseTo(0.4, 6);
    expect(standardDeviation).toBeCloseTo(Math.sqrt(0.56 / 3), 6);
    expect(images).toBe(3);
  });

  it("draws a seeded sample without replacement", async () => {
    const dataset = await filesOf([1, 2, 4, 8, 16, 32, 64, 128]);
    const statistics = (seed: number) => imageStatistics(dataset, { size: 1, sample: 3, seed });
    const first = await statistics(1);
    expect(first.images).toBe(3);
    expect(await statistics(1)).toEqual(first);
    const sums = new Set<number>();
    for (let seed = 0; seed < 8; seed++) sums.add(Math.round((await statistics(seed)).mean * 255 * 3));
    expect(sums.size).toBeGreaterThan(2);
    // a sum of three different powers of two has three bits
    for (const sum of sums) expect(sum.toString(2).replaceAll("0", "")).toBe("111");
  });

  it("stops at a broken image, or leaves it out and counts the others", async () => {
    const dataset = await filesOf([10, null]);
    await expect(imageStatistics(dataset, { size: 1 })).rejects.toMatchObject({ code: "image" });
    expect(await imageStatistics(dataset, { size: 1, brokenImages: "skip" })).toMatchObject({ images: 1 });
    await expect(imageStatistics(dataset, { size: 1, sample: 0 })).rejects.toThrow("options.sample: is 0");
  });

  it("ends with the signal's reason", async () => {
    const reason = new Error("stopped");
    const reading = imageStatistics(await filesOf([1]), { size: 1, signal: AbortSignal.abort(reason) });
    await expect(reading).rejects.toBe(reason);
  });
});

describe.skipIf(sharedData === undefined)(`imageBatches on NIH images${missing}`, () => {
  it("nih-64: each image of a batch is the file, resized and normalised by the images room", async () => {
    const dataset = await chestXray14({ root: join(sharedData!, "nih-64") });
    const source = imageBatches(dataset, { size: 32, batchSize: 16, channels: 3, shuffle: true, seed: 5 });
    let seen = 0;
    for await (const { images, labels, studies } of source) {
      const picture = resizeImage(await decodeImage(studies[0]!.path!), 32, 32);
      const expected = normalize(picture, { method: "per-image" });
      for (const channel of [0, 2]) {
        const view = images.pick(0, null, null, channel);
        for (const [y, x] of [
          [0, 0],
          [7, 30],
          [31, 31],
        ] as const) {
          expect(view.get(y, x)).toBe(expected.get(y, x));
        }
      }
      const index = dataset.studies.findIndex(({ imageId }) => imageId === studies[0]!.imageId);
      for (let c = 0; c < 14; c++) expect(labels.values.get(0, c)).toBe(dataset.labels.values.get(index, c));
      seen += studies.length;
    }
    expect(seen).toBe(1000);
    expect(source.skipped).toEqual([]);
  });
});
