import ndarray, { type NdArray } from "ndarray";
import { type PhantomFinding, type PhantomStudy, phantomDataset, renderPhantom } from "radiolucent";
import { encodePng } from "radiolucent/node";
import sharp from "sharp";
import { writeDicom } from "../../src/dicom/index.js";

/** A file to give to the page. */
export interface TestFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Patients whom the shipped model never saw: another seed than that of its training. */
const studies = phantomDataset({ patients: 30, seed: "page", imagesPerPatient: [1, 1] }).studies;

/** The test's patient of that number, with the findings that are wanted. */
export function patient(number: number, findings: readonly PhantomFinding[] = []): PhantomStudy {
  return { ...studies[number]!, findings };
}

export async function pngFile(name: string, study: PhantomStudy, size = 320): Promise<TestFile> {
  return { name, bytes: await encodePng(renderPhantom(study, size).image.pixels as NdArray<Uint8Array>) };
}

/** The same with sixteen bits, the low eight of which hold something of their own. */
export async function widePngFile(name: string, study: PhantomStudy, size = 320): Promise<TestFile> {
  const { data } = renderPhantom(study, size).image.pixels;
  const values = Uint16Array.from(data, (value, i) => 256 * value + (i % 256));
  return { name, bytes: await encodePng(ndarray(values, [size, size])) };
}

export function dicomFile(name: string, study: PhantomStudy, size = 320): TestFile {
  const { image } = renderPhantom(study, size);
  const bytes = writeDicom(image, { sopInstanceUid: "1.2.3.4", viewPosition: study.view });
  return { name, bytes };
}

export async function jpegFile(name: string, study: PhantomStudy, size = 320): Promise<TestFile> {
  const { pixels } = renderPhantom(study, size).image;
  const raw = { raw: { width: size, height: size, channels: 1 } } as const;
  const bytes = await sharp(pixels.data, raw).toColourspace("b-w").jpeg({ quality: 92 }).toBuffer();
  return { name, bytes };
}

/** The first part of a file, as an interrupted download leaves it. */
export const cut = ({ bytes }: TestFile, name: string): TestFile => ({
  name,
  bytes: bytes.subarray(0, Math.floor(bytes.length / 2)),
});

/** A file of words. */
export const textFile = (name: string): TestFile => ({
  name,
  bytes: new TextEncoder().encode("These are words, not a film.\n"),
});
