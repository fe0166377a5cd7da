import { describe, expect, it } from "vitest";
import { readDicom } from "../../src/dicom/readDicom.js";
import { readDicomHeader } from "../../src/dicom/readDicomHeader.js";
import { ImageError } from "../../src/errors.js";
import { bytesOf, names, referenced, valueStart } from "./fixtures.js";

/** A fixture with text written over the value of an element. */
function withText(name: string, tag: number, text: string): Uint8Array {
  const bytes = bytesOf(name);
  bytes.set(Buffer.from(text), valueStart(bytes, tag));
  return bytes;
}

/** Where the pixel data element starts. */
function pixelStart(bytes: Uint8Array): number {
  const file = Buffer.from(bytes.buffer);
  return Math.max(
    file.lastIndexOf(Buffer.from("e07f1000", "hex")),
    file.lastIndexOf(Buffer.from("7fe00010", "hex")),
  );
}

describe("readDicomHeader", () => {
  it("gives the fields typed, in years and millimetres", () => {
    expect(readDicomHeader(bytesOf("grey12-jpegls-near"))).toEqual({
      transferSyntax: "1.2.840.10008.1.2.4.81",
      lossy: true,
      modality: "CR",
      viewPosition: "PA",
      ageYears: 11 / 12,
      sex: "F",
      pixelSpacingMm: [0.143, 0.139],
      pixelSpacingSource: "pixel",
      rows: 13,
      columns: 17,
      frames: 1,
      samplesPerPixel: 1,
      photometricInterpretation: "MONOCHROME2",
      bitsAllocated: 16,
      bitsStored: 12,
      highBit: 11,
      signed: false,
      windows: [{ center: 2000, width: 3000, function: "LINEAR" }],
      warnings: [],
    });
    expect(readDicomHeader(bytesOf("identified"))).toMatchObject({
      manufacturer: "ACME",
      bodyPart: "CHEST",
      laterality: "U",
      patientOrientation: ["L", "F"],
      pixelSpacingMm: [0.2, 0.1],
      pixelSpacingSource: "imager",
    });
    expect(readDicomHeader(bytesOf("rescale")).rescale).toEqual({ slope: 1.5, intercept: -1024.5 });
    expect(readDicomHeader(bytesOf("two-windows")).windows).toEqual([
      { center: 2000, width: 3000, function: "LINEAR", explanation: "SOFT" },
      { center: 700, width: 400, function: "LINEAR", explanation: "LUNG" },
    ]);
    expect(readDicomHeader(bytesOf("frames-explicit"))).toMatchObject({ frames: 3, samplesPerPixel: 1 });
    expect(readDicomHeader(bytesOf("rgb-planar"))).toMatchObject({ samplesPerPixel: 3, lossy: false });
  });

  it.each(referenced)("%s: what readDicom says, from the bytes before the pixels alone", async (name) => {
    const bytes = bytesOf(name);
    const { storedPixels, pixels, range, image, ...header } = await readDicom(bytes, { identifying: true });
    expect(readDicomHeader(bytes, { identifying: true })).toEqual(header);
    if (name.includes("deflated")) return;
    const start = pixelStart(bytes);
    expect(readDicomHeader(bytes.subarray(0, start + 12), { identifying: true })).toEqual(header);
    expect(() => readDicomHeader(bytes.subarray(0, start))).toThrow("holds no Pixel Data");
  });

  it("reads all forms of ages, and says where one is none", () => {
    const ageOf = (text: string) => {
      const { ageYears, warnings } = readDicomHeader(withText("grey12-explicit", 0x00101010, text));
      return ageYears ?? warnings;
    };
    expect(ageOf("058Y")).toBe(58);
    expect(ageOf("58  ")).toBe(58);
    expect(ageOf("006M")).toBe(0.5);
    expect(ageOf("010D")).toBe(10 / 365.25);
    expect(ageOf("    ")).toEqual([]);
    expect(ageOf("151Y")).toEqual([{ tag: "(0010,1010)", message: "is above 120 years" }]);
    expect(ageOf("old!")).toEqual([
      { tag: "(0010,1010)", message: "is no age; expected a form such as 058Y" },
    ]);
  });

  it("warns of windows that cannot be read, of which readDicom shows none unasked", async () => {
    const bytes = withText("grey12-explicit", 0x00281050, "wide");
    expect(readDicomHeader(bytes)).toMatchObject({ windows: [], warnings: [{ tag: "(0028,1050)" }] });
    await expect(readDicom(bytes)).rejects.toMatchObject({ problem: "unsupported", tag: "(0028,1050)" });
    expect((await readDicom(bytes, { window: "none" })).range).toEqual([0, 4095]);
  });

  it.each(names.filter((name) => /^(grey12|raw|voi|no-|meta|implicit)/.test(name)))(
    "%s cut anywhere in its header: an error, never a header",
    (name) => {
      const bytes = bytesOf(name);
      const end = name.includes("deflated") ? 300 : pixelStart(bytes);
      for (let length = 0; length < end; length += 7) {
        expect(() => readDicomHeader(bytes.subarray(0, length))).toThrow(ImageError);
      }
    },
  );
});

describe("what identifies a patient", () => {
  const secret = /SECRET|19870605|987654/;

  it("is in the fixtures", () => {
    for (const name of ["identified", "identified-jpeg"]) {
      expect(
        Buffer.from(bytesOf(name)).toString("latin1").match(new RegExp(secret, "g"))!.length,
      ).toBeGreaterThan(30);
    }
  });

  it.each(["identified", "identified-jpeg"])("%s: stays in the file unless asked for", async (name) => {
    expect(JSON.stringify(await readDicom(bytesOf(name)))).not.toMatch(secret);
    expect(JSON.stringify(readDicomHeader(bytesOf(name)))).not.toMatch(secret);
    const { identifying } = await readDicom(bytesOf(name), { identifying: true });
    expect(identifying).toEqual({
      patientId: "SECRET^PatientID",
      patientName: "SECRET^PatientName",
      patientBirthDate: "19870605",
      studyDate: "19870605",
      accessionNumber: "SECRET",
      institutionName: "SECRET^InstitutionName",
      referringPhysician: "SECRET^ReferringPhysicianName",
      studyDescription: "SECRET^StudyDescription",
      seriesDescription: "SECRET^SeriesDescription",
      sopInstanceUid: "1.2.826.0.1.987654321",
      studyInstanceUid: "1.2.826.0.1.987654321",
      seriesInstanceUid: "1.2.826.0.1.987654321",
    });
  });

  it("does not come out of a field where it does not belong", async () => {
    const bytes = bytesOf("identified");
    // Patient's Name becomes a second Patient's Sex, and a UID the Patient Orientation.
    for (const [tag, to] of [
      [0x00100040, 0x41],
      [0x00100010, 0x40],
      [0x00200020, 0x21],
      [0x0020000d, 0x20],
    ] as const) {
      bytes[valueStart(bytes, tag) - 6] = to;
    }
    for (const header of [await readDicom(bytes), readDicomHeader(bytes)]) {
      expect(JSON.stringify(header)).not.toMatch(secret);
      expect(header.warnings.map(({ tag }) => tag).sort()).toEqual(["(0010,0040)", "(0020,0020)"]);
    }
  });

  it("is in no error and no cause of one, wherever the file is damaged", async () => {
    for (const name of ["identified", "identified-jpeg"]) {
      const whole = bytesOf(name);
      let errors = 0;
      for (let at = 132; at < whole.length; at += 13) {
        for (const change of [
          (b: Uint8Array) => b.subarray(0, at),
          (b: Uint8Array) => b.fill(0xff, at, at + 2),
        ]) {
          const said = await readDicom(change(whole.slice())).catch((error: Error) => {
            errors++;
            return { ...error, message: error.message, cause: String(error.cause) };
          });
          expect(JSON.stringify(said)).not.toMatch(secret);
        }
      }
      expect(errors).toBeGreaterThan(100);
    }
  });
});
