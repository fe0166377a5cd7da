import fc from "fast-check";
import ndarray from "ndarray";
import { describe, expect, it } from "vitest";
import { readDicom } from "../../src/dicom/readDicom.js";
import { type DicomContent, writeDicom } from "../../src/dicom/writeDicom.js";
import type { Image } from "../../src/image.js";

const sopInstanceUid = "1.2.826.0.1.3680043.8.498.9";

function image16(bits = 12): Image<Uint16Array> {
  const pixels = Uint16Array.from({ length: 35 }, (_, i) => (i * (2 ** bits - 1)) / 34);
  return { pixels: ndarray(pixels, [5, 7]), range: [0, 2 ** bits - 1] };
}

const image8: Image<Uint8Array> = {
  pixels: ndarray(
    Uint8Array.from({ length: 15 }, (_, i) => 17 * i),
    [3, 5],
  ),
  range: [0, 255],
};

describe("writeDicom", () => {
  it("gives a file that reads back as it was written", async () => {
    const content = {
      studyInstanceUid: "1.2.3",
      seriesInstanceUid: "1.2.4",
      patientId: "p-7",
      patientName: "Ångström^Å",
      ageYears: 58,
      sex: "F",
      modality: "DX",
      bodyPart: "LUNG",
      viewPosition: "PA",
      pixelSpacingMm: [0.143, 0.139],
      window: { center: 2000.5, width: 900, function: "SIGMOID" },
    } as const satisfies Partial<DicomContent>;
    const source = image16();
    const bytes = writeDicom(source, { sopInstanceUid, ...content });
    const { storedPixels, pixels, range, image, ...header } = await readDicom(bytes, {
      identifying: true,
      window: "none",
    });
    expect(header).toEqual({
      transferSyntax: "1.2.840.10008.1.2.1",
      lossy: false,
      modality: "DX",
      bodyPart: "LUNG",
      viewPosition: "PA",
      ageYears: 58,
      sex: "F",
      pixelSpacingMm: [0.143, 0.139],
      pixelSpacingSource: "pixel",
      rows: 5,
      columns: 7,
      frames: 1,
      samplesPerPixel: 1,
      photometricInterpretation: "MONOCHROME2",
      bitsAllocated: 16,
      bitsStored: 12,
      highBit: 11,
      signed: false,
      windows: [{ center: 2000.5, width: 900, function: "SIGMOID" }],
      warnings: [],
      identifying: {
        patientId: "p-7",
        patientName: "Ångström^Å",
        sopInstanceUid,
        studyInstanceUid: "1.2.3",
        seriesInstanceUid: "1.2.4",
      },
    });
    expect(pixels.data).toEqual(source.pixels.data);
    expect(range).toEqual(source.range);
  });

  it("names study and series after the image where nothing else is said", async () => {
    const { identifying } = await readDicom(writeDicom(image8, { sopInstanceUid }), { identifying: true });
    expect(identifying).toEqual({
      sopInstanceUid,
      studyInstanceUid: `${sopInstanceUid}.1`,
      seriesInstanceUid: `${sopInstanceUid}.2`,
    });
  });

  it("with MONOCHROME1 stores the pixels inverted and shows the same picture", async () => {
    for (const image of [image8, image16()]) {
      const high = image.range[1];
      const written = writeDicom(image, { sopInstanceUid, photometricInterpretation: "MONOCHROME1" });
      const { storedPixels, pixels } = await readDicom(written);
      expect(Array.from(pixels.data)).toEqual(Array.from(image.pixels.data));
      expect(Array.from(storedPixels.data)).toEqual(Array.from(image.pixels.data, (value) => high - value));
    }
  });

  it("any picture of 2 to 16 bits and any size comes back exactly", async () => {
    const pictures = fc
      .record({
        bits: fc.integer({ min: 2, max: 16 }),
        height: fc.integer({ min: 1, max: 9 }),
        width: fc.integer({ min: 1, max: 9 }),
      })
      .chain(({ bits, height, width }) =>
        fc
          .array(fc.integer({ min: 0, max: 2 ** bits - 1 }), {
            minLength: height * width,
            maxLength: height * width,
          })
          .map(
            (values): Image<Uint16Array> => ({
              pixels: ndarray(Uint16Array.from(values), [height, width]),
              range: [0, 2 ** bits - 1],
            }),
          ),
      );
    await fc.assert(
      fc.asyncProperty(pictures, async (image) => {
        const read = await readDicom(writeDicom(image, { sopInstanceUid }));
        expect(read.pixels.shape).toEqual(image.pixels.shape);
        expect(Array.from(read.pixels.data)).toEqual(Array.from(image.pixels.data));
        expect(read.range).toEqual(image.range);
      }),
    );
  });

  it("takes a transposed array as it looks, not as it lies in memory", async () => {
    const pixels = image8.pixels.transpose(1, 0);
    const read = await readDicom(writeDicom({ pixels, range: [0, 255] }, { sopInstanceUid }));
    expect(read.pixels.shape).toEqual([5, 3]);
    expect(Array.from(read.pixels.data.slice(0, 3))).toEqual([0, 85, 170]);
  });

  it.each([
    [120, 120],
    [58.9, 58],
    [2, 2],
    [1.5, 1.5],
    [11 / 12, 11 / 12],
    [3 / 365.25, 3 / 365.25],
    [0, 0],
  ])("an age of %f years reads back as %f", async (ageYears, expected) => {
    const read = await readDicom(writeDicom(image8, { sopInstanceUid, ageYears }));
    expect(read.ageYears).toBe(expected);
  });

  it.each([
    [{ sopInstanceUid: "1.2.x" }, "content.sopInstanceUid"],
    [{ sopInstanceUid: "1.02" }, "content.sopInstanceUid"],
    [{ sopInstanceUid: `1.${"2".repeat(62)}` }, "content.studyInstanceUid"],
    [{ ageYears: 121 }, "content.ageYears"],
    [{ ageYears: Number.NaN }, "content.ageYears"],
    [{ sex: "female" }, "content.sex"],
    [{ patientId: "a\\b" }, "content.patientId"],
    [{ patientId: "x".repeat(65) }, "content.patientId"],
    [{ pixelSpacingMm: [0, 1] as const }, "content.pixelSpacingMm"],
    [{ window: { center: Number.NaN, width: 1 } }, "content.window.center"],
    [{ window: { center: 1, width: 0 } }, "content.window.width"],
  ])("refuses %j", (content, argument) => {
    expect(() => writeDicom(image8, { sopInstanceUid, ...content })).toThrow(
      expect.objectContaining({ code: "argument", argument }),
    );
  });

  it("refuses pictures that DICOM's bits cannot hold", () => {
    const pixels = ndarray(new Float32Array(6), [2, 3]);
    for (const image of [
      { pixels, range: [0, 255] },
      { pixels: image8.pixels, range: [0, 200] },
      { pixels: image8.pixels, range: [1, 255] },
      { pixels: image8.pixels, range: [0, 127] },
      { pixels: ndarray(new Uint8Array(0), [0, 3]), range: [0, 255] },
    ]) {
      expect(() => writeDicom(image as unknown as Image<Uint8Array>, { sopInstanceUid })).toThrow(
        expect.objectContaining({ code: "argument" }),
      );
    }
  });
});
