import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ndarray from "ndarray";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import type { Preprocessing } from "../../src/images/preprocessing.js";
import { encodePng } from "../../src/io/encodePng.js";
import { imageBatches } from "../../src/io/imageBatches.js";
import { type ImageCache, imageCache } from "../../src/io/imageCache.js";
import type { Dataset } from "../../src/labels/dataset.js";
import { labelMatrix } from "../../src/labels/labelMatrix.js";

const folder = mkdtempSync(join(tmpdir(), "radiolucent-cache-"));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => void vi.useRealTimers());

let made = 0;
const newCache = () => imageCache(join(folder, `cache-${made++}`));

/** A PNG file of 6 x 5 pixels, flat but for its first. */
async function film(name: string, value: number): Promise<string> {
  const path = join(folder, name);
  const pixels = ndarray(new Uint8Array(30).fill(value), [5, 6]);
  pixels.set(0, 0, 255 - value);
  writeFileSync(path, await encodePng(pixels));
  return path;
}

function datasetOf(paths: readonly string[]): Dataset {
  return {
    name: "films",
    studies: paths.map((path, i) => ({ imageId: `${i}`, patientId: "p", path })),
    labels: labelMatrix(
      [],
      paths.map(() => []),
    ),
    account: { rowsRead: paths.length, rowsKept: paths.length, dropped: [], changed: [] },
  };
}

async function pixels(
  paths: readonly string[],
  cache?: ImageCache | string,
  size: number | readonly [number, number] = [3, 4],
) {
  const options = { size, batchSize: 99, workers: 0, normalization: { method: "unit" } } as const;
  for await (const { images } of imageBatches(datasetOf(paths), { ...options, ...(cache && { cache }) })) {
    return Array.from(images.data);
  }
  throw new Error("no batch");
}

const filesIn = (directory: string) =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
const films = ({ directory }: ImageCache) => filesIn(join(directory, "films"));
const notes = ({ directory }: ImageCache) => filesIn(join(directory, "files"));

/** Files that were just written may change again within the same tick of the clock; from now on they are old. */
const later = () => vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 60_000 });

describe("imageCache", () => {
  it("gives the same bits as without it, when it makes an entry and when it has one", async () => {
    const cache = newCache();
    const paths = [await film("a.png", 7), await film("b.png", 200)];
    const expected = await pixels(paths);
    expect(await pixels(paths, cache)).toEqual(expected);
    expect(cache.stats).toEqual({ hits: 0, misses: 2, rebuilt: 0 });
    expect(await pixels(paths, cache)).toEqual(expected);
    expect(await pixels(paths, cache.directory)).toEqual(expected);
    expect(cache.stats).toEqual({ hits: 2, misses: 2, rebuilt: 0 });
  });

  it("takes 4 bytes a pixel and 40 for the head", async () => {
    const cache = newCache();
    await pixels([await film("a.png", 7)], cache, 224);
    expect(films(cache).map((path) => readFileSync(path).length)).toEqual([40 + 4 * 224 * 224]);
  });

  it("keeps each size apart, a turned one too", async () => {
    const cache = newCache();
    const path = await film("a.png", 9);
    for (const size of [[3, 4], [4, 3], [2, 6], 5] as const) {
      expect(await pixels([path], cache, size)).toEqual(await pixels([path], undefined, size));
    }
    expect(cache.stats).toEqual({ hits: 0, misses: 4, rebuilt: 0 });
  });

  it("keeps each preprocessing apart by its key, and applies it before the resizing", async () => {
    const cache = newCache();
    const path = await film("processed.png", 15);
    const options = { size: 2, workers: 2, cache, normalization: { method: "unit" } } as const;
    const first = async (preprocess?: Preprocessing) => {
      const source = imageBatches(datasetOf([path]), { ...options, ...(preprocess && { preprocess }) });
      for await (const { images } of source) return images.get(0, 1, 1, 0);
      throw new Error("no batch");
    };
    const flat = (value: number): Preprocessing => ({
      key: `flat ${value}`,
      apply: ({ pixels, range }) => ({
        pixels: ndarray(new Uint8Array(pixels.shape[0]! * pixels.shape[1]!).fill(value), [...pixels.shape]),
        range,
      }),
    });
    for (let round = 0; round < 2; round++) {
      expect(await first()).toBeCloseTo(15 / 255, 6);
      expect(await first(flat(51))).toBeCloseTo(0.2, 6);
      expect(await first(flat(102))).toBeCloseTo(0.4, 6);
    }
    expect(cache.stats).toEqual({ hits: 3, misses: 3, rebuilt: 0 });
    expect(() => imageBatches(datasetOf([]), { size: 1, preprocess: { ...flat(1), key: "" } })).toThrow(
      "options.preprocess.key: is empty",
    );
  });

  it("notices a file that changed under its name, even to the same size and time", async () => {
    const cache = newCache();
    const path = await film("changing.png", 10);
    const other = await film("other.png", 20);
    expect(readFileSync(path).length).toBe(readFileSync(other).length);
    utimesSync(path, 1e9, 1e9);
    later();
    await pixels([path], cache);
    expect(notes(cache)).toHaveLength(1);
    vi.useRealTimers();
    writeFileSync(path, readFileSync(other));
    utimesSync(path, 1e9, 1e9);
    later();
    expect(await pixels([path], cache)).toEqual(await pixels([other]));
    expect(cache.stats).toEqual({ hits: 0, misses: 2, rebuilt: 0 });
  });

  it("trusts no time of a file that was written just now", async () => {
    const cache = newCache();
    const path = await film("young.png", 30);
    await pixels([path], cache);
    expect(readdirSync(cache.directory)).toEqual(["films"]);
  });

  it("does not read a file again whose path, size and times are as noted", async () => {
    const cache = newCache();
    const [path, other] = [await film("noted.png", 40), await film("stranger.png", 50)];
    later();
    await pixels([path], cache);
    const [note] = notes(cache);
    await pixels([other], cache);
    const strange = notes(cache).find((each) => each !== note);
    copyFileSync(strange!, note!); // as if the file held the other's bytes
    expect(await pixels([path], cache)).toEqual(await pixels([other]));
  });

  it("makes anew what a note says wrongly, and does not file it under the note's bytes", async () => {
    const cache = newCache();
    const path = await film("misnoted.png", 60);
    later();
    await pixels([path], cache);
    const [note] = notes(cache);
    for (const text of ["0".repeat(64), "0".repeat(10), "", "x".repeat(64)]) {
      writeFileSync(note!, text);
      expect(await pixels([path], cache)).toEqual(await pixels([path]));
      expect(films(cache)).toHaveLength(1);
      expect(readFileSync(note!, "latin1")).toMatch(/^[1-9a-f][0-9a-f]{63}$/);
    }
  });

  it("has one entry for files of equal bytes, whatever their names", async () => {
    const cache = newCache();
    const path = await film("one.png", 70);
    const copies = ["two.png", "three.png"].map((name) => join(folder, name));
    for (const copy of copies) copyFileSync(path, copy);
    await pixels([path], cache);
    await pixels(copies, cache);
    expect(cache.stats).toEqual({ hits: 2, misses: 1, rebuilt: 0 });
    expect(films(cache)).toHaveLength(1);
  });

  it("makes a damaged entry anew: any byte changed, cut anywhere, or empty", async () => {
    const cache = newCache();
    const path = await film("damaged.png", 80);
    later();
    const expected = await pixels([path], cache);
    const [entry] = films(cache);
    const whole = readFileSync(entry!);
    let rebuilt = 0;
    for (let at = 0; at < whole.length; at++) {
      const damaged = Buffer.from(whole);
      damaged[at]! ^= 1 << (at % 8);
      writeFileSync(entry!, damaged);
      expect(await pixels([path], cache)).toEqual(expected);
      expect(cache.stats.rebuilt).toBe(++rebuilt);
      expect(readFileSync(entry!).equals(whole)).toBe(true);
    }
    for (let length = 0; length < whole.length; length += 7) {
      truncateSync(entry!, length);
      expect(await pixels([path], cache)).toEqual(expected);
      expect(cache.stats.rebuilt).toBe(++rebuilt);
    }
    expect(cache.stats.misses).toBe(1);
  });

  it("is not disturbed by files that a crash left unfinished", async () => {
    const cache = newCache();
    const path = await film("crashed.png", 90);
    await pixels([path], cache);
    const [entry] = films(cache);
    const whole = readFileSync(entry!);
    rmSync(entry!);
    writeFileSync(`${entry}.1-0-0.tmp`, whole.subarray(0, 50));
    expect(await pixels([path], cache)).toEqual(await pixels([path]));
    expect(cache.stats).toEqual({ hits: 0, misses: 2, rebuilt: 0 });
  });

  it("keeps nothing of a broken image, and shows its error each time", async () => {
    const cache = newCache();
    const path = join(folder, "broken.png");
    writeFileSync(path, (await encodePng(ndarray(new Uint8Array(4), [2, 2]))).subarray(0, 45));
    for (let round = 0; round < 2; round++) {
      await expect(pixels([path], cache)).rejects.toMatchObject({
        code: "image",
        problem: "truncated",
        file: path,
      });
    }
    await expect(pixels([join(folder, "nowhere.png")], cache)).rejects.toMatchObject({ problem: "missing" });
    expect(cache.stats).toEqual({ hits: 0, misses: 0, rebuilt: 0 });
  });

  it("serves several threads and callers at once", async () => {
    const cache = newCache();
    const paths = await Promise.all(Array.from({ length: 12 }, (_, i) => film(`shared-${i}.png`, 100 + i)));
    const options = { size: 4, batchSize: 5, cache } as const;
    const runs = [2, 2, 0].map(async (workers) => {
      const all: number[] = [];
      for await (const { images } of imageBatches(datasetOf(paths), { ...options, workers }))
        all.push(...images.data);
      return all;
    });
    const [first, ...rest] = await Promise.all(runs);
    for (const other of rest) expect(other).toEqual(first);
    const { hits, misses, rebuilt } = cache.stats;
    expect([hits + misses, rebuilt]).toEqual([36, 0]);
    expect(films(cache).filter((path) => path.endsWith(".tmp"))).toEqual([]);
  });

  it("stays in the folder that its name meant when the batches were made", async () => {
    const [path, before] = [await film("moving.png", 110), process.cwd()];
    const cwd = vi.spyOn(process, "cwd");
    try {
      cwd.mockReturnValue(folder);
      const cache = imageCache(`named-${made++}`);
      const source = imageBatches(datasetOf([path]), { size: 4, workers: 0, cache });
      cwd.mockReturnValue(before);
      for (let round = 0; round < 2; round++) for await (const _ of source);
      expect(cache.stats).toEqual({ hits: 1, misses: 1, rebuilt: 0 });
      expect(films({ ...cache, directory: join(folder, cache.directory) })).toHaveLength(1);
    } finally {
      cwd.mockRestore();
    }
  });

  it("says that an entry cannot be read, and does not take the image for a broken one", async () => {
    const cache = newCache();
    const path = await film("barred.png", 120);
    await pixels([path], cache);
    const [entry] = films(cache);
    rmSync(entry!);
    mkdirSync(entry!);
    for (const workers of [0, 1]) {
      const source = imageBatches(datasetOf([path]), { size: [3, 4], workers, cache, brokenImages: "skip" });
      const first = source.epoch(0)[Symbol.asyncIterator]().next();
      await expect(first).rejects.toThrow(`options.cache: "${entry}" cannot be read`);
      expect(source.skipped).toEqual([]);
    }
  });

  it("says that a folder cannot be written", async () => {
    const file = join(folder, "file");
    writeFileSync(file, "");
    const path = await film("a.png", 7);
    await expect(pixels([path], join(file, "cache"))).rejects.toThrow(
      `options.cache: "${join(file, "cache")}" cannot be written`,
    );
  });
});
