import { describe, expect, it } from "vitest";
import { type DicomOptions, readDicom } from "../../src/dicom/readDicom.js";
import { luminance } from "../../src/images/luminance.js";
import { resizeImage } from "../../src/images/resizeImage.js";
import { bytesOf, frameOf, referenced, referenceOf } from "./fixtures.js";

const film = (name: string, options?: DicomOptions) => readDicom(bytesOf(name), options);

/** Largest difference between two lists. */
function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  return Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
}

describe("storedPixels", () => {
  it.each(referenced)("%s: the reference's numbers, exactly", async (name) => {
    const { storedPixels } = await film(name);
    const { values, shape, type } = referenceOf(name)!;
    expect(storedPixels.shape).toEqual(shape);
    expect(Array.from(storedPixels.data)).toEqual(values);
    expect(storedPixels.dtype).toBe(type);
  });

  it("of files with one image in different codings are one array", async () => {
    const lossless = referenced.filter((name) => /^grey12-(?!extended|j2k-lossy|jpegls-near)/.test(name));
    expect(lossless.length).toBeGreaterThan(15);
    const [first, ...others] = await Promise.all(lossless.map((name) => film(name)));
    for (const other of others) expect(other.storedPixels.data).toEqual(first!.storedPixels.data);
  });
});

describe("containers that the fixtures' writers do not make", () => {
  it("a fragment of odd length is read", async () => {
    const bytes = Buffer.from(bytesOf("grey8-jpegls"));
    const { start, end } = frameOf(bytesOf("grey8-jpegls"));
    const stop = bytes.lastIndexOf(Buffer.from("ffd9", "hex")) + 2;
    const size = stop - start - ((stop - start + 1) % 2);
    expect(size % 2).toBe(1);
    // JPEG-LS allows the end marker to be filled up by a further FF before it.
    const odd = Buffer.concat([
      bytes.subarray(0, stop - 2),
      ...(size === stop - start ? [] : [Buffer.of(0xff)]),
      Buffer.from("ffd9", "hex"),
      bytes.subarray(end),
    ]);
    const length = stop - start + (size === stop - start ? 0 : 1);
    expect(length % 2).toBe(1);
    odd.writeUInt32LE(length, start - 4);
    expect((await readDicom(odd)).storedPixels.data).toEqual((await film("grey8-jpegls")).storedPixels.data);
  });

  it("a sequence of unknown representation and length is one in the implicit form", async () => {
    const file = Buffer.from(bytesOf("voi-lut"));
    const implicit = Buffer.from(bytesOf("voi-lut-implicit-undefined"));
    const tag = Buffer.from("28001030", "hex");
    const [from, to] = [
      implicit.indexOf(tag),
      implicit.lastIndexOf(Buffer.from("feffdde000000000", "hex")) + 8,
    ];
    const [start, end] = [file.indexOf(tag), file.lastIndexOf(Buffer.from("e07f1000", "hex"))];
    const unknown = Buffer.concat([
      file.subarray(0, start),
      tag,
      Buffer.from("554e0000", "hex"),
      implicit.subarray(from + 4, to),
      file.subarray(end),
    ]);
    expect((await readDicom(unknown)).pixels.data).toEqual((await film("voi-lut")).pixels.data);
  });
});

describe("pixels", () => {
  const grey = referenced.filter((name) => referenceOf(name, "modality") && !/frames/.test(name));

  it.each(grey)(
    '%s, window "none": pydicom\'s apply_modality_lut, inverted where low is white',
    async (name) => {
      const { pixels, range, photometricInterpretation, presentationLutShape, bitsStored } = await film(
        name,
        {
          window: "none",
        },
      );
      const inverted = photometricInterpretation === "MONOCHROME1" || presentationLutShape === "INVERSE";
      const expected = referenceOf(name, "modality")!.values.map((value) =>
        inverted ? range[0] + range[1] - value : value,
      );
      const step = bitsStored > 16 ? 2 ** (bitsStored - 24) : 0;
      expect(distance(pixels.data, expected)).toBeLessThanOrEqual(step);
      expect(Math.min(...pixels.data)).toBeGreaterThanOrEqual(range[0]);
      expect(Math.max(...pixels.data)).toBeLessThanOrEqual(range[1]);
    },
  );

  it.each(referenced.filter((name) => name.includes("lut") || name.includes("voi")))(
    "%s: pydicom's apply_voi_lut, in the range of the table's bits",
    async (name) => {
      const { pixels, range } = await film(name);
      const expected = referenceOf(name, name === "modality-lut" ? "modality" : "voi")!;
      expect(Array.from(pixels.data)).toEqual(expected.values);
      const bits = { "modality-lut": 16, "modality-and-voi-lut": 12, "voi-lut-signed": 12 }[name] ?? 10;
      expect(range).toEqual([0, 2 ** bits - 1]);
    },
  );

  it.each([
    ["grey12-explicit", 0, 0, 4095],
    ["window-linear", 0, 0, 4095],
    ["window-linear_exact", 0, 0, 4095],
    ["window-sigmoid", 0, 0, 4095],
    ["window-width-1", 0, 0, 4095],
    ["two-windows", 0, 0, 4095],
    ["two-windows", 1, 0, 4095],
    ["signed-window", 0, -2048, 2047],
    ["rescale-window", 0, 100, 100 - 2 * 4095],
  ])("%s, window %i: pydicom's apply_windowing, from [%f, %f] to [0, 1]", async (name, index, low, high) => {
    const { pixels, range } = await film(name, { window: index });
    const { values } = referenceOf(name, index === 0 ? "voi" : "voi1")!;
    expect(range).toEqual([0, 1]);
    expect(pixels.data).toBeInstanceOf(Float32Array);
    expect(
      distance(
        pixels.data,
        values.map((value) => (value - low) / (high - low)),
      ),
    ).toBeLessThan(1e-7);
  });

  it("a falling rescale slope with pydicom's window: pydicom turns black and white round, the standard does not", async () => {
    const { pixels, storedPixels } = await film("rescale-window");
    const darkest = storedPixels.data.indexOf(4095);
    expect(-2 * 4095 + 100).toBeLessThan(-3000 - 2500.5 / 2);
    expect(pixels.data[darkest]).toBe(0);
  });

  it("by default the first window of the file, or its VOI lookup table where it has one", async () => {
    expect((await film("two-windows")).pixels.data).toEqual(
      (await film("two-windows", { window: 0 })).pixels.data,
    );
    expect((await film("voi-lut", { window: 0 })).range).toEqual([0, 1]);
    expect((await film("voi-lut")).range).toEqual([0, 1023]);
  });

  it("a window of one's own, in the units after the modality transform", async () => {
    const { pixels } = await film("rescale", {
      window: { center: 1000, width: 2000, function: "LINEAR_EXACT" },
    });
    const expected = referenceOf("rescale", "modality")!.values.map((value) =>
      Math.min(1, Math.max(0, value / 2000)),
    );
    expect(distance(pixels.data, expected)).toBeLessThan(1e-7);
  });

  it("MONOCHROME1 and Presentation LUT Shape INVERSE each invert, and both together invert once", async () => {
    const plain = await film("shape-identity");
    for (const name of ["monochrome1-inverse", "shape-inverse"]) {
      const { pixels, storedPixels } = await film(name);
      expect(storedPixels.data).toEqual(plain.storedPixels.data);
      expect(Array.from(pixels.data)).toEqual(Array.from(plain.pixels.data as Uint16Array, (v) => 4095 - v));
    }
  });

  it("without transforms are whole numbers, of 8 bits up to 8 bits stored and of 16 up to 16", async () => {
    for (const [name, type, high] of [
      ["bit-explicit", "uint8", 1],
      ["grey8-explicit", "uint8", 255],
      ["shape-identity", "uint16", 4095],
      ["grey16-explicit", "uint16", 65535],
    ] as const) {
      const { pixels, range } = await film(name);
      expect([pixels.dtype, ...range]).toEqual([type, 0, high]);
    }
    expect((await film("signed8-explicit")).range).toEqual([-128, 127]);
    expect((await film("grey32-explicit")).pixels.dtype).toBe("float32");
  });

  it.each(["rgb-explicit", "rgb-planar", "rgb-rle", "rgb-j2k", "rgb-jpegls-none", "rgb16-explicit"])(
    "%s: luminance by BT.601",
    async (name) => {
      const { pixels, range } = await film(name);
      const { values, type } = referenceOf(name)!;
      const samples = type === "uint8" ? Uint8Array.from(values) : Uint16Array.from(values);
      expect(Array.from(pixels.data)).toEqual(Array.from(luminance(samples, 3)));
      expect(range).toEqual([0, type === "uint8" ? 255 : 65535]);
    },
  );

  it.each(["ybr-explicit", "ybr422-explicit", "ybr422-baseline", "ybr444-baseline"])(
    "%s: Y is the luminance",
    async (name) => {
      const { pixels } = await film(name);
      expect(Array.from(pixels.data)).toEqual(referenceOf(name)!.values.filter((_, i) => i % 3 === 0));
    },
  );

  it.each(["palette8", "palette16"])("%s: luminance of pydicom's apply_color_lut", async (name) => {
    const { pixels, range } = await film(name);
    const { values, type } = referenceOf(name, "colour")!;
    expect(Array.from(pixels.data)).toEqual(Array.from(luminance(Uint16Array.from(values), 3)));
    expect(range).toEqual([0, type === "uint8" ? 255 : 65535]);
  });

  it("are the picture of the frame that was asked for, the first by default", async () => {
    const { storedPixels, pixels } = await film("frames-rle");
    expect(Array.from(pixels.data)).toEqual(Array.from(storedPixels.data.subarray(0, 13 * 17)));
    const last = await film("frames-rle", { frame: 2 });
    expect(last.pixels.shape).toEqual([13, 17]);
    expect(Array.from(last.pixels.data)).toEqual(Array.from(storedPixels.data.subarray(2 * 13 * 17)));
  });

  it("go straight into functions on images", async () => {
    const { image, pixels, range } = await film("grey12-j2k");
    expect(image.pixels).toBe(pixels);
    expect(image.range).toBe(range);
    expect(resizeImage(image, 6, 8).pixels.shape).toEqual([6, 8]);
  });

  it("do not depend on where in a larger buffer the bytes lie", async () => {
    const bytes = bytesOf("grey12-explicit");
    const shifted = Buffer.concat([Buffer.from("abc"), bytes]).subarray(3);
    expect((await readDicom(shifted)).pixels.data).toEqual((await readDicom(bytes)).pixels.data);
  });
});
