import ndarray, { type NdArray } from "ndarray";
import { describe, expect, it, vi } from "vitest";
import { balancedBatches } from "../../src/balance/balancedBatches.js";
import { oversampleRare } from "../../src/balance/oversampleRare.js";
import { everySample } from "../../src/balance/samplingPlan.js";
import { ImageError } from "../../src/errors.js";
import type { Image } from "../../src/image.js";
import { applyUncertaintyPolicy } from "../../src/labels/applyUncertaintyPolicy.js";
import type { Dataset, Masks, Study } from "../../src/labels/dataset.js";
import { labelMatrix } from "../../src/labels/labelMatrix.js";
import { selectStudies } from "../../src/labels/selectStudies.js";
import { phantomDataset } from "../../src/phantom/phantomDataset.js";
import type { PhantomStudy } from "../../src/phantom/phantomStudy.js";
import type { Batch, BatchSource, SkippedImage } from "../../src/training/batch.js";
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

  it("loads as many images at once as it is told, those of the batches ahead too", async () => {
    const most = async (loadsAtOnce: number) => {
      let running = 0;
      let seen = 0;
      const load = async (study: Study) => {
        seen = Math.max(seen, ++running);
        await turns(2);
        running--;
        return numberImage(study);
      };
      const source = datasetBatches(datasetOf(24), {
        ...usual,
        load,
        batchSize: 6,
        prefetch: 2,
        loadsAtOnce,
      });
      await collect(source);
      return seen;
    };
    expect(await most(1)).toBe(1);
    expect(await most(7)).toBe(7);
    expect(await most(Number.POSITIVE_INFINITY)).toBe(18);
    expect(() => datasetBatches(datasetOf(1), { ...usual, loadsAtOnce: 0 })).toThrow(
      "options.loadsAtOnce: is 0",
    );
  });

  it("aborts the signal that it gave to the loads ahead once the loop has ended", async () => {
    const signals = new Set<AbortSignal>();
    const load = (study: Study, signal: AbortSignal) => {
      signals.add(signal);
      return numberImage(study);
    };
    for await (const _ of datasetBatches(datasetOf(8), { ...usual, load })) {
      expect([...signals].map(({ aborted }) => aborted)).toEqual([false]);
      break;
    }
    expect([...signals].map(({ aborted }) => aborted)).toEqual([true]);
  });

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

describe("masks, augmentation and plans of datasetBatches", () => {
  const size = 16;
  const phantoms = phantomDataset({ patients: 4, size, findings: ["Effusion"], seed: 5 });
  const options = { size, batchSize: 3, normalization: { method: "unit" } } as const;
  const turning = { rotation: 40, shift: 0.2 } as const;
  const first = async (source: BatchSource, epoch = 0) => (await collect(source.epoch(epoch)))[0]!;
  const slice = (values: NdArray<Float32Array>, at: number, channel = 0) =>
    Array.from({ length: size * size }, (_, i) => values.get(at, Math.floor(i / size), i % size, channel));

  it("holds the masks asked for in their order, as last axis, and NaN where a study has none", async () => {
    const some = {
      ...phantoms,
      loadMasks: (study: PhantomStudy) => {
        const { Lungs, Heart } = phantoms.loadMasks!(study) as Masks;
        return study === phantoms.studies[1] ? { Heart: Heart! } : { Heart: Heart!, Lungs: Lungs! };
      },
    };
    const batch = await first(datasetBatches(some, { ...options, masks: ["Lungs", "Heart"] }));
    expect(batch.masks!.shape).toEqual([3, size, size, 2]);
    const truth = phantoms.studies.map((study) => phantoms.loadMasks!(study) as Masks);
    expect(slice(batch.masks!, 0, 0)).toEqual(Array.from(truth[0]!.Lungs!.data));
    expect(slice(batch.masks!, 2, 1)).toEqual(Array.from(truth[2]!.Heart!.data));
    expect(slice(batch.masks!, 1, 0).every(Number.isNaN)).toBe(true);
    expect("masks" in (await first(datasetBatches(some, options)))).toBe(false);
  });

  it("augments image and masks alike: a mask that is drawn as the image stays so", async () => {
    const square = ndarray(
      Uint8Array.from({ length: size * size }, (_, i) => Number(i % size > 6 && i > 6 * size)),
      [size, size],
    );
    const drawn = {
      ...phantoms,
      loadImage: () => ({ pixels: square, range: [0, 1] as const }),
      loadMasks: () => ({ Lungs: square }),
    };
    const batch = await first(datasetBatches(drawn, { ...options, masks: ["Lungs"], augmentation: turning }));
    for (let at = 0; at < 3; at++) {
      const mask = slice(batch.masks!, at);
      const image = slice(batch.images, at);
      expect(image).not.toEqual(Array.from(square.data));
      // Bilinear against nearest: they are on the same side of one half but at edges.
      const apart = image.filter((value, i) => Math.abs(value - mask[i]!) > 0.75).length;
      expect(apart).toBeLessThanOrEqual(2);
    }
  });

  it("augments a sample by seed, epoch and image, whatever the batch, the order and the number loaded at once", async () => {
    const whole = await collect(datasetBatches(phantoms, { ...options, augmentation: turning, seed: 1 }));
    const single = await collect(
      datasetBatches(phantoms, { ...options, batchSize: 1, loadsAtOnce: 1, augmentation: turning, seed: 1 }),
    );
    const shuffled = await collect(
      datasetBatches(phantoms, { ...options, shuffle: true, augmentation: turning, seed: 1 }),
    );
    const byId = (batches: readonly Batch[]) =>
      new Map(
        batches.flatMap(({ studies, images }) =>
          studies.map(({ imageId }, i) => [imageId, slice(images, i)] as const),
        ),
      );
    const expected = byId(whole);
    for (const batches of [single, shuffled]) {
      for (const [imageId, pixels] of byId(batches)) expect(pixels).toEqual(expected.get(imageId));
    }
    const id = phantoms.studies[0]!.imageId;
    for (const [seed, epoch] of [
      [1, 1],
      [2, 0],
    ] as const) {
      const other = await collect(
        datasetBatches(phantoms, { ...options, augmentation: turning, seed }).epoch(epoch),
      );
      expect(byId(other).get(id)).not.toEqual(expected.get(id));
    }
  });

  it("takes an epoch from its plan: originals as they are, each copy changed in a way of its own", async () => {
    const plan = oversampleRare(phantoms.labels, { classes: ["Effusion"], copies: 2, seed: 3 });
    const source = datasetBatches(phantoms, { ...options, plan, augmentation: turning });
    expect(source.size).toBe(plan.size);
    const samples = (await collect(source)).flatMap(({ studies, images, labels }) =>
      studies.map((study, i) => ({ study, pixels: slice(images, i), label: labels.values.get(i, 0) })),
    );
    expect(samples.map(({ study }) => phantoms.studies.indexOf(study as PhantomStudy))).toEqual(
      plan.epoch(0).map(({ index }) => index),
    );
    const plain = await collect(datasetBatches(phantoms, options));
    const originals = new Map(
      plain.flatMap(({ studies, images }) =>
        studies.map((study, i) => [study.imageId, JSON.stringify(slice(images, i))]),
      ),
    );
    for (const { imageId } of phantoms.studies) {
      const copies = samples.filter(({ study }) => study.imageId === imageId);
      const seen = new Set(copies.map(({ pixels }) => JSON.stringify(pixels)));
      expect(seen.size).toBe(copies.length);
      expect(seen.has(originals.get(imageId)!)).toBe(true);
      expect(copies.length).toBe(copies[0]!.label === 1 ? 3 : 1);
    }
  });

  it("changes copies each in a way of its own, also where the dataset itself holds them", async () => {
    const copied = selectStudies(phantoms, [0, 1, 0, 0]);
    const batches = await collect(datasetBatches(copied, { ...options, augmentation: turning }));
    const seen = new Set(
      batches.flatMap(({ studies, images }) => studies.map((_, i) => JSON.stringify(slice(images, i)))),
    );
    expect(seen.size).toBe(4);
  });

  it("cuts a plan of batches only into its own batches or several of them", async () => {
    const dataset = datasetOf(12);
    const plan = balancedBatches(dataset.labels, { batchSize: 6, positiveShare: 1 / 3 });
    const positives = async (batchSize: number) =>
      (await collect(datasetBatches(dataset, { ...usual, plan, batchSize }))).map(({ labels }) =>
        labels.values.data.reduce((sum, value) => sum + value, 0),
      );
    expect(await positives(6)).toEqual([2, 2, 2]);
    expect(await positives(12)).toEqual([4, 2]);
    expect(() => datasetBatches(dataset, { ...usual, plan, batchSize: 8 })).toThrow(
      "options.batchSize: is 8 and the plan's batches are of 6; expected as many, or a multiple",
    );
  });

  it("takes all that a plan's epoch holds, be it more or less than its size says", async () => {
    const dataset = datasetOf(5);
    for (const indices of [[4, 3, 2, 1, 0, 4, 3], [2, 0], []]) {
      const plan = { samples: 5, size: 5, epoch: () => indices.map((index) => ({ index, augment: false })) };
      const batches = await collect(datasetBatches(dataset, { ...usual, plan }));
      expect(idsOf(batches).flat()).toEqual(indices);
    }
  });

  it("gives soft targets beside labels that stay unknown", async () => {
    const unsure = { ...phantoms, uncertain: { ...phantoms.labels, values: phantoms.labels.values } };
    const values = ndarray(
      phantoms.labels.values.data.map((value) => (value === 1 ? Number.NaN : value)),
      phantoms.labels.values.shape,
    );
    const soft = applyUncertaintyPolicy(
      { ...unsure, labels: { classes: ["Effusion"], values } },
      "smooth-ones",
    );
    const batches = await collect(datasetBatches(soft, { ...options, batchSize: 100 }));
    const { labels, targets } = batches[0]!;
    phantoms.labels.values.data.forEach((value, i) => {
      expect(labels.values.data[i]).toBe(value === 1 ? Number.NaN : 0);
      const target = targets!.values.data[i]!;
      if (value === 1) expect(target).toBeGreaterThan(0.5);
      else expect(target).toBe(0);
    });
  });

  it("refuses masks that are not there, a plan of another dataset, a plan beside shuffle, and faulty augmentation", () => {
    const plan = everySample(3);
    expect(() => datasetBatches(phantoms, { ...options, masks: ["Spine"] })).toThrow(
      'options.masks: "Spine" is no mask of the dataset; it has Lungs, Heart, Effusion',
    );
    expect(() => datasetBatches(phantoms, { ...options, plan })).toThrow(
      /^options.plan: was made for 3 samples and the dataset has/,
    );
    const own = everySample(phantoms.studies.length);
    expect(() => datasetBatches(phantoms, { ...options, plan: own, shuffle: true })).toThrow(
      /^options.shuffle: stands beside a plan/,
    );
    expect(() => datasetBatches(phantoms, { ...options, augmentation: { zoom: 2 } })).toThrow(
      /^options.zoom: is 2/,
    );
  });
});
