import ndarray from "ndarray";
import { ArgumentError, ImageError } from "../errors.js";
import type { Image } from "../image.js";
import { applyWindow, type WindowOptions } from "../images/applyWindow.js";
import { invertImage } from "../images/invertImage.js";
import { luminance } from "../images/luminance.js";
import { type DataSet, elementError, readItems } from "./dataSet.js";
import { readString } from "./elements.js";
import type { DicomHeader } from "./header.js";
import { type LookupTable, lookUp, readLookupTable } from "./lookupTable.js";
import { readWindows } from "./readDicomHeader.js";
import type { StoredSamples } from "./samples.js";
import { tags, tagText } from "./tags.js";

/** Which window `readDicom` shows: see there. */
export type DicomWindowChoice = "file" | "none" | number | WindowOptions;

type Pixels = Uint8Array | Uint16Array | Float32Array;

/** A grey image of numbers in one row, before its shape is given. */
interface Values {
  readonly values: Pixels;
  readonly range: readonly [number, number];
}

/** The samples of one frame as a grey image: through modality, VOI and inversion, a palette, or luminance. */
export function displayedFrame(
  dataSet: DataSet,
  header: DicomHeader,
  samples: StoredSamples,
  choice: DicomWindowChoice,
): Image {
  const { values, range } = displayed(dataSet, header, samples, choice);
  return { pixels: ndarray(values, [header.rows, header.columns]), range } as Image;
}

function displayed(
  dataSet: DataSet,
  header: DicomHeader,
  samples: StoredSamples,
  choice: DicomWindowChoice,
): Values {
  const { photometricInterpretation, samplesPerPixel } = header;
  const kind = `${photometricInterpretation} ${samplesPerPixel}`;
  const range = [0, 2 ** header.bitsStored - 1] as const;
  switch (kind) {
    case "MONOCHROME1 1":
    case "MONOCHROME2 1":
      return displayGrey(dataSet, header, samples, choice);
    case "PALETTE COLOR 1":
      return throughPalette(dataSet, header, samples);
    case "RGB 3":
      return { values: luminance(unsigned(samples), 3), range };
    case "YBR_ICT 3":
    case "YBR_RCT 3":
      // Transforms of JPEG 2000, which its decoder has undone; no other coding has them.
      if (!/\.4\.(9|20)\d$/.test(header.transferSyntax)) break;
      return { values: luminance(unsigned(samples), 3), range };
    case "YBR_FULL 3":
    case "YBR_FULL_422 3":
      return { values: unsigned(samples).filter((_, i) => i % 3 === 0), range };
  }
  const tag = tags.photometricInterpretation;
  const known = /^(HSV|ARGB|CMYK|XYB|YBR_PARTIAL_42[02])$/.test(photometricInterpretation);
  throw elementError(
    dataSet.file,
    "unsupported",
    tag,
    `Photometric Interpretation ${tagText(tag)} is ${known ? photometricInterpretation : "none that is read"} with ${samplesPerPixel} samples a pixel; expected MONOCHROME1, MONOCHROME2, PALETTE COLOR, RGB or YBR_FULL, so convert it`,
  );
}

/** Samples of colour, which `readStoredPixels` lets through as unsigned ones of 8 or 16 bits only. */
const unsigned = (samples: StoredSamples) => samples as Uint8Array | Uint16Array;

function throughPalette(dataSet: DataSet, header: DicomHeader, samples: StoredSamples): Values {
  const { file, elements } = dataSet;
  if (elements.has(tags.redPaletteSegmented) && !elements.has(tags.redPaletteData)) {
    const tag = tags.redPaletteSegmented;
    throw elementError(file, "unsupported", tag, `has a segmented palette ${tagText(tag)}; convert it`);
  }
  const [red, green, blue] = [0, 1, 2].map((channel) =>
    readLookupTable(
      dataSet,
      tags.redPaletteDescriptor + channel,
      tags.redPaletteData + channel,
      header.signed,
    ),
  ) as [LookupTable, LookupTable, LookupTable];
  const colours = new Uint16Array(3 * samples.length);
  for (let i = 0; i < samples.length; i++) {
    const index = samples[i]!;
    colours[3 * i] = lookUp(red, index);
    colours[3 * i + 1] = lookUp(green, index);
    colours[3 * i + 2] = lookUp(blue, index);
  }
  return compact(luminance(colours, 3), [0, 2 ** red.bits - 1]);
}

function displayGrey(
  dataSet: DataSet,
  header: DicomHeader,
  samples: StoredSamples,
  choice: DicomWindowChoice,
): Values {
  const { bitsStored, signed } = header;
  const lowest = signed ? -(2 ** (bitsStored - 1)) : 0;
  const highest = lowest + 2 ** bitsStored - 1;
  const show = (values: Float32Array) =>
    inverted(dataSet, header, windowed(dataSet, modality(dataSet, header, values, lowest, highest), choice));
  if (bitsStored > 16) return show(Float32Array.from(samples));
  // Each stored value comes out the same wherever it stands, so each is looked at once.
  const table = show(Float32Array.from({ length: highest - lowest + 1 }, (_, i) => lowest + i));
  // What a window made stays of floats, even where all of it is 0 or 1.
  const windowMade = table.range[1] === 1 && bitsStored > 1;
  const whole = windowMade ? table.values : compact(table.values, table.range).values;
  const values = new (whole.constructor as new (length: number) => Pixels)(samples.length);
  for (let i = 0; i < values.length; i++) values[i] = whole[samples[i]! - lowest]!;
  return { values, range: table.range };
}

/** Smaller numbers where these are whole and fit. */
function compact(values: Pixels, range: readonly [number, number]): Values {
  const [low, high] = range;
  if (low < 0 || high > 65535 || !values.every((value) => Number.isInteger(value))) return { values, range };
  return { values: high > 255 ? Uint16Array.from(values) : Uint8Array.from(values), range };
}

function modality(
  dataSet: DataSet,
  { rescale, signed }: DicomHeader,
  values: Float32Array,
  lowest: number,
  highest: number,
): Values {
  const [item] = readItems(dataSet, tags.modalityLutSequence);
  if (item !== undefined) {
    const table = readLookupTable(item, tags.lutDescriptor, tags.lutData, signed);
    return { values: values.map((value) => lookUp(table, value)), range: [0, 2 ** table.bits - 1] };
  }
  const { slope, intercept } = rescale ?? { slope: 1, intercept: 0 };
  // Rounded as the pixels are, so that none lies outside.
  const ends = [lowest, highest].map((value) => Math.fround(slope * value + intercept));
  if (!Number.isFinite(ends[1]! - ends[0]!) || ends[0] === ends[1]) {
    const tag = tags.rescaleSlope;
    const message = `Rescale Slope ${tagText(tag)} is ${slope}, which makes all values one, or none; correct the element`;
    throw elementError(dataSet.file, "unsupported", tag, message);
  }
  return {
    values: rescale === undefined ? values : values.map((value) => slope * value + intercept),
    range: [Math.min(...ends), Math.max(...ends)],
  };
}

function windowed(dataSet: DataSet, input: Values, choice: DicomWindowChoice): Values {
  if (choice === "none") return input;
  if (choice === "file") {
    const [item] = readItems(dataSet, tags.voiLutSequence);
    if (item !== undefined) {
      const table = readLookupTable(item, tags.lutDescriptor, tags.lutData, input.range[0] < 0);
      return { values: input.values.map((value) => lookUp(table, value)), range: [0, 2 ** table.bits - 1] };
    }
  }
  if (typeof choice === "object") {
    return throughWindow(
      input,
      choice,
      (cause) => new ArgumentError("options.window", cause.message, { cause }),
    );
  }
  const windows = readWindows(dataSet);
  const window = windows[choice === "file" ? 0 : choice];
  if (window === undefined) {
    if (choice === "file") return input;
    throw new ArgumentError("options.window", `is ${choice}; ${dataSet.file} has ${windows.length} windows`);
  }
  return throughWindow(input, window, (cause) => {
    const tag = tagText(tags.windowWidth);
    const expected = window.function === "LINEAR" ? "1 or more" : "more than 0";
    const message = `Window Width ${tag} is ${window.width}; expected ${expected}, so give options.window`;
    return new ImageError(dataSet.file, "unsupported", message, { tag, cause });
  });
}

function throughWindow(
  { values, range }: Values,
  window: WindowOptions,
  fault: (cause: ArgumentError) => Error,
): Values {
  try {
    const image = applyWindow({ pixels: ndarray(values, [1, values.length]), range } as Image, window);
    return { values: image.pixels.data, range: image.range };
  } catch (error) {
    throw error instanceof ArgumentError ? fault(error) : error;
  }
}

/**
 * MONOCHROME1 says that the lowest value is white (PS3.3 section C.7.6.3.1.2), INVERSE that the output is to be inverted to
 * give P-values, which the standard demands exactly where the image is MONOCHROME1 (section C.8.11.3): one inversion, said
 * twice.
 */
function inverted(dataSet: DataSet, header: DicomHeader, input: Values): Values {
  const shape = readString(dataSet, tags.presentationLutShape);
  if (header.photometricInterpretation !== "MONOCHROME1" && shape !== "INVERSE") return input;
  const image = invertImage({
    pixels: ndarray(input.values, [1, input.values.length]),
    range: input.range,
  } as Image);
  return { values: image.pixels.data, range: image.range };
}
