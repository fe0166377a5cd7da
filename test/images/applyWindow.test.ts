import fc from "fast-check";
import ndarray from "ndarray";
import { applyWindow, type Image, invertImage } from "radiolucent/images";
import { describe, expect, it } from "vitest";
import { reference } from "./masks.js";
import { film } from "./reference.js";

const image = (values: readonly number[]): Image => ({
  pixels: ndarray(Float32Array.from(values), [1, values.length]),
  range: [-2048, 4095],
});

describe("applyWindow", () => {
  it("equals pydicom's apply_windowing for LINEAR, LINEAR_EXACT and SIGMOID", () => {
    for (const { options, windowed } of reference.windows.cases) {
      const result = applyWindow(image(reference.windows.values), options);
      expect(result.range).toEqual([0, 1]);
      windowed.forEach((value, i) => {
        expect(Math.abs(result.pixels.data[i]! - value)).toBeLessThan(1e-6);
      });
    }
  });

  it("is LINEAR by default, whose ramp ends one value below center + width / 2", () => {
    const ramp = applyWindow(image([-1, 0, 127, 128, 255, 256]), { center: 128, width: 256 }).pixels.data;
    [0, 0, 127 / 255, 128 / 255, 1, 1].forEach((value, i) => {
      expect(ramp[i]).toBeCloseTo(value, 6);
    });
  });

  it("never falls as the value rises and stays within [0, 1]; NaN stays NaN", () => {
    const option = fc.record({
      center: fc.double({ min: -100, max: 100, noNaN: true }),
      width: fc.double({ min: 1, max: 300, noNaN: true }),
      function: fc.constantFrom("LINEAR" as const, "LINEAR_EXACT" as const, "SIGMOID" as const),
    });
    fc.assert(
      fc.property(
        option,
        fc.array(fc.integer({ min: -500, max: 500 }), { minLength: 2 }),
        (options, values) => {
          const shown = applyWindow(image(values.toSorted((a, b) => a - b)), options).pixels.data;
          shown.forEach((value, i) => {
            expect(value).toBeGreaterThanOrEqual(i === 0 ? 0 : shown[i - 1]!);
            expect(value).toBeLessThanOrEqual(1);
          });
        },
      ),
    );
    expect(applyWindow(image([Number.NaN]), { center: 0, width: 2 }).pixels.data[0]).toBeNaN();
  });

  it("refuses a window too narrow for its function, and words it does not know", () => {
    const wrong = (options: Parameters<typeof applyWindow>[1]) => () => applyWindow(image([1]), options);
    expect(wrong({ center: 0, width: 0.5 })).toThrow(
      /options.width: is 0.5; expected a finite number from 1/,
    );
    expect(wrong({ center: 0, width: 0, function: "LINEAR_EXACT" })).toThrow(
      /options.width: is 0; .* above 0/,
    );
    expect(wrong({ center: Number.NaN, width: 2 })).toThrow(/options.center: is NaN/);
    expect(wrong({ center: 0, width: 2, function: "CUBIC" as never })).toThrow(/options.function: is CUBIC/);
  });
});

describe("invertImage", () => {
  it("is low + high - value, so 0 becomes 255 and 255 becomes 0", () => {
    expect([...invertImage(film([[0, 1, 255]])).pixels.data]).toEqual([255, 254, 0]);
    const signed = invertImage({ pixels: ndarray(Float32Array.of(-10, 0), [1, 2]), range: [-10, 30] });
    expect([...signed.pixels.data]).toEqual([30, 20]);
    expect(signed.range).toEqual([-10, 30]);
  });

  it("gives back the image when it is done twice", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(65535), { minLength: 1 }), (values) => {
        const wide: Image = {
          pixels: ndarray(Uint16Array.from(values), [1, values.length]),
          range: [0, 65535],
        };
        expect([...invertImage(invertImage(wide)).pixels.data]).toEqual(values);
      }),
    );
  });
});
