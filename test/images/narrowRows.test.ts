import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import ndarray from "ndarray";
import { describe, expect, it, vi } from "vitest";
import wabt from "wabt";
import type { Image } from "../../src/image.js";
import { narrowRowsModule } from "../../src/images/narrowRows.js";
import { resizeImage } from "../../src/images/resizeImage.js";

/** The resizing of a machine without WebAssembly. */
async function plainResize(): Promise<typeof resizeImage> {
  vi.stubGlobal("WebAssembly", undefined);
  vi.resetModules();
  const { resizeImage: plain } = await import("../../src/images/resizeImage.js");
  plain({ pixels: ndarray(new Uint8Array(4), [2, 2]), range: [0, 255] }, 1, 1);
  vi.unstubAllGlobals();
  return plain;
}

describe("resizing by WebAssembly", () => {
  it("is what narrowRows.wat says", async () => {
    const file = new URL("../../src/images/narrowRows.wat", import.meta.url);
    const text = readFileSync(fileURLToPath(file), "utf8");
    const module = (await wabt()).parseWat("narrowRows.wat", text, { simd: true });
    expect(narrowRowsModule).toBe(Buffer.from(module.toBinary({}).buffer).toString("base64"));
  });

  it("gives the bits of plain code for pixels of every kind and any size, views of larger arrays included", async () => {
    const plain = await plainResize();
    const side = fc.integer({ min: 1, max: 40 });
    const kinds = fc.constantFrom(Uint8Array, Uint16Array, Float32Array);
    fc.assert(
      fc.property(side, side, side, side, kinds, fc.integer(), (h, w, toH, toW, Kind, seed) => {
        const memory = new Kind(h * w + 3);
        let state = seed >>> 0;
        for (let i = 0; i < memory.length; i++) {
          state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
          memory[i] = Kind === Float32Array ? state / 2 ** 20 - 2048 : state >>> 8;
        }
        const image = { pixels: ndarray(memory.subarray(3), [h, w]), range: [0, 65535] } as Image;
        const bits = ({ pixels }: Image) => new Uint32Array((pixels.data as Float32Array).buffer);
        expect(bits(resizeImage(image, toH, toW))).toEqual(bits(plain(image, toH, toW)));
      }),
      { numRuns: 300 },
    );
  });

  it("takes images whose rows need more memory than those before", () => {
    for (const width of [10, 20_000, 300_000, 7]) {
      const pixels = ndarray(new Uint16Array(2 * width).fill(500), [2, width]);
      const { data } = resizeImage({ pixels, range: [0, 65535] }, 2, 5).pixels;
      for (const value of data) expect(value).toBeCloseTo(500, 3);
    }
  });

  it("makes NaN of the pixels that a NaN pixel reaches, and of no others", () => {
    const pixels = ndarray(
      Float32Array.from({ length: 80 }, (_, i) => (i === 3 * 10 + 4 ? Number.NaN : i)),
      [8, 10],
    );
    const { data } = resizeImage({ pixels, range: [0, 255] }, 8, 5).pixels;
    expect(Array.from(data).flatMap((value, i) => (Number.isNaN(value) ? [i] : []))).toEqual([
      3 * 5 + 1,
      3 * 5 + 2,
    ]);
  });
});
