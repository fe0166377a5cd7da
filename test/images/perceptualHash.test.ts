import { readdirSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import ndarray from "ndarray";
import { phantomDataset, renderPhantom } from "radiolucent";
import {
  applyAugmentation,
  hammingDistance,
  type Image,
  invertImage,
  noAugmentation,
  perceptualHash,
  resizeImage,
} from "radiolucent/images";
import { decodeImage } from "radiolucent/node";
import { describe, expect, it } from "vitest";
import { sharedData } from "../shared-data.js";
import { film } from "./reference.js";

const phantoms = phantomDataset({ patients: 12, seed: 4, size: 128 }).studies.map(
  (study) => renderPhantom(study, 128).image,
);

describe("perceptualHash", () => {
  it("has 64 hexadecimal digits whose bits are signs of cosine sums: rows of frequency down, columns across", () => {
    const wave = (down: number, across: number): Image => ({
      pixels: ndarray(
        Float32Array.from(
          { length: 64 * 64 },
          (_, i) =>
            0.5 +
            0.4 *
              Math.cos((Math.PI * down * (Math.floor(i / 64) + 0.5)) / 64) *
              Math.cos((Math.PI * across * ((i % 64) + 0.5)) / 64),
        ),
        [64, 64],
      ),
      range: [0, 1],
    });
    expect(perceptualHash(wave(1, 1))).toBe(`8${"0".repeat(63)}`);
    expect(perceptualHash(wave(2, 5))).toBe(`${"0".repeat(4)}08${"0".repeat(58)}`);
    expect(perceptualHash(wave(16, 16))).toBe(`${"0".repeat(63)}1`);
  });

  it("is all 0 for a constant image, whatever its value, and the opposite for an inverted one", () => {
    for (const value of [0, 77, 255]) {
      const rows = Array.from({ length: 30 }, () => Array(50).fill(value));
      expect(perceptualHash(film(rows))).toBe("0".repeat(64));
    }
    for (const image of phantoms.slice(0, 3)) {
      expect(hammingDistance(perceptualHash(image), perceptualHash(invertImage(image)))).toBe(256);
    }
  });

  it("depends neither on range nor on depth, and hardly on size and brightness", () => {
    for (const image of phantoms.slice(0, 3)) {
      const hash = perceptualHash(image);
      const wide = Uint16Array.from(image.pixels.data, (value) => 257 * value);
      expect(perceptualHash({ pixels: ndarray(wide, [128, 128]), range: [0, 65535] })).toBe(hash);
      expect(hammingDistance(perceptualHash(resizeImage(image, 64, 64)), hash)).toBeLessThanOrEqual(8);
      const brighter = applyAugmentation({ image }, { ...noAugmentation, brightness: 0.05 }).image;
      expect(hammingDistance(perceptualHash(brighter), hash)).toBeLessThanOrEqual(24);
    }
  });

  it("refuses an empty image and one that holds NaN", () => {
    expect(() => perceptualHash(film([[]]))).toThrow(/nothing to resize/);
    const broken = { pixels: ndarray(Float32Array.of(Number.NaN, 1), [1, 2]), range: [0, 1] as const };
    expect(() => perceptualHash(broken)).toThrow(/holds a value that is not finite/);
  });
});

describe("hammingDistance", () => {
  const word = fc.stringMatching(/^[0-9a-f]{16}$/);
  it("counts the bits that differ", () => {
    expect(hammingDistance("ffffffff", "00000000")).toBe(32);
    expect(hammingDistance("80000001", "80000000")).toBe(1);
    fc.assert(
      fc.property(word, word, (a, b) => {
        const bits = (BigInt(`0x${a}`) ^ BigInt(`0x${b}`)).toString(2).replaceAll("0", "").length;
        expect(hammingDistance(a, b)).toBe(bits);
      }),
    );
  });

  it("refuses fingerprints of two lengths and anything but hexadecimal digits", () => {
    expect(() => hammingDistance("00000000", "0000000000000000")).toThrow(/b: has 16 digits and a 8/);
    expect(() => hammingDistance("0000000g", "00000000")).toThrow(/a: is "0000000g"/);
    expect(() => hammingDistance("000", "000")).toThrow(/a: is "000"; .* a multiple of 8/);
  });
});

describe.skipIf(sharedData === undefined)(
  "fingerprints of real films (skipped: ../shared/data is absent)",
  () => {
    const folder = (set: string) => join(sharedData!, set, "images");
    const hashes = async (set: string, names: readonly string[]) =>
      Promise.all(names.map(async (name) => perceptualHash(await decodeImage(join(folder(set), name)))));

    it("lie within 6 bits for one film at 1024, 256 and 64 pixels, and beyond 60 for different patients", async () => {
      const names = readdirSync(folder("nih-1024"));
      const [large, small] = [await hashes("nih-1024", names), await hashes("nih-256", names)];
      expect(names).toHaveLength(40);
      large.forEach((hash, i) => {
        small.forEach((other, j) => {
          if (i === j) expect(hammingDistance(hash, other)).toBeLessThanOrEqual(6);
          else expect(hammingDistance(hash, other)).toBeGreaterThan(60);
        });
      });
      const both = readdirSync(folder("nih-64")).filter((name) =>
        readdirSync(folder("nih-256")).includes(name),
      );
      expect(both).toHaveLength(4);
      const [tiny, same] = [await hashes("nih-64", both), await hashes("nih-256", both)];
      tiny.forEach((hash, i) => {
        expect(hammingDistance(hash, same[i]!)).toBeLessThanOrEqual(6);
      });
    });
  },
);
