import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readDicom } from "../../src/dicom/readDicom.js";
import { readDicomHeader } from "../../src/dicom/readDicomHeader.js";
import { decodeImage } from "../../src/io/decodeImage.js";
import { sharedData } from "../shared-data.js";

const missing = sharedData === undefined ? " (skipped: ../shared/data is absent)" : "";
const siim = "1.2.276.0.7230010.3.1.4.8323329.301.1517875162.280319";
const twin = "dicom/1.2.276.0.7230010.3.1.4.8323329.6904.1517875201.850819.dcm";
const rsna = "dicom/c64d5667-a776-4f95-9e21-bfabafb07740.dcm";
const bytesOf = (path: string) => readFileSync(join(sharedData!, path));

/** SHA-256 of pydicom's pixel_array, Pillow being the decoder. */
const pydicom: readonly (readonly [path: string, sha256: string])[] = [
  [
    "dicom/1.2.276.0.7230010.3.1.4.8323329.6904.1517875201.850819.dcm",
    "938432fbb18d79f48568dc5b1fb06ffd2ace4a4ded4bfc490c35981e58f053fb",
  ],
  ["dicom/Fake_MONOHR1.dcm", "938432fbb18d79f48568dc5b1fb06ffd2ace4a4ded4bfc490c35981e58f053fb"],
  [
    "dicom/c64d5667-a776-4f95-9e21-bfabafb07740.dcm",
    "6e5128f7d9e9cd6d7b50fecb04074922230c1beb66bf63b700626326a92fcac7",
  ],
  [
    "siim/1.2.276.0.7230010.3.1.4.8323329.301.1517875162.280319.dcm",
    "c9b84627e7d969ce9ded078994ad6c4b00b4b9e261b16e7b5626693aac6b4db6",
  ],
  ["siim/positive_sample.dcm", "9ae3810e8ca562c8e7de1595ffa007a07f4f6323e77d1f754fd15b81d5763ba6"],
];

describe.skipIf(sharedData === undefined)(`readDicom on real films${missing}`, () => {
  it.each(pydicom)("%s: pydicom's pixel_array, exactly", async (path, sha256) => {
    const { storedPixels } = await readDicom(bytesOf(path));
    expect(storedPixels.shape).toEqual([1024, 1024]);
    const data = storedPixels.data as Uint8Array;
    expect(createHash("sha256").update(data).digest("hex")).toBe(sha256);
  });

  it("MONOCHROME2 and its MONOCHROME1 twin: the same stored samples, opposite pictures", async () => {
    const [plain, inverse] = await Promise.all(
      [bytesOf(twin), bytesOf("dicom/Fake_MONOHR1.dcm")].map((b) => readDicom(b)),
    );
    const same = (a: ArrayLike<number>, b: ArrayLike<number>) =>
      a.length === b.length && Buffer.compare(Buffer.from(a), Buffer.from(b)) === 0;
    expect(same(inverse!.storedPixels.data, plain!.storedPixels.data)).toBe(true);
    const opposite = (plain!.pixels.data as Uint8Array).map((value) => 255 - value);
    expect(same(inverse!.pixels.data, opposite)).toBe(true);
    expect(plain!.range).toEqual([0, 255]);
    expect(inverse!.range).toEqual([0, 255]);
  });

  it.each([siim, "positive_sample"])("siim/%s.dcm: its PNG, within 1", async (name) => {
    const film = await readDicom(bytesOf(`siim/${name}.dcm`));
    const png = await decodeImage(join(sharedData!, `siim/${name}.png`));
    const differences = (film.pixels.data as Uint8Array).map((value, i) =>
      Math.abs(value - png.pixels.data[i]!),
    );
    expect(differences.reduce((most, value) => Math.max(most, value), 0)).toBeLessThanOrEqual(1);
  });

  it("headers of SIIM and RSNA films hold age, sex and view", () => {
    expect(readDicomHeader(bytesOf(`siim/${siim}.dcm`))).toMatchObject({
      modality: "CR",
      viewPosition: "PA",
      ageYears: 50,
      sex: "F",
      lossy: true,
      photometricInterpretation: "MONOCHROME2",
      windows: [],
      warnings: [],
    });
    expect(readDicomHeader(bytesOf(rsna).subarray(0, 4096), { identifying: true })).toMatchObject({
      viewPosition: "AP",
      ageYears: 68,
      sex: "F",
      identifying: { patientId: "c64d5667-a776-4f95-9e21-bfabafb07740" },
    });
  });

  it("a film whose frame is cut short is an error, not half a film", async () => {
    const cut = { file: "half.dcm", problem: "truncated", tag: "(7FE0,0010)" };
    await expect(readDicom(bytesOf("bad/half.dcm"), { file: "half.dcm" })).rejects.toMatchObject(cut);
  });
});
