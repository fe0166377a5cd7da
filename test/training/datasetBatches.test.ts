import ndarray from "ndarray";
import { describe, expect, it, vi } from "vitest";
import { ImageError } from "../../src/errors.js";
import type { Image } from "../../src/image.js";
import type { Dataset, Study } from "../../src/labels/dataset.js";
import { labelMatrix } from "../../src/labels/labelMatrix.js";
import type { Batch, SkippedImage } from "../../src/training/batch.js";
import { type DatasetBatchesOptions, datasetBatches } from "../../src/training/datasetBatches.js";

/** Studies 0, 1, 2, ...: image and label tell the number. */
function datasetOf(count: number): Dataset {
  return {
    name: "numbers",
    studies: Array.from({ length: count }, (_, i) => ({ imageId: `${i}`, patientId: `p${i}` })),
    labels: labelMatrix(
      ["odd"],
      Array.from({ length: count }, (_, i) => [i % 2]),
    ),
    account: { rowsRead: count, rowsKept: count, dropped: [], changed: [] },
  };
}

const flat = (value: number): Image => ({
  pixels: ndarray(new Float32Array(4).fill(value), [2, 2]),
  range: [0, 1],
});
const numberImage = ({ imageId }: Study) => flat(Number(imageId));
const usual = { size: 2, batchSize: 4, normalization: { method: "unit" }, load: numberImage } as const;

async function collect(batches: AsyncIterable<Batch>): Promise<Batch[]> {
  const list: Batch[] = [];
  for await (const batch of batches) list.push(batch);
  return list;
}

const idsOf = (batches: readonly Batch[]) =>
  batches.map(({ studies }) => studies.map(({ imageId }) => Number(imageId)));

const turns = (count: number) => new Promise((resolve) => setTimeout(resolve, count));

const broken = (numbers: readonly number[]) => (study: Study) => {
  if (numbers.includes(Number(study.imageId)))
    throw new ImageError(study.imageId, "truncated", "is cut short");
  return numberImage(study);
};

describe("datasetBatches", () => {
  it("keeps the dataset's order without shuffle; images, labels and studies agree; the last batch is smaller", async () => {
    const source = datasetBatches(datasetOf(10), usual);
    expect(source).toMatchObject({ classes: ["odd"], size: 10, batchSize: 4, skipped: [] });
    expect(source.format).toEqual({ height: 2, width: 2, channels: 1, normalization: { method: "unit" } });
    const batches = await collect(source);
    expect(idsOf(batches)).toEqual([
      [0, 1, 2, 3],
      [4, 5, 6, 7],
      [8, 9],
    ]);
    const last = batches[2]!;
    expect(last.images.shape).toEqual([2, 2, 2, 1]);
    expect(Array.from(last.images.data)).toEqual([8, 8, 8, 8, 9, 9, 9, 9]);
    expect(last.labels.values.shape).toEqual([2, 1]);
    expect(Array.from(last.labels.values.data)).toEqual([0, 1]);
  });

  it("resizes, then normalises, then repeats the grey value in three channels", async () => {
    const load = () => ({
      pixels: ndarray(Uint8Array.of(0, 51, 102, 255), [2, 2]),
      range: [0, 255] as const,
    });
    const [batch] = await collect(
      datasetBatches(datasetOf(1), {
        ...usual,
        load,
        size: [1, 2],
        channels: 3,
        normalization: { method: "statistics", mean: 0.1, standardDeviation: 0.5 },
      }),
    );
    expect(batch!.images.shape).toEqual([1, 1, 2, 3]);
    // columns (0 + 102) / 2 = 51 and (51 + 255) / 2 = 153 of 255: 0.2 and 0.6
    const expected = [0.2, 0.2, 0.2, 1, 1, 1];
    for (const [i, value] of batch!.images.data.entries()) expect(value).toBeCloseTo(expected[i]!, 6);
  });

  it("shuffles each epoch anew, the same for the same seed, with every study once", async () => {
    const shuffled = (seed: number) => datasetBatches(datasetOf(10), { ...usual, shuffle: true, seed });
    const source = shuffled(7);
    const first = idsOf(await collect(source.epoch(0)));
    const second = idsOf(await collect(source.epoch(1)));
    expect(first.flat().sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(second.flat().sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(first).not.toEqual(second);
    const again = shuffled(7);
    expect(idsOf(await collect(again.epoch(1)))).toEqual(second);
    expect(idsOf(await collect(again))).toEqual(first);
    expect(idsOf(await collect(shuffled(8)))).not.toEqual(first);
  });

  it("gives the same batches whichever images are ready first", async () => {
    const slow = async (study: Study) => {
      await turns((Number(study.imageId) * 7) % 5);
      return numberImage(study);
    };
    const options = { ...usual, shuffle: true, seed: 3 };
    const slowly = await collect(datasetBatches(datasetOf(30), { ...options, load: slow, prefetch: 3 }));
    expect(slowly).toEqual(await collect(datasetBatches(datasetOf(30), { ...options, prefetch: 0 })));
  });

  it.each([0, 1, 2])(
    "holds at most prefetch (%d) batches ahead of the one in use, four loads at once",
    async (prefetch) => {
      let started = 0;
      let running = 0;
      let most = 0;
      const load = async (study: Study) => {
        started++;
        most = Math.max(most, ++running);
        await turns(1);
        running--;
        return numberImage(study);
      };
      let used = 0;
      for await (const batch of datasetBatches(datasetOf(48), { ...usual, load, batchSize: 6, prefetch })) {
        used += batch.studies.length;
        const allowed = Math.min(48, used + 6 * prefetch);
        await vi.waitFor(() => expect(started).toBe(allowed));
        await turns(5);
        expect(started).toBe(allowed);
      }
      expect(used).toBe(48);
      expect(most).toBeLessThanOrEqual(4);
      expect(most).toBeGreaterThan(1);
    },
  );

  it("loads nothing before it is asked and no more once the loop has ended", async () => {
    let started = 0;
    const load = async (study: Study) => {
      started++;
      await turns(2);
      return numberImage(study);
    };
    const source = datasetBatches(datasetOf(100), { ...usual, load, prefetch: 5 });
    const epoch = source.epoch(0);
    await turns(5);
    expect(started).toBe(0);
    for await (const _ of epoch) break;
    const atEnd = started;
    await turns(30);
    expect(started).toBe(atEnd);
    expect(started).toBeLessThan(24);
  });

  it("ends with the signal's reason: before it starts, between batches and while it waits for a load", async () => {
    const reason = new Error("stopped");
    const source = datasetBatches(datasetOf(20), usual);
    await expect(collect(source.epoch(0, { signal: AbortSignal.abort(reason) }))).rejects.toBe(reason);

    const between = new AbortController();
    const seen: Batch[] = [];
    const reading = (async () => {
      for await (const batch of source.epoch(0, { signal: between.signal })) {
        seen.push(batch);
        between.abort(reason);
      }
    })();
    await expect(reading).rejects.toBe(reason);
    expect(seen).toHaveLength(1);

    const waiting = new AbortController();
    const never = () => new Promise<Image>(() => {});
    const stuck = collect(
      datasetBatches(datasetOf(3), { ...usual, load: never }).epoch(0, { signal: waiting.signal }),
    );
    setTimeout(() => waiting.abort(reason), 5);
    await expect(stuck).rejects.toBe(reason);
  });

  it("skip: leaves broken images out, tells each once, and keeps the other batches as they were", async () => {
    const told: SkippedImage[] = [];
    let loads = 0;
    const load = (study: Study) => {
      if (study.imageId === "5") loads++;
      return broken([1, 5, 8, 9])(study);
    };
    const source = datasetBatches(datasetOf(10), {
      ...usual,
      load,
      brokenImages: "skip",
      onSkip: (skip) => told.push(skip),
    });
    expect(idsOf(await collect(source))).toEqual([
      [0, 2, 3],
      [4, 6, 7],
    ]);
    expect(idsOf(await collect(source.epoch(1)))).toEqual([
      [0, 2, 3],
      [4, 6, 7],
    ]);
    expect(told.map(({ imageId }) => imageId)).toEqual(["1", "5", "8", "9"]);
    expect(source.skipped).toEqual(told);
    expect(told[0]!.error).toBeInstanceOf(ImageError);
    expect(loads).toBe(1);
  });

  it("skip: the images of a batch with a gap stand at the places of its studies", async () => {
    const [batch] = await collect(
      datasetBatches(datasetOf(4), { ...usual, load: broken([1]), brokenImages: "skip" }),
    );
    expect(batch!.images.shape).toEqual([3, 2, 2, 1]);
    expect(Array.from(batch!.images.data)).toEqual([0, 0, 0, 0, 2, 2, 2, 2, 3, 3, 3, 3]);
    expect(Array.from(batch!.labels.values.data)).toEqual([0, 0, 1]);
  });

  it("skip: an epoch of which nothing can be read is an error that names the first fault", async () => {
    const source = datasetBatches(datasetOf(3), { ...usual, load: broken([0, 1, 2]), brokenImages: "skip" });
    await expect(collect(source)).rejects.toThrow(
      "not one of its 3 images can be read; the first: 0: is cut short",
    );
  });

  it("stop (default): ends with the image's error when its batch is due, not before", async () => {
    const seen: Batch[] = [];
    const reading = (async () => {
      for await (const batch of datasetBatches(datasetOf(12), {
        ...usual,
        load: broken([6, 9]),
        prefetch: 2,
      })) {
        seen.push(batch);
      }
    })();
    await expect(reading).rejects.toMatchObject({ code: "image", file: "6" });
    expect(idsOf(seen)).toEqual([[0, 1, 2, 3]]);
  });

  it("skip: an error that is no ImageError ends the iteration all the same", async () => {
    const load = () => Promise.reject(new RangeError("a bug"));
    const source = datasetBatches(datasetOf(3), { ...usual, load, brokenImages: "skip" });
    await expect(collect(source)).rejects.toThrow("a bug");
  });

  it("uses the dataset's loadImage where no load is given", async () => {
    const { load, ...options } = usual;
    const dataset = { ...datasetOf(2), loadImage: load };
    expect(idsOf(await collect(datasetBatches(dataset, options)))).toEqual([[0, 1]]);
    expect(() => datasetBatches(datasetOf(2), options)).toThrow("options.load: is absent");
  });

  it("gives no batch for an empty dataset", async () => {
    expect(await collect(datasetBatches(datasetOf(0), usual))).toEqual([]);
  });

  it.each<[string, Partial<DatasetBatchesOptions<Study>>]>([
    ["batchSize", { batchSize: 0 }],
    ["batchSize", { batchSize: 1.5 }],
    ["prefetch", { prefetch: -1 }],
    ["size", { size: 0 }],
    ["size", { size: [4, Number.NaN] }],
    ["channels", { channels: 2 as 1 }],
  ])("refuses a wrong %s", (option, changes) => {
    expect(() => datasetBatches(datasetOf(2), { ...usual, ...changes })).toThrow(`options.${option}: is`);
  });
});
