import { readFileSync } from "node:fs";
import { join } from "node:path";
import ndarray from "ndarray";
import { type AdaptiveHistogramOptions, equalizeAdaptiveHistogram, type Image } from "radiolucent/images";
import { decodeImage } from "radiolucent/node";
import { describe, expect, it } from "vitest";
import { sharedData } from "../shared-data.js";
import { film } from "./reference.js";

const {
  cases,
  real,
}: {
  readonly cases: readonly {
    readonly dtype: "uint8" | "uint16" | "float32";
    readonly pixels: number[][];
    readonly options: AdaptiveHistogramOptions;
    readonly equalized: number[][];
  }[];
  readonly real: { readonly file: string; readonly step: number; readonly values: number[] };
} = JSON.parse(readFileSync(new URL("../fixtures/adaptiveHistogram.json", import.meta.url), "utf8"));

function imageOf({ dtype, pixels }: (typeof cases)[number]): Image {
  const shape = [pixels.length, pixels[0]!.length];
  const values = pixels.flat();
  switch (dtype) {
    case "uint8":
      return { pixels: ndarray(Uint8Array.from(values), shape), range: [0, 255] };
    case "uint16":
      return { pixels: ndarray(Uint16Array.from(values), shape), range: [0, 65535] };
    case "float32":
      return {
        pixels: ndarray(
          Float32Array.from(values, (value) => value / 65535),
          shape,
        ),
        range: [0, 1],
      };
  }
}

describe("equalizeAdaptiveHistogram", () => {
  it("equals scikit-image's equalize_adapthist: odd and narrow sizes, any kernel, clip limit and bins, 8 and 16 bits", () => {
    for (const given of cases.filter(({ dtype }) => dtype !== "float32")) {
      const result = equalizeAdaptiveHistogram(imageOf(given), given.options).pixels;
      given.equalized.flat().forEach((value, i) => {
        expect(Math.abs(result.data[i]! - value)).toBeLessThan(1e-6);
      });
    }
  });

  it("equals it for float images but for pixels that rounding puts into the next of the 2^14 levels", () => {
    for (const given of cases.filter(({ dtype }) => dtype === "float32")) {
      const result = equalizeAdaptiveHistogram(imageOf(given), given.options).pixels.data;
      const gaps = given.equalized.flat().map((value, i) => Math.abs(result[i]! - value));
      expect(gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length).toBeLessThan(1e-4);
      expect(Math.max(...gaps)).toBeLessThan(0.03);
    }
  });

  it.skipIf(sharedData === undefined)(
    "equals it on a real film (skipped: ../shared/data is absent)",
    async () => {
      const result = equalizeAdaptiveHistogram(await decodeImage(join(sharedData!, real.file))).pixels.data;
      real.values.forEach((value, i) => {
        expect(Math.abs(result[i * real.step]! - value)).toBeLessThan(1e-6);
      });
    },
  );

  it("depends neither on the image's range nor on a stretch of its values", () => {
    const { pixels } = cases[1]!;
    const plain = equalizeAdaptiveHistogram(film(pixels));
    const shape = [pixels.length, pixels[0]!.length];
    const stretched = Float32Array.from(pixels.flat(), (value) => 4 * value - 1000);
    const moved = equalizeAdaptiveHistogram({ pixels: ndarray(stretched, shape), range: [-1024, 1024] });
    expect([...moved.pixels.data]).toEqual([...plain.pixels.data]);
    expect(plain.range).toEqual([0, 1]);
  });

  it("takes 0 and 1, and makes a constant image 1 everywhere as scikit-image does", () => {
    const { data } = equalizeAdaptiveHistogram(film(cases[0]!.pixels)).pixels;
    expect([Math.min(...data), Math.max(...data)]).toEqual([0, 1]);
    for (const value of [0, 1, 128, 255]) {
      const rows = Array.from({ length: 9 }, () => Array(11).fill(value));
      expect(new Set(equalizeAdaptiveHistogram(film(rows)).pixels.data)).toEqual(new Set([1]));
    }
  });

  it("refuses options out of range, no pixels, and pixels that are not finite", () => {
    const image = film([[1, 2]]);
    expect(() => equalizeAdaptiveHistogram(image, { clipLimit: 1.1 })).toThrow(/options.clipLimit: is 1.1/);
    expect(() => equalizeAdaptiveHistogram(image, { kernelSize: 0 })).toThrow(/options.kernelSize: holds 0/);
    expect(() => equalizeAdaptiveHistogram(image, { kernelSize: [1, 2.5] })).toThrow(
      /options.kernelSize: holds 2.5/,
    );
    expect(() => equalizeAdaptiveHistogram(image, { bins: 0 })).toThrow(/options.bins: is 0/);
    expect(() => equalizeAdaptiveHistogram(film([[]]))).toThrow(/nothing to equalize/);
    const broken = { pixels: ndarray(Float32Array.of(0, Number.NaN), [1, 2]), range: [0, 1] as const };
    expect(() => equalizeAdaptiveHistogram(broken)).toThrow(/image.pixels: holds NaN/);
  });
});
