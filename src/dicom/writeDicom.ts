import { ArgumentError } from "../errors.js";
import type { Image } from "../image.js";
import type { WindowOptions } from "../images/applyWindow.js";
import { readPixels } from "../images/readPixels.js";
import { oldestAge } from "../labels/age.js";
import { tags } from "./tags.js";
import { explicitLittleEndianUid } from "./transferSyntax.js";

/** What {@link writeDicom} says of an image. */
export interface DicomContent {
  /** SOP Instance UID: names the image worldwide, so two images never share one. */
  readonly sopInstanceUid: string;
  /** Study Instance UID. Default: the image's own UID and ".1". */
  readonly studyInstanceUid?: string;
  /** Series Instance UID. Default: the image's own UID and ".2". */
  readonly seriesInstanceUid?: string;
  /** Patient ID. Default: none. */
  readonly patientId?: string;
  /** Patient's Name, components separated by `^`. Default: none. */
  readonly patientName?: string;
  /** Age in years, 0 to 120; written in whole years from 2 on, below that in whole months, below a month in whole days. */
  readonly ageYears?: number;
  /** Patient's Sex: F, M or O. */
  readonly sex?: string;
  /** Modality. Default "CR". */
  readonly modality?: string;
  /** Body Part Examined. Default "CHEST". */
  readonly bodyPart?: string;
  /** View Position: PA, AP, LL, ... */
  readonly viewPosition?: string;
  /** Distance between pixel centres, [vertical, horizontal], in mm. */
  readonly pixelSpacingMm?: readonly [number, number];
  /** With "MONOCHROME1" the pixels are stored inverted, so that the picture stays the same. Default "MONOCHROME2". */
  readonly photometricInterpretation?: "MONOCHROME1" | "MONOCHROME2";
  /** The window to show, in stored values. Default: none. */
  readonly window?: WindowOptions;
}

const secondaryCapture = "1.2.840.10008.5.1.4.1.1.7";
const implementation = "2.25.187748795980580858607895743970006670601";

/**
 * Writes a grey image as a DICOM file: Secondary Capture, explicit VR little endian, uncompressed. What the standard wants
 * to be there and the content does not say is there without a value.
 *
 * @param image whole numbers of 8 or 16 bits, high is white; a range [0, 2^bits - 1] with 2 to 16 bits, which become
 *   Bits Stored
 * @throws ArgumentError for another image, a pixel outside its range, or a value that DICOM cannot hold
 */
export function writeDicom(image: Image<Uint8Array> | Image<Uint16Array>, content: DicomContent): Uint8Array {
  const { sopInstanceUid, photometricInterpretation: photometric = "MONOCHROME2", window } = content;
  const { values, height, width } = readPixels(image);
  const bits = Math.log2(image.range[1] + 1);
  if (
    values instanceof Float32Array ||
    image.range[0] !== 0 ||
    !Number.isInteger(bits) ||
    bits < 2 ||
    bits > 16
  ) {
    throw new ArgumentError(
      "image",
      `has ${values.constructor.name} pixels in [${image.range}]; expected whole numbers in [0, 2^bits - 1], 2 to 16 bits`,
    );
  }
  if (height === 0 || width === 0 || height > 65535 || width > 65535) {
    throw new ArgumentError("image.pixels", `has shape [${height}, ${width}]; expected 1 to 65535 each`);
  }
  const elements = [
    cs(tags.specificCharacterSet, "ISO_IR 192"),
    uid(tags.sopClassUid, secondaryCapture, "SOP class"),
    uid(tags.sopInstanceUid, sopInstanceUid, "content.sopInstanceUid"),
    text(tags.studyDate, "DA", ""),
    text(0x00080030, "TM", ""),
    text(tags.accessionNumber, "SH", ""),
    cs(tags.modality, content.modality ?? "CR", "content.modality"),
    cs(0x00080064, "WSD"),
    text(tags.referringPhysician, "PN", ""),
    text(tags.patientName, "PN", content.patientName ?? "", "content.patientName"),
    text(tags.patientId, "LO", content.patientId ?? "", "content.patientId"),
    text(tags.patientBirthDate, "DA", ""),
    cs(tags.patientSex, content.sex ?? "", "content.sex"),
    ...(content.ageYears === undefined ? [] : [text(tags.patientAge, "AS", ageString(content.ageYears))]),
    cs(tags.bodyPart, content.bodyPart ?? "CHEST", "content.bodyPart"),
    ...(content.viewPosition === undefined
      ? []
      : [cs(tags.viewPosition, content.viewPosition, "content.viewPosition")]),
    uid(tags.studyInstanceUid, content.studyInstanceUid ?? `${sopInstanceUid}.1`, "content.studyInstanceUid"),
    uid(
      tags.seriesInstanceUid,
      content.seriesInstanceUid ?? `${sopInstanceUid}.2`,
      "content.seriesInstanceUid",
    ),
    text(0x00200010, "SH", ""),
    text(0x00200011, "IS", ""),
    text(0x00200013, "IS", "1"),
    cs(tags.patientOrientation, ""),
    us(tags.samplesPerPixel, 1),
    cs(tags.photometricInterpretation, photometric),
    us(tags.rows, height),
    us(tags.columns, width),
    ...(content.pixelSpacingMm === undefined
      ? []
      : [ds(tags.pixelSpacing, content.pixelSpacingMm, "content.pixelSpacingMm", 0)]),
    us(tags.bitsAllocated, bits > 8 ? 16 : 8),
    us(tags.bitsStored, bits),
    us(tags.highBit, bits - 1),
    us(tags.pixelRepresentation, 0),
    ...(window === undefined
      ? []
      : [
          ds(tags.windowCenter, [window.center], "content.window.center"),
          ds(tags.windowWidth, [window.width], "content.window.width", 0),
          cs(tags.voiLutFunction, window.function ?? "LINEAR"),
        ]),
    element(tags.pixelData, bits > 8 ? "OW" : "OB", pixelBytes(values, bits, photometric === "MONOCHROME1")),
  ];
  const meta = joined([
    element(0x00020001, "OB", Uint8Array.of(0, 1)),
    uid(0x00020002, secondaryCapture, "SOP class"),
    uid(0x00020003, sopInstanceUid, "content.sopInstanceUid"),
    uid(tags.transferSyntax, explicitLittleEndianUid, "transfer syntax"),
    uid(0x00020012, implementation, "implementation"),
    text(0x00020013, "SH", "RADIOLUCENT"),
  ]);
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, meta.length, true);
  const mark = Uint8Array.from("DICM", (letter) => letter.charCodeAt(0));
  return joined([new Uint8Array(128), mark, element(0x00020000, "UL", length), meta, ...elements]);
}

function pixelBytes(values: Uint8Array | Uint16Array, bits: number, invert: boolean): Uint8Array {
  const highest = 2 ** bits - 1;
  const size = bits > 8 ? 2 : 1;
  const bytes = new Uint8Array(values.length * size);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value > highest) {
      throw new ArgumentError("image.pixels", `holds ${value}; its range ends at ${highest}`);
    }
    const stored = invert ? highest - value : value;
    if (size === 1) bytes[i] = stored;
    else view.setUint16(2 * i, stored, true);
  }
  return bytes;
}

/** Most characters of a value, by its representation (PS3.5 section 6.2). */
const longest = { AS: 4, CS: 16, DA: 8, DS: 16, IS: 12, LO: 64, PN: 64, SH: 16, TM: 16, UI: 64 } as const;

function text(tag: number, vr: keyof typeof longest, value: string, argument = "content"): Uint8Array {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what no value may hold
  if (value.length > longest[vr] || /[\\\x00-\x1f]/.test(value)) {
    throw new ArgumentError(
      argument,
      `is not what DICOM can hold; expected up to ${longest[vr]} characters, no backslash and no control characters`,
    );
  }
  return element(tag, vr, new TextEncoder().encode(value));
}

function cs(tag: number, value: string, argument?: string): Uint8Array {
  if (!/^[A-Z0-9_ ]*$/.test(value)) {
    throw new ArgumentError(
      argument ?? "content",
      `is "${value}"; expected capitals, digits, spaces and underscores`,
    );
  }
  return text(tag, "CS", value, argument);
}

function uid(tag: number, value: string, argument: string): Uint8Array {
  if (!/^(0|[1-9]\d*)(\.(0|[1-9]\d*))+$/.test(value)) {
    throw new ArgumentError(argument, "is no UID; expected numbers joined by points, such as 1.2.826.0.1");
  }
  return text(tag, "UI", value, argument);
}

function ds(tag: number, values: readonly number[], argument: string, above = -Infinity): Uint8Array {
  const parts = values.map((value) => {
    if (!(Number.isFinite(value) && value > above)) {
      throw new ArgumentError(
        argument,
        `is ${values}; expected finite numbers${above === 0 ? " above 0" : ""}`,
      );
    }
    const digits = String(value);
    return digits.length <= longest.DS ? digits : value.toPrecision(10);
  });
  return element(tag, "DS", new TextEncoder().encode(parts.join("\\")));
}

function us(tag: number, value: number): Uint8Array {
  return element(tag, "US", Uint8Array.of(value & 0xff, value >> 8));
}

function ageString(years: number): string {
  if (!(years >= 0 && years <= oldestAge)) {
    throw new ArgumentError("content.ageYears", `is ${years}; expected 0 to ${oldestAge}`);
  }
  const months = Math.round(years * 12);
  const [count, unit] =
    years >= 2 ? [Math.floor(years), "Y"] : months >= 1 ? [months, "M"] : [Math.round(years * 365.25), "D"];
  return `${String(count).padStart(3, "0")}${unit}`;
}

/** An element in explicit VR little endian, its value padded to an even length: UIDs and bytes by 0, text by a space. */
function element(tag: number, vr: string, value: Uint8Array): Uint8Array {
  const long = vr === "OB" || vr === "OW";
  const start = long ? 12 : 8;
  const length = value.length + (value.length % 2);
  const bytes = new Uint8Array(start + length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, tag >>> 16, true);
  view.setUint16(2, tag & 0xffff, true);
  bytes[4] = vr.charCodeAt(0);
  bytes[5] = vr.charCodeAt(1);
  if (long) view.setUint32(8, length, true);
  else view.setUint16(6, length, true);
  bytes.set(value, start);
  if (value.length % 2 === 1 && !long && vr !== "UI") bytes[bytes.length - 1] = 0x20;
  return bytes;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
