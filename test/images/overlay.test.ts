import ndarray from "ndarray";
import { heatColormap, outlineMask, overlayHeatmap, veilMask } from "radiolucent/images";
import { describe, expect, it } from "vitest";
import { film } from "./reference.js";

const map = (...values: number[]) => ndarray(Float32Array.from(values), [1, values.length]);

describe("overlayHeatmap", () => {
  it("leaves the film's grey where the map is 0", () => {
    const picture = overlayHeatmap(film([[0, 100, 255]]), map(0, 0, 0));
    expect(picture.shape).toEqual([1, 3, 3]);
    expect([...picture.data]).toEqual([0, 0, 0, 100, 100, 100, 255, 255, 255]);
  });

  it("mixes in opacity times the map of the colour", () => {
    const red = () => [255, 0, 0] as const;
    // share 0.5 * 0.8 = 0.4: 100 + 0.4 * (255 - 100) = 162, 100 - 0.4 * 100 = 60
    const picture = overlayHeatmap(film([[100]]), map(0.8), { opacity: 0.5, colormap: red });
    expect([...picture.data]).toEqual([162, 60, 60]);
  });

  it("resizes a coarse map to the film", () => {
    const white = () => [255, 255, 255] as const;
    const picture = overlayHeatmap(film([[0, 0, 0, 0]]), map(0, 1), { opacity: 1, colormap: white });
    // bilinear at half-pixel centres: 0, 0.25, 0.75, 1
    expect([0, 1, 2, 3].map((x) => picture.get(0, x, 0))).toEqual([0, 64, 191, 255]);
  });

  it("shows a range other than 0 to 255 and clips what lies outside", () => {
    const pixels = ndarray(Float32Array.of(-5, 0, 1, 7), [1, 4]);
    const picture = overlayHeatmap({ pixels, range: [-1, 1] }, map(0, 0, 0, 0));
    expect([0, 1, 2, 3].map((x) => picture.get(0, x, 0))).toEqual([0, 128, 255, 255]);
  });

  it("refuses NaN and values outside [0, 1]", () => {
    expect(() => overlayHeatmap(film([[0]]), map(Number.NaN))).toThrow(/map: holds NaN/);
    expect(() => overlayHeatmap(film([[0]]), map(1.5))).toThrow(/map: holds 1.5/);
    expect(() => overlayHeatmap(film([[0]]), map(1), { opacity: 2 })).toThrow(/opacity: is 2/);
  });
});

describe("heatColormap", () => {
  it("grows steadily lighter (relative luminance, ITU-R BT.709)", () => {
    const luminance = (value: number) => {
      const [red, green, blue] = heatColormap(value).map((channel) => (channel / 255) ** 2.2) as [
        number,
        number,
        number,
      ];
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    for (let i = 1; i <= 20; i++) expect(luminance(i / 20)).toBeGreaterThan(luminance((i - 1) / 20));
  });
});

describe("outlineMask", () => {
  it("colours the mask's own pixels that touch the outside or the rim, and no others", () => {
    const picture = ndarray(new Uint8Array(5 * 6 * 3), [5, 6, 3]);
    const mask = ndarray(
      Uint8Array.from([
        ...[0, 0, 0, 0, 0, 0],
        ...[0, 1, 1, 1, 0, 1],
        ...[0, 1, 1, 1, 0, 1],
        ...[0, 1, 1, 1, 0, 0],
        ...[0, 0, 0, 0, 0, 0],
      ]),
      [5, 6],
    );
    outlineMask(picture, mask, [0, 255, 0]);
    const drawn = Array.from({ length: 5 }, (_, y) =>
      Array.from({ length: 6 }, (_, x) => picture.get(y, x, 1) / 255),
    );
    expect(drawn).toEqual([
      [0, 0, 0, 0, 0, 0],
      [0, 1, 1, 1, 0, 1],
      [0, 1, 0, 1, 0, 1],
      [0, 1, 1, 1, 0, 0],
      [0, 0, 0, 0, 0, 0],
    ]);
    expect(picture.data.filter((_, i) => i % 3 !== 1).every((value) => value === 0)).toBe(true);
  });

  it("refuses a mask of another shape", () => {
    const picture = ndarray(new Uint8Array(12), [2, 2, 3]);
    expect(() => outlineMask(picture, ndarray(new Uint8Array(2), [1, 2]), [0, 0, 0])).toThrow(
      /shape \[1,2\]/,
    );
  });
});

describe("veilMask", () => {
  it("mixes the colour into the pixels of the mask by its opacity, and leaves the others", () => {
    const picture = ndarray(new Uint8Array(6).fill(100), [1, 2, 3]);
    const mask = ndarray(Uint8Array.of(0, 1), [1, 2]);
    veilMask(picture, mask, [200, 100, 0], 0.25);
    expect([...picture.data]).toEqual([100, 100, 100, 125, 100, 75]);
  });

  it("refuses a mask of another shape and an opacity outside [0, 1]", () => {
    const picture = ndarray(new Uint8Array(12), [2, 2, 3]);
    expect(() => veilMask(picture, ndarray(new Uint8Array(2), [1, 2]), [0, 0, 0])).toThrow(/shape \[1,2\]/);
    expect(() => veilMask(picture, ndarray(new Uint8Array(4), [2, 2]), [0, 0, 0], 1.5)).toThrow(
      /opacity.*1\.5/,
    );
  });
});
