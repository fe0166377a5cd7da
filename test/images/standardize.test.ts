import fc from "fast-check";
import ndarray from "ndarray";
import { type Image, normalize, pixelStatistics, standardize, writeChannels } from "radiolucent/images";
import { describe, expect, it } from "vitest";
import { film, reference } from "./reference.js";

const float = (values: readonly number[], range: readonly [number, number]): Image => ({
  pixels: ndarray(Float32Array.from(values), [1, values.length]),
  range,
});

describe("standardize", () => {
  it("equals (unit - mean) / std of NumPy with the population deviation, to float32 rounding", () => {
    for (const { pixels, mean, standardDeviation } of reference.cases) {
      const expected = pixels.flat().map((value) => Math.fround((value / 255 - mean) / standardDeviation));
      const actual = standardize(film(pixels));
      expect(actual.shape).toEqual([pixels.length, pixels[0]!.length]);
      actual.data.forEach((value, i) => {
        expect(Math.abs(value - expected[i]!)).toBeLessThanOrEqual(2.4e-7 * Math.abs(expected[i]!) + 1e-12);
      });
    }
  });

  it("makes a constant image 0, whatever its value", () => {
    fc.assert(
      fc.property(fc.float({ min: 0, max: 1, noNaN: true }), (value) => {
        expect([...standardize(float([value, value, value], [0, 1])).data]).toEqual([0, 0, 0]);
      }),
    );
  });

  it("does not depend on the range in which the same picture is stored", () => {
    const eight = standardize({ pixels: ndarray(Uint8Array.of(0, 51, 255), [1, 3]), range: [0, 255] });
    const sixteen = standardize({
      pixels: ndarray(Uint16Array.of(0, 13107, 65535), [1, 3]),
      range: [0, 65535],
    });
    eight.data.forEach((value, i) => {
      expect(sixteen.data[i]).toBeCloseTo(value, 6);
    });
  });

  it("keeps the digits of a faint picture on a high level", () => {
    // deviations of ±1 on 10^6: the sum of squares minus the square of the sum would lose them in float32
    expect([...standardize(float([1e6 - 1, 1e6 + 1], [0, 2e6])).data]).toEqual([-1, 1]);
  });

  it("uses given statistics instead of the image's own", () => {
    // units 0 and 1: (0 - 0.5) / 0.25 and (1 - 0.5) / 0.25
    expect([...standardize(film([[0, 255]]), { mean: 0.5, standardDeviation: 0.25 }).data]).toEqual([-2, 2]);
  });

  it("refuses a deviation of 0", () => {
    expect(() => standardize(film([[0]]), { mean: 0, standardDeviation: 0 })).toThrow(/above 0/);
  });
});

describe("normalize", () => {
  it("gives unit pixels over the stated range, not over the image's extremes", () => {
    expect([...normalize(float([-1024, 0, 512], [-1024, 1024]), { method: "unit" }).data]).toEqual([
      0, 0.5, 0.75,
    ]);
  });

  it("reads the picture that a view shows", () => {
    const transposed = film([
      [0, 51],
      [255, 0],
    ]).pixels.transpose(1, 0) as Image["pixels"];
    const unit = normalize({ pixels: transposed, range: [0, 255] }, { method: "unit" });
    expect([...unit.data]).toEqual([0, 1, Math.fround(0.2), 0]);
  });

  it("refuses an empty range and another number of dimensions", () => {
    expect(() => normalize(float([1], [3, 3]), { method: "unit" })).toThrow(/range: is \[3, 3\]/);
    const cube = { pixels: ndarray(new Uint8Array(4), [1, 2, 2]), range: [0, 255] } as const;
    expect(() => normalize(cube, { method: "unit" })).toThrow(/shape \[1,2,2\]; expected \[height, width\]/);
  });
});

describe("pixelStatistics", () => {
  it("equals NumPy's mean and population std over all pixels of images of many sizes", async () => {
    const statistics = await pixelStatistics(reference.cases.map(({ pixels }) => film(pixels)));
    expect(statistics.images).toBe(reference.cases.length);
    expect(statistics.pixels).toBe(reference.pooled.pixels);
    expect(statistics.mean).toBeCloseTo(reference.pooled.mean, 12);
    expect(statistics.standardDeviation).toBeCloseTo(reference.pooled.standardDeviation, 12);
  });

  it("holds one image at a time", async () => {
    let alive = 0;
    async function* images() {
      for (let i = 0; i < 5; i++) {
        expect(alive).toBe(i);
        yield film([[i, i + 1]]);
        alive++;
      }
    }
    const values = [0, 1, 1, 2, 2, 3, 3, 4, 4, 5];
    const variance = values.reduce((sum, value) => sum + (value - 2.5) ** 2, 0) / values.length;
    const { mean, standardDeviation } = await pixelStatistics(images());
    expect(mean * 255).toBeCloseTo(2.5, 12);
    expect(standardDeviation * 255).toBeCloseTo(Math.sqrt(variance), 12);
  });

  it("is undefined without images", async () => {
    expect(await pixelStatistics([])).toEqual({
      mean: Number.NaN,
      standardDeviation: Number.NaN,
      images: 0,
      pixels: 0,
    });
  });

  it("ends with the signal's reason", async () => {
    const reason = new Error("enough");
    await expect(pixelStatistics([film([[1]])], { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

describe("writeChannels", () => {
  it("writes at its place and repeats grey over three channels", () => {
    const batch = new Float32Array(12);
    writeChannels(ndarray(Float32Array.of(1, 2), [1, 2]), batch, 1, 3);
    expect([...batch]).toEqual([0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 2]);
    const grey = new Float32Array(4);
    writeChannels(ndarray(Float32Array.of(1, 2), [1, 2]), grey, 1, 1);
    expect([...grey]).toEqual([0, 0, 1, 2]);
  });

  it("refuses an index past the batch", () => {
    expect(() => writeChannels(ndarray(Float32Array.of(1), [1, 1]), new Float32Array(2), 2, 1)).toThrow(
      /image 2/,
    );
  });
});
