import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ndarray from "ndarray";
import sharp from "sharp";
import { afterAll, describe, expect, test } from "vitest";
import { hammingDistance } from "../../src/images/hammingDistance.js";
import { chestXray14 } from "../../src/io/chestXray14.js";
import { encodePng } from "../../src/io/encodePng.js";
import { imageFingerprint, imageFingerprints } from "../../src/io/imageFingerprints.js";
import { phantomDataset } from "../../src/phantom/phantomDataset.js";
import { renderPhantom } from "../../src/phantom/renderPhantom.js";
import { sharedData } from "../shared-data.js";

const folder = mkdtempSync(join(tmpdir(), "radiolucent-fingerprints-"));
afterAll(() => rmSync(folder, { recursive: true }));

const phantoms = phantomDataset({ patients: 12, size: 96, imagesPerPatient: [1, 1] });
const film = renderPhantom(phantoms.studies[0]!, 96).image;
const grey = Uint8Array.from(film.pixels.data, (value) => {
  const [low, high] = film.range;
  return Math.round((255 * (value - low)) / (high - low));
});
const picture = () => sharp(grey, { raw: { width: 96, height: 96, channels: 1 } });
const file = (name: string, bytes: Uint8Array | string) => {
  writeFileSync(join(folder, name), bytes);
  return { imageId: name, patientId: name, path: join(folder, name) };
};

test("equal pixels have one hash: grey, RGB and RGBA PNG; 16 bits, JPEG and another shape have their own", async () => {
  const rgb = picture().toColourspace("srgb");
  const wide = Uint16Array.from(grey, (value) => 257 * value);
  const studies = [
    file("grey.png", await encodePng(ndarray(grey, [96, 96]))),
    file("rgb.png", await rgb.clone().png({ compressionLevel: 1 }).toBuffer()),
    file("rgba.png", await rgb.clone().ensureAlpha(0.5).png().toBuffer()),
    file("wide.png", await encodePng(ndarray(wide, [96, 96]))),
    file("lossy.jpg", await picture().jpeg({ quality: 60 }).toBuffer()),
    file("reshaped.png", await encodePng(ndarray(grey, [48, 192]))),
  ];
  const { fingerprints, broken } = await imageFingerprints({ studies });
  expect(broken).toEqual([]);
  expect([...fingerprints.keys()]).toEqual(studies.map(({ imageId }) => imageId));
  const [first, ...others] = studies.map(({ imageId }) => fingerprints.get(imageId)!);
  expect(others.map(({ pixels }) => pixels === first!.pixels)).toEqual([true, true, false, false, false]);
  const distances = others.map(({ perceptual }) => hammingDistance(first!.perceptual, perceptual));
  expect(distances.slice(0, 3)).toEqual([0, 0, 0]);
  expect(distances[3]).toBeLessThan(12);
  expect(distances[4]).toBeGreaterThan(60);
});

test("the pixel hash is SHA-256 of kind, shape and bytes, also of a view with another order in memory", () => {
  const pixels = ndarray(Uint8Array.of(1, 2, 3, 4, 5, 6), [2, 3]);
  const expected = createHash("sha256")
    .update("8-bit 2 3\n")
    .update(Uint8Array.of(1, 2, 3, 4, 5, 6))
    .digest("hex");
  expect(imageFingerprint({ pixels, range: [0, 255] }).pixels).toBe(expected);
  const columns = ndarray(Uint8Array.of(1, 4, 2, 5, 3, 6), [3, 2]).transpose(1, 0);
  expect(imageFingerprint({ pixels: columns, range: [0, 255] }).pixels).toBe(expected);
});

test("broken images are listed in order and end nothing", async () => {
  const studies = [
    file("empty.png", ""),
    file("good.png", await encodePng(ndarray(grey, [96, 96]))),
    { imageId: "gone.png", patientId: "g", path: join(folder, "gone.png") },
    file("cut.png", (await encodePng(ndarray(grey, [96, 96]))).subarray(0, 2000)),
  ];
  const { fingerprints, broken } = await imageFingerprints({ studies });
  expect([...fingerprints.keys()]).toEqual(["good.png"]);
  expect(broken.map(({ imageId, error }) => [imageId, (error as { problem?: string }).problem])).toEqual([
    ["empty.png", "empty"],
    ["gone.png", "missing"],
    ["cut.png", "truncated"],
  ]);
});

test("at most `concurrency` images are held; progress counts each once", async () => {
  let held = 0;
  let most = 0;
  const loadImage = async () => {
    most = Math.max(most, ++held);
    await new Promise((resolve) => setTimeout(resolve, 1));
    held--;
    return film;
  };
  const seen: number[] = [];
  const options = { concurrency: 3, onProgress: ({ done }: { done: number }) => seen.push(done) };
  await imageFingerprints({ ...phantoms, loadImage }, options);
  expect(most).toBe(3);
  expect(seen).toEqual(phantoms.studies.map((_, i) => i + 1));
});

test("an abort ends it with the signal's reason and starts no further load", async () => {
  const abort = new AbortController();
  let loads = 0;
  const loadImage = async () => {
    if (++loads === 3) abort.abort(new Error("enough"));
    return film;
  };
  const work = imageFingerprints({ ...phantoms, loadImage }, { concurrency: 1, signal: abort.signal });
  await expect(work).rejects.toThrow("enough");
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(loads).toBe(3);
});

test("any other error ends it and starts no further load", async () => {
  let loads = 0;
  const loadImage = () => {
    loads++;
    throw new TypeError("a bug");
  };
  await expect(imageFingerprints({ ...phantoms, loadImage }, { concurrency: 2 })).rejects.toThrow("a bug");
  expect(loads).toBeLessThanOrEqual(2);
});

test("an image id that stands twice, a study without an image and a concurrency of 0 are refused", async () => {
  const study = { imageId: "a", patientId: "p" };
  await expect(imageFingerprints({ studies: [study, study] })).rejects.toThrow(
    'dataset: the image id "a" stands twice',
  );
  await expect(imageFingerprints({ studies: [study] })).rejects.toThrow('study "a" has no path');
  await expect(imageFingerprints(phantoms, { concurrency: 0 })).rejects.toThrow("options.concurrency: is 0");
});

describe.skipIf(sharedData === undefined)("NIH films (skipped: ../shared/data is absent)", () => {
  const open = (name: string) =>
    chestXray14({ root: `${sharedData}${name}`, tables: { entries: `${sharedData}${name}/metadata.csv` } });

  test("films at 64, 256 and 1024 pixels are within 3 bits of each other; 621 patients at 256 are 60 bits apart or more", async () => {
    const [small, medium, large] = await Promise.all(
      ["nih-64", "nih-256", "nih-1024"].map(
        async (name) => (await imageFingerprints(await open(name))).fingerprints,
      ),
    );
    const distances = (a: typeof small, b: typeof small) =>
      [...a!].flatMap(([id, { perceptual }]) => {
        const other = b!.get(id);
        return other === undefined ? [] : [hammingDistance(perceptual, other.perceptual)];
      });
    expect(distances(small, medium)).toHaveLength(4);
    expect(distances(large, medium)).toHaveLength(40);
    expect(Math.max(...distances(small, medium), ...distances(large, medium))).toBeLessThanOrEqual(3);
    const looks = [...medium!.values()].map(({ perceptual }) => perceptual);
    const nearest = looks.reduce(
      (least, a, i) => Math.min(least, ...looks.slice(i + 1).map((b) => hammingDistance(a, b))),
      256,
    );
    expect(nearest).toBeGreaterThanOrEqual(60);
  }, 60_000);
});
