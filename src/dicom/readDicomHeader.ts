import { ImageError } from "../errors.js";
import { oldestAge, parseAge } from "../labels/age.js";
import { type DataSet, elementError } from "./dataSet.js";
import { readDecimals, readString, readStrings, readUint16, required } from "./elements.js";
import type {
  DicomHeader,
  DicomHeaderOptions,
  DicomIdentifiers,
  DicomWarning,
  DicomWindow,
} from "./header.js";
import { type ParsedFile, parseFile } from "./parseFile.js";
import { tags, tagText } from "./tags.js";

/**
 * Reads the header of a DICOM image and leaves its pixels alone.
 *
 * Nothing that identifies a patient is given unless `identifying` asks for it: not in the result, and not in errors.
 *
 * @param bytes the file, or its beginning: the header must be whole, which the first 64 kilobytes are enough for unless it
 *   holds private or icon data
 * @throws ImageError with `tag` where one element is at fault, and `problem`: "empty" (no bytes), "not-an-image" (no DICOM
 *   file, or one without an image), "truncated" (the header is cut short or damaged), "unsupported" (a transfer syntax or
 *   value that is not read)
 */
export function readDicomHeader(bytes: Uint8Array, options: DicomHeaderOptions = {}): DicomHeader {
  return headerOf(parseFile(options.file ?? "image", bytes, true), options.identifying ?? false);
}

/** What a parsed file's header says. */
export function headerOf({ transferSyntax, syntax, dataSet }: ParsedFile, identifying: boolean): DicomHeader {
  const { file } = dataSet;
  checkForImage(dataSet);
  const warnings: DicomWarning[] = [];
  const number = (tag: number, name: string) => required(dataSet, tag, name, readUint16(dataSet, tag));
  const code = (tag: number) => plain(dataSet, tag, codes, warnings);
  const photometric = code(tags.photometricInterpretation);
  const bitsStored = number(tags.bitsStored, "Bits Stored");
  const sign = number(tags.pixelRepresentation, "Pixel Representation");
  if (sign > 1) {
    const tag = tags.pixelRepresentation;
    throw elementError(
      file,
      "truncated",
      tag,
      `Pixel Representation ${tagText(tag)} is ${sign}; expected 0 or 1`,
    );
  }
  const lossyFlag = readString(dataSet, tags.lossyCompression);
  return {
    transferSyntax,
    lossy: lossyFlag === "01" || syntax.lossy === true || (syntax.lossy === undefined && lossyFlag !== "00"),
    ...optional({
      modality: code(tags.modality),
      bodyPart: code(tags.bodyPart),
      viewPosition: code(tags.viewPosition),
      patientOrientation: code(tags.patientOrientation)
        ?.split("\\")
        .map((part) => part.trim()),
      laterality: code(tags.imageLaterality) ?? code(tags.laterality),
      ageYears: readAge(dataSet, warnings),
      sex: code(tags.patientSex),
      manufacturer: plain(dataSet, tags.manufacturer, shortText, warnings),
      ...readSpacing(dataSet, warnings),
      presentationLutShape: code(tags.presentationLutShape),
      rescale: readRescale(dataSet, warnings),
    }),
    rows: number(tags.rows, "Rows"),
    columns: number(tags.columns, "Columns"),
    frames: readFrameCount(dataSet, warnings),
    samplesPerPixel: number(tags.samplesPerPixel, "Samples per Pixel"),
    photometricInterpretation: required(
      dataSet,
      tags.photometricInterpretation,
      "Photometric Interpretation",
      photometric,
    ),
    bitsAllocated: number(tags.bitsAllocated, "Bits Allocated"),
    bitsStored,
    highBit: readUint16(dataSet, tags.highBit) ?? bitsStored - 1,
    signed: sign === 1,
    windows: readWindowsOrWarn(dataSet, warnings),
    warnings,
    ...(identifying && { identifying: readIdentifiers(dataSet) }),
  };
}

/** The windows of a file; throws where it has some that cannot be read. */
export function readWindows(dataSet: DataSet): readonly DicomWindow[] {
  const { file } = dataSet;
  const centers = readDecimals(dataSet, tags.windowCenter);
  const widths = readDecimals(dataSet, tags.windowWidth);
  if (centers.length !== widths.length) {
    throw elementError(
      file,
      "unsupported",
      tags.windowWidth,
      `has ${centers.length} window centres ${tagText(tags.windowCenter)} and ${widths.length} widths ${tagText(tags.windowWidth)}; correct them, or give options.window`,
    );
  }
  const curve = readString(dataSet, tags.voiLutFunction)?.toUpperCase() ?? "LINEAR";
  if (curve !== "LINEAR" && curve !== "LINEAR_EXACT" && curve !== "SIGMOID") {
    const tag = tags.voiLutFunction;
    throw elementError(
      file,
      "unsupported",
      tag,
      `has an unknown VOI LUT Function ${tagText(tag)}; give options.window`,
    );
  }
  const explanations = plain(dataSet, tags.windowExplanation, shortText, [])?.split("\\") ?? [];
  return centers.map((center, i) => ({
    center,
    width: widths[i]!,
    function: curve,
    ...(explanations[i] && { explanation: explanations[i].trim() }),
  }));
}

/** Values of up to 16 letters, digits and the like (PS3.5 section 6.2 has no small letters; writers do). */
const codes = /^[\p{L}\p{N}_ /+-]{0,16}$/u;
/** Values of up to 64 characters. */
const shortText = /^[^\p{Cc}^]{0,64}$/u;

/**
 * Reads text that is not of a person. Where a file is damaged, or someone wrote into the wrong field, a name may stand there,
 * or all the elements that follow: what has not the form of such a value is not given.
 */
function plain(dataSet: DataSet, tag: number, form: RegExp, warnings: DicomWarning[]): string | undefined {
  const text = readString(dataSet, tag);
  if (text === undefined || text.split("\\").every((value) => form.test(value))) return text;
  warnings.push({ tag: tagText(tag), message: "has not the form that such a value has" });
  return undefined;
}

function checkForImage({ file, elements }: DataSet): void {
  if (elements.has(tags.pixelData)) return;
  for (const tag of [tags.floatPixelData, tags.doubleFloatPixelData]) {
    if (elements.has(tag)) {
      throw elementError(
        file,
        "unsupported",
        tag,
        `holds floating-point pixels ${tagText(tag)}; expected Pixel Data ${tagText(tags.pixelData)}, so convert it`,
      );
    }
  }
  const message = `holds no Pixel Data ${tagText(tags.pixelData)}: it is another kind of DICOM object, or cut short`;
  throw elementError(file, "not-an-image", tags.pixelData, message);
}

function readAge(dataSet: DataSet, warnings: DicomWarning[]): number | undefined {
  const text = readString(dataSet, tags.patientAge);
  if (text === undefined) return undefined;
  const years = parseAge(text);
  if (years <= oldestAge) return years;
  const message = Number.isNaN(years)
    ? "is no age; expected a form such as 058Y"
    : `is above ${oldestAge} years`;
  warnings.push({ tag: tagText(tags.patientAge), message });
  return undefined;
}

function readSpacing(
  dataSet: DataSet,
  warnings: DicomWarning[],
): Partial<Pick<DicomHeader, "pixelSpacingMm" | "pixelSpacingSource">> {
  for (const [pixelSpacingSource, tag] of [
    ["pixel", tags.pixelSpacing],
    ["imager", tags.imagerPixelSpacing],
    ["scanned", tags.nominalScannedPixelSpacing],
  ] as const) {
    const texts = readStrings(dataSet, tag);
    if (texts.length === 0) continue;
    const [vertical, horizontal] = texts.map(Number);
    if (texts.length === 2 && vertical! > 0 && horizontal! > 0) {
      return { pixelSpacingMm: [vertical!, horizontal!], pixelSpacingSource };
    }
    warnings.push({ tag: tagText(tag), message: "is not two numbers above 0" });
  }
  return {};
}

function readFrameCount(dataSet: DataSet, warnings: DicomWarning[]): number {
  const [frames] = readDecimals(dataSet, tags.numberOfFrames);
  if (frames === undefined) return 1;
  if (frames === 0) {
    // As pydicom reads it: some writers say 0 where they mean "no more than one".
    warnings.push({ tag: tagText(tags.numberOfFrames), message: "is 0, read as 1" });
    return 1;
  }
  if (Number.isInteger(frames) && frames > 0) return frames;
  const tag = tags.numberOfFrames;
  throw elementError(
    dataSet.file,
    "truncated",
    tag,
    `Number of Frames ${tagText(tag)} is no whole number above 0`,
  );
}

function readRescale(dataSet: DataSet, warnings: DicomWarning[]): DicomHeader["rescale"] {
  const [slope] = readDecimals(dataSet, tags.rescaleSlope);
  const [intercept] = readDecimals(dataSet, tags.rescaleIntercept);
  if (slope === undefined && intercept === undefined) return undefined;
  const type = plain(dataSet, tags.rescaleType, shortText, warnings);
  return { slope: slope ?? 1, intercept: intercept ?? 0, ...(type !== undefined && { type }) };
}

function readWindowsOrWarn(dataSet: DataSet, warnings: DicomWarning[]): readonly DicomWindow[] {
  try {
    return readWindows(dataSet);
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    warnings.push({ tag: error.tag ?? tagText(tags.windowWidth), message: "the windows cannot be read" });
    return [];
  }
}

function readIdentifiers(dataSet: DataSet): DicomIdentifiers {
  return optional({
    patientId: readString(dataSet, tags.patientId),
    patientName: readString(dataSet, tags.patientName),
    patientBirthDate: readString(dataSet, tags.patientBirthDate),
    studyDate: readString(dataSet, tags.studyDate),
    accessionNumber: readString(dataSet, tags.accessionNumber),
    institutionName: readString(dataSet, tags.institutionName),
    referringPhysician: readString(dataSet, tags.referringPhysician),
    studyDescription: readString(dataSet, tags.studyDescription),
    seriesDescription: readString(dataSet, tags.seriesDescription),
    sopInstanceUid: readString(dataSet, tags.sopInstanceUid),
    studyInstanceUid: readString(dataSet, tags.studyInstanceUid),
    seriesInstanceUid: readString(dataSet, tags.seriesInstanceUid),
  });
}

/** The fields that have a value. */
function optional<Fields extends object>(
  fields: Fields,
): { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Name in keyof Fields]?: Exclude<Fields[Name], undefined>;
  };
}
