import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { afterAll, beforeEach, describe, expect, it, vi } from "vitest";
import { resizeImage } from "../../../src/images/resizeImage.js";
import { decodeImage } from "../../../src/io/decodeImage.js";
import { loadInWorker } from "../../../src/io/decoding/workerPool.js";
import { imageBatches } from "../../../src/io/imageBatches.js";
import { imageCache } from "../../../src/io/imageCache.js";
import type { Dataset } from "../../../src/labels/dataset.js";
import { labelMatrix } from "../../../src/labels/labelMatrix.js";
import { pngFile } from "./pngFile.js";

const folder = mkdtempSync(join(tmpdir(), "radiolucent-workers-"));
afterAll(() => rmSync(folder, { recursive: true }));

function datasetOf(paths: readonly string[]): Dataset {
  return {
    name: "files",
    studies: paths.map((path, i) => ({ imageId: `${i}`, patientId: `${i}`, path })),
    labels: labelMatrix(
      ["a"],
      paths.map(() => [0]),
    ),
    account: { rowsRead: paths.length, rowsKept: paths.length, dropped: [], changed: [] },
  };
}

/** Grey PNG files of their own noise, 64 x 48. */
function films(count: number, name = "film"): string[] {
  return Array.from({ length: count }, (_, i) => {
    const path = join(folder, `${name}-${i}.png`);
    const samples = Uint8Array.from({ length: 3071 }, (_, k) => (k * (i + 3) * 31 + ((k * k) >> 3)) & 255);
    const png = { width: 64, height: 48, depth: 8, colourType: 0, samples, filters: [4, 3] } as const;
    writeFileSync(path, pngFile(png));
    return path;
  });
}

const filesBelow = (directory: string) =>
  readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());

async function pixelsOf(batches: AsyncIterable<{ images: { data: Float32Array } }>): Promise<Float32Array[]> {
  const all: Float32Array[] = [];
  for await (const { images } of batches) all.push(images.data.slice());
  return all;
}

describe("decoding in workers", () => {
  it("gives the bits of the calling thread, for PNG and JPEG, grey and colour, of 8 and 16 bits", async () => {
    const paths = films(5);
    const colours = sharp(Buffer.from(Uint8Array.from({ length: 900 }, (_, i) => (i * 7) % 256)), {
      raw: { width: 20, height: 15, channels: 3 },
    });
    for (const [name, file] of Object.entries({
      "colour.jpg": await colours.clone().jpeg().toBuffer(),
      "palette.png": await colours.clone().png({ palette: true }).toBuffer(),
      "wide.png": await colours.clone().toColourspace("rgb16").png().toBuffer(),
      "turned.jpg": await colours.clone().withMetadata({ orientation: 6 }).jpeg().toBuffer(),
    })) {
      paths.push(join(folder, name));
      writeFileSync(paths.at(-1)!, file);
    }
    const options = { size: [17, 23], batchSize: 4, normalization: { method: "unit" } } as const;
    const here = await pixelsOf(imageBatches(datasetOf(paths), { ...options, workers: 0 }));
    for (const workers of [1, 3, undefined]) {
      const source = imageBatches(datasetOf(paths), {
        ...options,
        ...(workers !== undefined && { workers }),
      });
      expect(await pixelsOf(source)).toEqual(here);
    }
    const last = resizeImage(await decodeImage(paths.at(-1)!), 17, 23).pixels.data;
    expect(here.at(-1)!.slice(-17 * 23)).toEqual(last.map((value) => value / 255));
  });

  it("goes on while the calling thread is busy: all batches ahead are ready after a second of it", async () => {
    const directory = join(folder, "busy");
    const source = imageBatches(datasetOf(films(40)), {
      size: 16,
      batchSize: 8,
      prefetch: 2,
      workers: 2,
      cache: directory,
    });
    const batches = source[Symbol.asyncIterator]();
    await batches.next(); // the workers have started, and two further batches were handed over
    await batches.next();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
    expect(filesBelow(join(directory, "films"))).toHaveLength(8 * 4);
    expect((await batches.next()).done).toBe(false);
    await batches.return?.();
  });

  it("has the errors of the calling thread, with file and kind", async () => {
    const text = join(folder, "text.png");
    const half = join(folder, "half.png");
    writeFileSync(text, "text");
    writeFileSync(
      half,
      pngFile({
        width: 9,
        height: 9,
        depth: 8,
        colourType: 0,
        samples: new Uint8Array(9),
        filters: [0],
      }).subarray(0, 50),
    );
    const paths = [text, half, join(folder, "absent.png"), ...films(1)];
    for (const workers of [0, 2]) {
      const source = imageBatches(datasetOf(paths), { size: 4, workers, brokenImages: "skip" });
      await pixelsOf(source);
      expect(source.skipped.map(({ error }) => error)).toMatchObject([
        { code: "image", problem: "not-an-image", file: text },
        { code: "image", problem: "truncated", file: half },
        { code: "image", problem: "missing", file: join(folder, "absent.png") },
      ]);
      const stopping = imageBatches(datasetOf([folder]), { size: 4, workers })[Symbol.asyncIterator]();
      await expect(stopping.next()).rejects.toMatchObject({ code: "EISDIR" });
    }
  });

  it("takes tasks back that have not begun when the signal is aborted, and rejects with its reason", async () => {
    const [path] = films(1);
    const directory = join(folder, "aborted");
    const request = { path: path!, height: 8, width: 8, cache: undefined, preprocessing: "" };
    await loadInWorker(request, 1, undefined);
    const controller = new AbortController();
    const reason = new Error("stopped");
    const loads = Array.from({ length: 200 }, (_, i) =>
      loadInWorker({ ...request, height: 8 + i, cache: directory }, 1, controller.signal),
    );
    controller.abort(reason);
    for (const load of loads) await expect(load).rejects.toBe(reason);
    await expect(loadInWorker(request, 1, controller.signal)).rejects.toBe(reason);
    await loadInWorker(request, 1, undefined); // waits for those that had begun
    expect(
      filesBelow(folder).filter(({ parentPath }) => parentPath.startsWith(directory)).length,
    ).toBeLessThan(20);
  });

  it("refuses a number of workers that is none", () => {
    for (const workers of [-1, 1.5, Number.NaN]) {
      expect(() => imageBatches(datasetOf([]), { size: 4, workers })).toThrow(
        `options.workers: is ${workers}`,
      );
    }
  });

  it("keeps no process alive, whether its batches were used up or left", { timeout: 60_000 }, () => {
    const [path] = films(1);
    const module = fileURLToPath(new URL("../../../src/io/imageBatches.ts", import.meta.url));
    const labels = fileURLToPath(new URL("../../../src/labels/labelMatrix.ts", import.meta.url));
    const script = join(folder, "script.mts");
    writeFileSync(
      script,
      `import { imageBatches } from ${JSON.stringify(module)};
       import { labelMatrix } from ${JSON.stringify(labels)};
       const studies = Array.from({ length: 50 }, (_, i) => ({ imageId: String(i), patientId: "p", path: ${JSON.stringify(path)} }));
       const dataset = { name: "n", studies, labels: labelMatrix(["a"], studies.map(() => [0])), account: {} };
       for await (const batch of imageBatches(dataset as never, { size: 8, workers: 2 }));
       for await (const batch of imageBatches(dataset as never, { size: 8, workers: 2 })) break;
       process.stdout.write("done");`,
    );
    const cwd = fileURLToPath(new URL("../../../", import.meta.url));
    const result = spawnSync(process.execPath, ["--import", "tsx", script], { cwd, timeout: 30_000 });
    expect([String(result.stdout), String(result.stderr), result.status]).toEqual(["done", "", 0]);
  });
});

describe("a worker that ends", () => {
  beforeEach(() => {
    vi.resetModules();
    vi.doUnmock("node:worker_threads");
  });

  async function poolOf(code: string): Promise<typeof loadInWorker> {
    vi.doMock("node:worker_threads", async (original) => {
      const { Worker, ...rest } = await original<typeof import("node:worker_threads")>();
      class Ending extends Worker {
        constructor() {
          super(code, { eval: true });
        }
      }
      return { ...rest, Worker: Ending };
    });
    return (await import("../../../src/io/decoding/workerPool.js")).loadInWorker;
  }

  it.each([
    ["exits", "process.exit(3)", "exit code 3"],
    ["throws", 'throw new Error("no memory")', "no memory"],
  ])("rejects all its tasks when it %s, and the next task has a new one", async (_, action, says) => {
    const load = await poolOf(
      `const { parentPort } = require("node:worker_threads"); parentPort.once("message", () => { ${action} });`,
    );
    const request = { path: "a.png", height: 1, width: 1, cache: undefined, preprocessing: "" };
    for (let round = 0; round < 2; round++) {
      const loads = [load(request, 1, undefined), load(request, 1, undefined)];
      for (const { status, reason } of (await Promise.allSettled(loads)) as PromiseRejectedResult[]) {
        expect(status).toBe("rejected");
        expect(String(reason)).toContain(`the worker that decodes images ended: ${says}`);
      }
    }
  });
});

describe("an image cache beside workers", () => {
  it("counts what the workers found", async () => {
    const cache = imageCache(join(folder, "counted"));
    const source = imageBatches(datasetOf(films(6, "counted")), { size: 8, workers: 2, cache });
    const first = await pixelsOf(source.epoch(0));
    expect(cache.stats).toEqual({ hits: 0, misses: 6, rebuilt: 0 });
    expect(await pixelsOf(source.epoch(1))).toEqual(first);
    expect(cache.stats).toEqual({ hits: 6, misses: 6, rebuilt: 0 });
  });
});
