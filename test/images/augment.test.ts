import fc from "fast-check";
import ndarray from "ndarray";
import { phantomDataset, randomStream, renderPhantom } from "radiolucent";
import {
  type Augmentation,
  type AugmentationOptions,
  applyAugmentation,
  augment,
  boxesToMask,
  drawAugmentation,
  type Image,
  maskBounds,
  noAugmentation,
} from "radiolucent/images";
import { describe, expect, it } from "vitest";
import { anyMask, area, drawn, maskOfRows, reference, rowsOf } from "./masks.js";
import { film } from "./reference.js";

const everything: AugmentationOptions = {
  rotation: 20,
  zoom: 0.2,
  shift: 0.1,
  shear: 10,
  flip: 0.5,
  brightness: 0.1,
  contrast: 0.3,
  gamma: 1.4,
  noise: 0.05,
};
const apply = (image: Image, change: Partial<Augmentation>) => [
  ...applyAugmentation({ image }, { ...noAugmentation, ...change }).image.pixels.data,
];

describe("applyAugmentation", () => {
  it("equals scikit-image's warp: order 1 for the image, order 0 for masks, with each border", () => {
    const { pixels, mask, fill, cases } = reference.warps;
    for (const { border, change, image, mask: expectedMask } of cases) {
      const result = applyAugmentation(
        { image: film(pixels), masks: [maskOfRows(mask)] },
        { ...noAugmentation, ...change },
        { border, fill },
      );
      image.flat().forEach((value, i) => {
        expect(Math.abs(result.image.pixels.data[i]! - value)).toBeLessThan(1e-3);
      });
      expect(rowsOf(result.masks[0]!)).toEqual(expectedMask);
    }
  });

  it("gives back exactly the same pixels, masks and boxes where nothing is done", () => {
    fc.assert(
      fc.property(anyMask, fc.infiniteStream(fc.float({ noNaN: true, min: -5, max: 9 })), (mask, stream) => {
        const [height, width] = mask.shape as [number, number];
        const values = Float32Array.from(stream.take(width * height));
        const boxes = [{ x: 0, y: 0, width, height: height / 2 }];
        const sample = {
          image: { pixels: ndarray(values, [height, width]), range: [0, 1] as const },
          masks: [mask],
          boxes,
        };
        for (const border of ["constant", "nearest", "reflect"] as const) {
          const same = applyAugmentation(sample, noAugmentation, { border });
          expect([...same.image.pixels.data].map((value) => value + 0)).toEqual(
            [...values].map((value) => value + 0),
          );
          expect(rowsOf(same.masks[0]!)).toEqual(rowsOf(mask));
          expect(same.boxes).toEqual(boxes);
        }
      }),
    );
  });

  it("keeps NaN and infinity to their own pixels where nothing is done or the image is only mirrored", () => {
    const { NaN: nan, POSITIVE_INFINITY: infinite } = Number;
    const image = {
      pixels: ndarray(Float32Array.of(0.5, nan, 0.25, 1, 0, infinite, 0.75, 0.5, 0), [3, 3]),
      range: [0, 1],
    } as const;
    for (const border of ["constant", "nearest", "reflect"] as const) {
      const changed = (flipped: boolean) =>
        applyAugmentation({ image }, { ...noAugmentation, flipped }, { border }).image.pixels.data;
      expect([...changed(false)]).toEqual([0.5, nan, 0.25, 1, 0, infinite, 0.75, 0.5, 0]);
      expect([...changed(true)]).toEqual([0.25, nan, 0.5, infinite, 0, 1, 0, 0.5, 0.75]);
    }
  });

  it("turns counterclockwise, shifts right and down, and mirrors left and right", () => {
    const image = film([
      [1, 2],
      [3, 4],
    ]);
    const rounded = (change: Partial<Augmentation>) => apply(image, change).map(Math.round);
    expect(rounded({ rotation: 90 })).toEqual([2, 4, 1, 3]);
    expect(rounded({ shiftX: 0.5 })).toEqual([0, 1, 0, 3]);
    expect(rounded({ shiftY: 0.5 })).toEqual([0, 0, 1, 2]);
    expect(rounded({ flipped: true })).toEqual([2, 1, 4, 3]);
  });

  it("does contrast about the film's mean, then brightness, then gamma, and clips to the range", () => {
    const image: Image = { pixels: ndarray(Float32Array.of(10, 20, 30, 40), [1, 4]), range: [0, 50] };
    const close = (change: Partial<Augmentation>, expected: number[]) =>
      apply(image, change).forEach((value, i) => {
        expect(value).toBeCloseTo(expected[i]!, 4);
      });
    close({ contrast: 0.5 }, [17.5, 22.5, 27.5, 32.5]);
    close({ contrast: 2 }, [0, 15, 35, 50]);
    close({ brightness: 0.4 }, [30, 40, 50, 50]);
    close({ brightness: -0.3 }, [0, 5, 15, 25]);
    close({ gamma: 2 }, [2, 8, 18, 32]);
    close({ contrast: 2, brightness: 0.2, gamma: 0.5 }, [
      Math.sqrt(0.1) * 50,
      Math.sqrt(0.5) * 50,
      Math.sqrt(0.9) * 50,
      50,
    ]);
  });

  it("adds noise of the standard deviation asked for, the same for the same noise seed", () => {
    const grey: Image = { pixels: ndarray(new Float32Array(10_000).fill(50), [100, 100]), range: [0, 100] };
    const noisy = apply(grey, { noise: 0.05, noiseSeed: 3 });
    const mean = noisy.reduce((sum, value) => sum + value, 0) / noisy.length;
    const deviation = Math.sqrt(noisy.reduce((sum, value) => sum + (value - mean) ** 2, 0) / noisy.length);
    expect(Math.abs(mean - 50)).toBeLessThan(0.2);
    expect(Math.abs(deviation - 5)).toBeLessThan(0.15);
    expect(apply(grey, { noise: 0.05, noiseSeed: 3 })).toEqual(noisy);
    expect(apply(grey, { noise: 0.05, noiseSeed: 4 })).not.toEqual(noisy);
  });

  it("carries a box along with what it encloses, as the upright box around it, and clips it to the image", () => {
    const image: Image = { pixels: ndarray(new Uint8Array(80 * 60), [60, 80]), range: [0, 255] };
    const boxes = [{ x: 30, y: 20, width: 20, height: 15 }];
    const masks = [boxesToMask(boxes, { width: 80, height: 60 })];
    const angle = fc.double({ min: -180, max: 180, noNaN: true });
    const small = fc.double({ min: -0.1, max: 0.1, noNaN: true });
    fc.assert(
      fc.property(angle, small, small, fc.boolean(), (rotation, shiftX, shiftY, flipped) => {
        const change = { ...noAugmentation, rotation, shiftX, shiftY, flipped, magnification: 1.1 };
        const result = applyAugmentation({ image, masks, boxes }, change);
        const box = result.boxes[0]!;
        const seen = maskBounds(result.masks[0]!)!;
        for (const side of ["x", "y"] as const) expect(Math.abs(box[side] - seen[side])).toBeLessThan(1.6);
        for (const side of ["width", "height"] as const) {
          expect(Math.abs(box[side] - seen[side])).toBeLessThan(3.2);
        }
      }),
    );
    const moved = applyAugmentation({ image, boxes }, { ...noAugmentation, shiftX: 0.5 }).boxes;
    expect(moved).toEqual([{ x: 70, y: 20, width: 10, height: 15 }]);
  });

  it("keeps the place of a box that left the image, as undefined", () => {
    const image: Image = { pixels: ndarray(new Uint8Array(16), [4, 4]), range: [0, 255] };
    const boxes = [
      { x: 0, y: 0, width: 1, height: 1 },
      { x: 3, y: 3, width: 1, height: 1 },
    ];
    expect(applyAugmentation({ image, boxes }, { ...noAugmentation, shiftX: 0.5 }).boxes).toEqual([
      { x: 2, y: 0, width: 1, height: 1 },
      undefined,
    ]);
  });

  it("moves a phantom's lungs and their mask together", () => {
    const study = phantomDataset({ patients: 3, seed: 2, size: 96 }).studies[0]!;
    const { image, lungMask } = renderPhantom(study, 96);
    const inside = (pixels: ArrayLike<number>, mask: ArrayLike<number>) => {
      let sum = 0;
      for (let i = 0; i < pixels.length; i++) sum += mask[i]! * pixels[i]!;
      return sum;
    };
    const lungs: Image = {
      pixels: ndarray(Float32Array.from(lungMask.data), [96, 96]),
      range: [0, 1],
    };
    for (let seed = 0; seed < 20; seed++) {
      const change = drawAugmentation({ rotation: 30, zoom: 0.3, shift: 0.1, shear: 15 }, randomStream(seed));
      const warped = applyAugmentation({ image: lungs, masks: [lungMask] }, change);
      const mask = warped.masks[0]!;
      // The mask taken as an image: where it is nearer 1 than 0, the nearest pixel is inside.
      const agreeing = warped.image.pixels.data.reduce(
        (sum, value, i) => sum + (value >= 0.5 === (mask.data[i] === 1) ? 1 : 0),
        0,
      );
      expect(agreeing / mask.data.length).toBeGreaterThan(0.985);
      const dark = applyAugmentation({ image, masks: [lungMask] }, change);
      expect(inside(dark.image.pixels.data, mask.data) / area(mask)).toBeLessThan(
        inside(image.pixels.data, new Uint8Array(96 * 96).fill(1)) / (96 * 96),
      );
    }
  });

  it("refuses a mask of another size, a box of no area, an unknown border and a magnification of 0", () => {
    const image = film([[1, 2]]);
    expect(() => applyAugmentation({ image, masks: [drawn("#")] }, noAugmentation)).toThrow(
      /sample.masks\[0\]: has shape \[1,1\] and the image \[1, 2\]; resize it with resizeMask/,
    );
    const boxes = [{ x: 0, y: 0, width: 0, height: 1 }];
    expect(() => applyAugmentation({ image, boxes }, noAugmentation)).toThrow(/sample.boxes\[0\]: is x 0/);
    expect(() => applyAugmentation({ image }, noAugmentation, { border: "wrap" as never })).toThrow(
      /options.border: is wrap/,
    );
    expect(() => applyAugmentation({ image }, noAugmentation, { fill: Number.NaN })).toThrow(
      /options.fill: is NaN/,
    );
    expect(() => applyAugmentation({ image }, { ...noAugmentation, magnification: 0 })).toThrow(
      /augmentation: leaves nothing of the image, with magnification 0/,
    );
  });
});

describe("drawAugmentation", () => {
  it("does nothing that is not asked for; above all it never mirrors", () => {
    for (let seed = 0; seed < 200; seed++) {
      const { noiseSeed, ...drawn } = drawAugmentation({}, randomStream(seed));
      const { noiseSeed: _, ...nothing } = noAugmentation;
      for (const [name, value] of Object.entries(nothing)) {
        expect(drawn[name as keyof typeof drawn]).toEqual(
          typeof value === "number" ? expect.closeTo(value, 12) : value,
        );
      }
      expect(drawAugmentation({ ...everything, flip: 0 }, randomStream(seed)).flipped).toBe(false);
    }
  });

  it("stays within its bounds, reaches both ends, and mirrors as often as asked for", () => {
    const drawn = Array.from({ length: 2000 }, (_, seed) => drawAugmentation(everything, randomStream(seed)));
    const spread = (
      name:
        | "rotation"
        | "magnification"
        | "shiftX"
        | "shiftY"
        | "shear"
        | "brightness"
        | "contrast"
        | "gamma"
        | "noise",
      low: number,
      high: number,
    ) => {
      const values = drawn.map((one) => one[name]);
      const margin = 0.01 * (high - low);
      expect(Math.min(...values)).toBeGreaterThanOrEqual(low);
      expect(Math.max(...values)).toBeLessThanOrEqual(high);
      expect(Math.min(...values)).toBeLessThan(low + margin);
      expect(Math.max(...values)).toBeGreaterThan(high - margin);
    };
    spread("rotation", -20, 20);
    spread("magnification", 0.8, 1.2);
    spread("shiftX", -0.1, 0.1);
    spread("shiftY", -0.1, 0.1);
    spread("shear", -10, 10);
    spread("brightness", -0.1, 0.1);
    spread("contrast", 0.7, 1.3);
    spread("gamma", 1 / 1.4, 1.4);
    spread("noise", 0, 0.05);
    expect(Math.abs(drawn.filter(({ flipped }) => flipped).length - 1000)).toBeLessThan(100);
    expect(drawn.filter(({ gamma }) => gamma > 1).length / 2000).toBeCloseTo(0.5, 1);
  });

  it("draws the same for one setting whether or not others are asked for", () => {
    const alone = drawAugmentation({ contrast: 0.3 }, randomStream(9));
    expect(drawAugmentation(everything, randomStream(9)).contrast).toBe(alone.contrast);
  });

  it("refuses options outside their bounds", () => {
    const wrong = (options: AugmentationOptions) => () => drawAugmentation(options, randomStream(1));
    expect(wrong({ rotation: -5 })).toThrow(/options.rotation: is -5; expected a number from 0 to 180/);
    expect(wrong({ zoom: 1 })).toThrow(/options.zoom: is 1;/);
    expect(wrong({ gamma: 0.8 })).toThrow(/options.gamma: is 0.8; expected a number from 1/);
    expect(wrong({ flip: 2 })).toThrow(/options.flip: is 2/);
    expect(wrong({ noise: Number.NaN })).toThrow(/options.noise: is NaN/);
  });
});

describe("augment", () => {
  const samples = Array.from({ length: 5 }, (_, i) => ({
    id: `image-${i}`,
    image: film(
      Array.from({ length: 12 }, (_, y) => Array.from({ length: 10 }, (_, x) => (i + 3 * x + 7 * y) % 256)),
    ),
  }));
  const of = ({ id, image }: (typeof samples)[number], seed: number, epoch: number) => [
    ...augment({ image }, everything, randomStream(seed).fork(epoch).fork(id)).image.pixels.data,
  ];

  it("gives a sample the same result in any order, and another one for another seed, epoch or image", () => {
    const forwards = samples.map((sample) => of(sample, 1, 0));
    const backwards = samples.toReversed().map((sample) => of(sample, 1, 0));
    expect(backwards.toReversed()).toEqual(forwards);
    expect(of(samples[0]!, 1, 1)).not.toEqual(forwards[0]);
    expect(of(samples[0]!, 2, 0)).not.toEqual(forwards[0]);
    expect(of({ ...samples[0]!, id: "image-1" }, 1, 0)).not.toEqual(forwards[0]);
  });

  it("keeps size and range", () => {
    for (const sample of samples) {
      const { image } = augment(sample, everything, randomStream(sample.id));
      expect(image.pixels.shape).toEqual([12, 10]);
      expect(image.range).toEqual([0, 255]);
      expect(Math.min(...image.pixels.data)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...image.pixels.data)).toBeLessThanOrEqual(255);
    }
  });
});
