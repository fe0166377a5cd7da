import ndarray from "ndarray";
import { expect, test } from "vitest";
import { greyImage } from "../../src/images/greyImage.js";
import { decodeImage } from "../../src/io/decodeImage.js";
import { encodePng } from "../../src/io/encodePng.js";

const colours = Uint8Array.from({ length: 4 * 5 * 3 }, (_, i) => (i * 37 + (i % 7) * 91) % 256);

test("a canvas's red, green, blue and alpha give the grey of decodeImage", async () => {
  const decoded = await decodeImage(await encodePng(ndarray(colours, [4, 5, 3])));
  const data = Uint8ClampedArray.from({ length: 4 * 5 * 4 }, (_, i) =>
    i % 4 === 3 ? 255 : colours[3 * Math.floor(i / 4) + (i % 4)]!,
  );
  const { pixels, range } = greyImage({ data, height: 4, width: 5 });
  expect(pixels.shape).toEqual([4, 5]);
  expect(range).toEqual([0, 255]);
  expect(pixels.data).toBeInstanceOf(Uint8Array);
  expect(Array.from(pixels.data)).toEqual(Array.from(decoded.pixels.data));
});

test("equal channels give that channel, alpha is dropped, and 16 bits stay", () => {
  const data = Uint16Array.of(0, 0, 0, 9, 40000, 40000, 40000, 0, 65535, 65535, 65535, 65535);
  const { pixels, range } = greyImage({ data, height: 1, width: 3 });
  expect(Array.from(pixels.data)).toEqual([0, 40000, 65535]);
  expect(range).toEqual([0, 65535]);
  const alpha = greyImage({ data: Uint8Array.of(1, 255, 2, 0), height: 2, width: 1 });
  expect(Array.from(alpha.pixels.data)).toEqual([1, 2]);
});

test("samples that are not 1 to 4 a pixel are an error that says how many there are", () => {
  expect(() => greyImage({ data: new Uint8Array(7), height: 2, width: 2 })).toThrow(
    "pixels.data: has 7 samples for 2 x 2 pixels; expected 1 to 4 a pixel",
  );
  expect(() => greyImage({ data: new Uint8Array(0), height: 0, width: 2 })).toThrow("0 samples");
});
