import ndarray, { type NdArray } from "ndarray";
import { ImageError } from "../errors.js";
import { type CodecSource, type CodedFrame, decodeFrame } from "./codecs.js";
import { hasEndMarker, readJpeg2000Head, readJpegHead } from "./codestream.js";
import { type DataSet, elementError } from "./dataSet.js";
import { readUint16 } from "./elements.js";
import { encapsulatedFrames } from "./encapsulatedFrames.js";
import type { DicomHeader } from "./header.js";
import type { ParsedFile } from "./parseFile.js";
import { decodeRle } from "./rle.js";
import { type StoredSamples, unpackBits, unpackSamples } from "./samples.js";
import { tags, tagText } from "./tags.js";

/** Most samples that are decoded: a file of a few bytes can claim to hold any number. */
const mostSamples = 2 ** 28;

/** More than any coding makes of a byte, and samples that may come of none; an empty image compresses very well. */
const mostSamplesPerByte = 2 ** 15;
const freeSamples = 2 ** 24;

/** Decodes the pixel data of a parsed file, all frames. */
export async function readStoredPixels(
  { syntax, dataSet }: ParsedFile,
  header: DicomHeader,
  codecs: CodecSource | undefined,
): Promise<NdArray<StoredSamples>> {
  checkLayout(dataSet, header);
  const { rows, columns, frames, samplesPerPixel } = header;
  const values =
    syntax.coding === "native"
      ? readNative(dataSet, header)
      : await readEncapsulated(dataSet, header, syntax.coding, codecs);
  const shape =
    frames === 1 && samplesPerPixel === 1 ? [rows, columns] : [frames, rows, columns, samplesPerPixel];
  return ndarray(values, shape) as NdArray<StoredSamples>;
}

/** Refuses what no image can be, before any memory is taken for it. */
function checkLayout({ file }: DataSet, header: DicomHeader): void {
  const { rows, columns, frames, samplesPerPixel, bitsAllocated, bitsStored, highBit } = header;
  const refuse = (problem: "truncated" | "unsupported", tag: number, message: string): never => {
    throw elementError(file, problem, tag, message);
  };
  if (rows === 0) refuse("truncated", tags.rows, `Rows ${tagText(tags.rows)} is 0; fetch it again`);
  if (columns === 0)
    refuse("truncated", tags.columns, `Columns ${tagText(tags.columns)} is 0; fetch it again`);
  if (![1, 8, 16, 32].includes(bitsAllocated)) {
    const tag = tags.bitsAllocated;
    refuse("unsupported", tag, `Bits Allocated ${tagText(tag)} is ${bitsAllocated}; expected 1, 8, 16 or 32`);
  }
  if (bitsStored === 0 || bitsStored > bitsAllocated) {
    const tag = tags.bitsStored;
    refuse("truncated", tag, `Bits Stored ${tagText(tag)} is ${bitsStored}; expected 1 to ${bitsAllocated}`);
  }
  if (highBit < bitsStored - 1 || highBit >= bitsAllocated) {
    const tag = tags.highBit;
    refuse(
      "truncated",
      tag,
      `High Bit ${tagText(tag)} is ${highBit}; expected ${bitsStored - 1} to ${bitsAllocated - 1}`,
    );
  }
  if (samplesPerPixel !== 1 && samplesPerPixel !== 3) {
    const tag = tags.samplesPerPixel;
    refuse("unsupported", tag, `Samples per Pixel ${tagText(tag)} is ${samplesPerPixel}; expected 1 or 3`);
  }
  if (samplesPerPixel === 3 && header.signed) {
    const tag = tags.pixelRepresentation;
    refuse("unsupported", tag, `Pixel Representation ${tagText(tag)} of colour is signed; expected 0`);
  }
  if (samplesPerPixel === 3 && bitsAllocated !== 8 && bitsAllocated !== 16) {
    const tag = tags.bitsAllocated;
    refuse(
      "unsupported",
      tag,
      `Bits Allocated ${tagText(tag)} of colour is ${bitsAllocated}; expected 8 or 16`,
    );
  }
  if (rows * columns * frames * samplesPerPixel > mostSamples) {
    const tag = frames > 1 ? tags.numberOfFrames : tags.rows;
    refuse(
      "unsupported",
      tag,
      `says it has ${frames} frames of ${rows} x ${columns} pixels ${tagText(tag)}, more than ${mostSamples} samples`,
    );
  }
}

function readNative(dataSet: DataSet, header: DicomHeader): StoredSamples {
  const { file, bytes, littleEndian } = dataSet;
  const element = dataSet.elements.get(tags.pixelData)!;
  const { rows, columns, frames, samplesPerPixel, bitsAllocated } = header;
  const halved = header.photometricInterpretation === "YBR_FULL_422";
  const pixels = rows * columns * frames;
  // Two pixels share their chroma samples (PS3.3 section C.7.6.3.1.2).
  const stored = halved ? pixels * 2 : pixels * samplesPerPixel;
  const expected = Math.ceil((stored * bitsAllocated) / 8);
  const available = element.end - element.start;
  const spare = available - expected;
  // Some padding is common; as much as a frame means that sides, depth or number of frames are not the file's.
  if (element.fragments !== undefined || spare < 0 || spare >= Math.max(2, expected / frames)) {
    const tag = tags.pixelData;
    const holds = element.fragments === undefined ? `${available} bytes` : "fragments of a compressed image";
    throw elementError(
      file,
      "truncated",
      tag,
      `Pixel Data ${tagText(tag)} holds ${holds}; expected ${expected} bytes, so fetch it again`,
    );
  }
  const data = bytes.subarray(element.start, element.start + expected);
  if (bitsAllocated === 1) return unpackBits(data, pixels);
  if (bitsAllocated === 32 && !littleEndian) {
    const tag = tags.bitsAllocated;
    const message = `Bits Allocated ${tagText(tag)} is 32 in big endian, which writers order in two ways; convert it`;
    throw elementError(file, "unsupported", tag, message);
  }
  if (halved && columns % 2 === 1) {
    const tag = tags.columns;
    throw elementError(
      file,
      "unsupported",
      tag,
      `Columns ${tagText(tag)} is odd; YBR_FULL_422 needs an even number`,
    );
  }
  const values = unpackSamples(data, { ...header, littleEndian });
  if (halved) return spreadChroma(values);
  const planar = samplesPerPixel > 1 && readUint16(dataSet, tags.planarConfiguration) === 1;
  return planar ? interleave(values, frames, samplesPerPixel) : values;
}

/** From Y1 Y2 Cb Cr to Y1 Cb Cr Y2 Cb Cr. */
function spreadChroma(values: StoredSamples): StoredSamples {
  const result = like(values, (values.length / 2) * 3);
  for (let from = 0, to = 0; from < values.length; from += 4, to += 6) {
    for (const pixel of [0, 1]) {
      result[to + 3 * pixel] = values[from + pixel]!;
      result[to + 3 * pixel + 1] = values[from + 2]!;
      result[to + 3 * pixel + 2] = values[from + 3]!;
    }
  }
  return result;
}

/** From planes one after the other to pixel by pixel. */
function interleave(values: StoredSamples, frames: number, samples: number): StoredSamples {
  const result = like(values, values.length);
  const plane = values.length / frames / samples;
  for (let frame = 0, from = 0; frame < frames; frame++) {
    for (let sample = 0; sample < samples; sample++) {
      const start = frame * plane * samples + sample;
      for (let i = 0; i < plane; i++) result[start + i * samples] = values[from++]!;
    }
  }
  return result;
}

function like(values: StoredSamples, length: number): StoredSamples {
  return new (values.constructor as new (length: number) => StoredSamples)(length);
}

async function readEncapsulated(
  dataSet: DataSet,
  header: DicomHeader,
  coding: CodedFrame["coding"] | "rle",
  codecs: CodecSource | undefined,
): Promise<StoredSamples> {
  const { rows, columns, frames, samplesPerPixel } = header;
  const coded = encapsulatedFrames(dataSet, frames, coding !== "rle");
  const decode = (frame: Uint8Array) =>
    coding === "rle" ? readRle(dataSet, header, frame) : readCoded(dataSet, header, coding, frame, codecs);
  const first = await decode(coded[0]!);
  if (frames === 1) return first;
  const size = rows * columns * samplesPerPixel;
  const values = like(first, size * frames);
  values.set(first);
  for (let i = 1; i < frames; i++) values.set(await decode(coded[i]!), i * size);
  return values;
}

function readRle(dataSet: DataSet, header: DicomHeader, frame: Uint8Array): StoredSamples {
  const { rows, columns, samplesPerPixel, bitsAllocated } = header;
  if (bitsAllocated === 1) {
    const tag = tags.bitsAllocated;
    throw elementError(
      dataSet.file,
      "unsupported",
      tag,
      `Bits Allocated ${tagText(tag)} is 1 in run-length coding`,
    );
  }
  const data = decodeRle(frame, rows * columns, samplesPerPixel, bitsAllocated / 8);
  if (typeof data === "string") throw damagedFrame(dataSet, data);
  return unpackSamples(data, { ...header, littleEndian: true });
}

async function readCoded(
  dataSet: DataSet,
  header: DicomHeader,
  coding: CodedFrame["coding"],
  frame: Uint8Array,
  codecs: CodecSource | undefined,
): Promise<StoredSamples> {
  const { rows, columns, samplesPerPixel, bitsStored, bitsAllocated } = header;
  const head = coding === "jpeg" || coding === "jpeg-ls" ? readJpegHead(frame) : readJpeg2000Head(frame);
  if (head === undefined) throw damagedFrame(dataSet, `has a frame that is no ${coding} stream`);
  const { height, width, components, precision, signed, fullSize, planar, start } = head;
  if (height !== rows || width !== columns || components !== samplesPerPixel) {
    throw damagedFrame(
      dataSet,
      `has a ${coding} frame of ${height} x ${width} pixels with ${components} samples; the header says ${rows} x ${columns} with ${samplesPerPixel}`,
    );
  }
  if (precision > bitsAllocated) {
    throw damagedFrame(
      dataSet,
      `has a ${coding} frame of ${precision} bits; Bits Allocated ${tagText(tags.bitsAllocated)} says ${bitsAllocated}`,
    );
  }
  if (signed && !header.signed) {
    const tag = tags.pixelRepresentation;
    const message = `Pixel Representation ${tagText(tag)} says unsigned, and the ${coding} frame says signed; correct the element`;
    throw elementError(dataSet.file, "unsupported", tag, message);
  }
  const wide = components > 1 && precision > 8 && coding === "jpeg-2000";
  if (precision < 2 || precision > 16 || !fullSize || wide) {
    throw elementError(
      dataSet.file,
      "unsupported",
      tags.pixelData,
      `has a ${coding} frame of ${components} components of ${precision} bits${fullSize ? "" : " or of different sizes"}; convert it, as with gdcmconv --raw`,
    );
  }
  if (height * width * components > frame.length * mostSamplesPerByte + freeSamples) {
    throw damagedFrame(
      dataSet,
      `has a ${coding} frame of ${frame.length} bytes for ${height} x ${width} pixels`,
    );
  }
  if (!hasEndMarker(frame)) throw damagedFrame(dataSet, `has a ${coding} frame without its end`);
  const bytes = frame.subarray(start);
  const data = await decodeFrame({ coding, bytes, height, width, components, precision, signed }, codecs);
  if (typeof data === "string") {
    throw new ImageError(
      dataSet.file,
      "truncated",
      `Pixel Data ${tagText(tags.pixelData)} has a ${coding} frame that is cut short or damaged; fetch it again`,
      { tag: tagText(tags.pixelData), cause: new Error(data) },
    );
  }
  const bits = Math.min(precision, bitsStored);
  const values = unpackSamples(data, {
    bitsAllocated: precision <= 8 ? 8 : 16,
    bitsStored: bits,
    highBit: bits - 1,
    signed: header.signed,
    littleEndian: true,
    width: bitsAllocated,
  });
  return planar ? interleave(values, 1, components) : values;
}

function damagedFrame({ file }: DataSet, message: string): ImageError {
  return elementError(
    file,
    "truncated",
    tags.pixelData,
    `Pixel Data ${tagText(tags.pixelData)} ${message}; it is cut short or damaged, so fetch it again`,
  );
}
