import { readdirSync } from "node:fs";
import { join } from "node:path";
import ndarray from "ndarray";
import { phantomDataset, renderPhantom } from "radiolucent";
import {
  applyAugmentation,
  type Image,
  imageQuality,
  invertImage,
  noAugmentation,
  resizeWithPad,
} from "radiolucent/images";
import { decodeImage } from "radiolucent/node";
import { describe, expect, it } from "vitest";
import { sharedData } from "../shared-data.js";
import { film } from "./reference.js";

const phantoms = phantomDataset({ patients: 15, seed: 8, size: 96 }).studies.map(
  (study) => renderPhantom(study, 96).image,
);
const turned = (image: Image, clockwise: number) =>
  applyAugmentation({ image }, { ...noAugmentation, rotation: -clockwise }, { border: "nearest" }).image;

describe("imageQuality", () => {
  it("measures extremes, contrast between the 1st and 99th percentile, and shares at the ends of the range", () => {
    const rows = Array.from({ length: 100 }, (_, y) =>
      Array.from({ length: 100 }, (_, x) => (x + y === 0 ? 255 : x)),
    );
    const quality = imageQuality(film(rows));
    expect(quality.shorterSide).toBe(100);
    expect(quality.lowest).toBe(0);
    expect(quality.highest).toBe(1);
    expect(quality.contrast).toBeCloseTo(98 / 255, 3);
    expect(quality.blackShare).toBe(99 / 10_000);
    expect(quality.whiteShare).toBe(1 / 10_000);
    expect(quality.constant).toBe(false);
  });

  it("tells a constant image, about which there is nothing to suspect", () => {
    const quality = imageQuality(
      film([
        [5, 5],
        [5, 5],
      ]),
    );
    expect(quality).toMatchObject({
      constant: true,
      contrast: 0,
      suspectInverted: false,
      suspectRotation: 0,
    });
    expect(quality.content).toEqual({ x: 0, y: 0, width: 2, height: 2 });
    expect(quality.paddingShare).toBe(0);
    expect(quality.chestCorrelation).toBeNaN();
  });

  it("finds padding of one tone on each side, also with a letter in it", () => {
    const padded = resizeWithPad(phantoms[0]!, 120, 160, { fill: 255 });
    const plain = imageQuality(resizeWithPad(phantoms[0]!, 120, 160, { fill: 255 }));
    expect(plain.content.x).toBeGreaterThanOrEqual(20);
    expect(plain.content.width).toBeLessThanOrEqual(120);
    expect(plain.content.width).toBeGreaterThan(100);
    expect(plain.paddingShare).toBeGreaterThanOrEqual(0.25);
    padded.pixels.set(60, 3, 0);
    padded.pixels.set(61, 3, 0);
    expect(imageQuality(padded).content).toEqual(plain.content);
  });

  it("suspects phantoms that are inverted or turned, and none that is as it should be", () => {
    for (const image of phantoms) {
      expect(imageQuality(image)).toMatchObject({ suspectInverted: false, suspectRotation: 0 });
      expect(imageQuality(image).chestCorrelation).toBeGreaterThan(0.7);
      expect(imageQuality(invertImage(image))).toMatchObject({ suspectInverted: true, suspectRotation: 0 });
      for (const clockwise of [90, 180, 270] as const) {
        const quality = imageQuality(turned(image, clockwise));
        expect(quality).toMatchObject({ suspectInverted: false, suspectRotation: clockwise });
        expect(imageQuality(turned(turned(image, clockwise), -clockwise)).suspectRotation).toBe(0);
      }
    }
  });

  it("counts pixels that are not finite and leaves them out, and refuses an image without pixels", () => {
    const pixels = ndarray(Float32Array.of(0, 0.5, Number.NaN, Number.POSITIVE_INFINITY), [2, 2]);
    const quality = imageQuality({ pixels, range: [0, 1] });
    expect(quality).toMatchObject({
      nonFinitePixels: 2,
      lowest: 0,
      highest: 0.5,
      suspectInverted: false,
      suspectRotation: 0,
    });
    const none = imageQuality({ pixels: ndarray(Float32Array.of(Number.NaN), [1, 1]), range: [0, 1] });
    expect(none).toMatchObject({
      nonFinitePixels: 1,
      lowest: Number.NaN,
      highest: Number.NaN,
      contrast: Number.NaN,
    });
    expect(() => imageQuality(film([[]]))).toThrow(/nothing to measure/);
  });
});

describe.skipIf(sharedData === undefined)(
  "suspicions on real films (skipped: ../shared/data is absent)",
  () => {
    it("are right on NIH: 2 films that are inverted, 1 with a white margin; 618 of 621 found when inverted", async () => {
      const folder = join(sharedData!, "nih-256/images");
      const suspected: string[] = [];
      let found = 0;
      for (const name of readdirSync(folder)) {
        const image = await decodeImage(join(folder, name));
        const { suspectInverted, suspectRotation } = imageQuality(image);
        if (suspectInverted || suspectRotation !== 0) suspected.push(name);
        if (imageQuality(invertImage(image)).suspectInverted) found++;
      }
      expect(suspected.sort()).toEqual(["00005618_000.png", "00017625_000.png", "00017999_000.png"]);
      expect(found).toBe(618);
    }, 60_000);
  },
);
