import { ImageError } from "../errors.js";
import { oldestAge, parseAge } from "./ageString.js";
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
  const photometric = readString(dataSet, tags.photometricInterpretation);
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
      modality: readString(dataSet, tags.modality),
      bodyPart: readString(dataSet, tags.bodyPart),
      viewPosition: readString(dataSet, tags.viewPosition),
      patientOrientation: listOrAbsent(readStrings(dataSet, tags.patientOrientation)),
      laterality: readString(dataSet, tags.imageLaterality) ?? readString(dataSet, tags.laterality),
      ageYears: readAge(dataSet, warnings),
      sex: readString(dataSet, tags.patientSex),
      manufacturer: readString(dataSet, tags.manufacturer),
      ...readSpacing(dataSet, warnings),
      presentationLutShape: readString(dataSet, tags.presentationLutShape),
      rescale: readRescale(dataSet),
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
  const explanations = readStrings(dataSet, tags.windowExplanation);
  return centers.map((center, i) => ({
    center,
    width: widths[i]!,
    function: curve,
    ...(explanations[i] && { explanation: explanations[i] }),
  }));
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

function readRescale(dataSet: DataSet): DicomHeader["rescale"] {
  const [slope] = readDecimals(dataSet, tags.rescaleSlope);
  const [intercept] = readDecimals(dataSet, tags.rescaleIntercept);
  if (slope === undefined && intercept === undefined) return undefined;
  const type = readString(dataSet, tags.rescaleType);
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

function listOrAbsent(list: string[]): readonly string[] | undefined {
  return list.length === 0 ? undefined : list;
}
