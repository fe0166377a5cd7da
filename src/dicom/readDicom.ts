/**
 * Reads DICOM images, in Node and in browsers.
 *
 * ```ts
 * const film = await readDicom(await readFile("film.dcm"));
 * const input = resizeImage(film.image, 224, 224);
 * console.log(film.viewPosition, film.ageYears, film.pixelSpacingMm);
 * ```
 *
 * The codecs are DCMTK's libjpeg, CharLS, OpenJPEG and OpenJPH in the one WebAssembly file of dcmjs-codecs: the only package
 * that also reads JPEG of 12 bits, and a file without glue code, so that nothing of Node gets into a bundle. The data set
 * is taken apart here, since dicom-parser misreads the representations OV, SV and UV, which offset tables use, and dcmjs
 * prints what it meets.
 *
 * @module
 */

import type { NdArray } from "ndarray";
import { ArgumentError } from "../errors.js";
import type { Image } from "../image.js";
import type { CodecSource } from "./codecs.js";
import { type DicomWindowChoice, displayedFrame } from "./displayedFrame.js";
import type { DicomHeader, DicomHeaderOptions } from "./header.js";
import { parseFile } from "./parseFile.js";
import { headerOf } from "./readDicomHeader.js";
import type { StoredSamples } from "./samples.js";
import { readStoredPixels } from "./storedPixels.js";

/** A DICOM image, decoded. */
export interface DicomImage extends DicomHeader {
  /**
   * The numbers as stored: bits outside Bits Stored and High Bit dropped, the sign spread, and no transform applied. Shape
   * [rows, columns] for one frame of one sample a pixel, otherwise [frames, rows, columns, samples]. Colour is as coded:
   * YBR stays YBR, at full resolution, except that JPEG 2000 undoes its own YBR_ICT and YBR_RCT, which gives RGB.
   */
  readonly storedPixels: NdArray<StoredSamples>;
  /** The grey picture of one frame, `options.frame`: shape [rows, columns]. The same array as in `image`. */
  readonly pixels: Image["pixels"];
  /** Lowest and highest value that a pixel may take. */
  readonly range: readonly [number, number];
  /** `pixels` and `range`, as functions on images take them. */
  readonly image: Image;
}

/** Options of {@link readDicom}. */
export interface DicomOptions extends DicomHeaderOptions {
  /**
   * What is shown of a grey image: "file" is its first VOI lookup table, otherwise its first window, otherwise all values;
   * a number is that window of the file, from 0; "none" is all values; or a window of your own. Default "file".
   */
  readonly window?: DicomWindowChoice;
  /** The frame that `pixels` shows, from 0. Default 0. */
  readonly frame?: number;
  /** Where the codecs of compressed files are. By default the installed package, which only Node can find. */
  readonly codecs?: CodecSource;
}

/**
 * Reads a DICOM image: its header, the numbers as stored, and the grey picture that they mean.
 *
 * The picture is what DICOM PS3.3 section C.11 makes of the stored values: the modality lookup table or rescale slope and
 * intercept, then the VOI lookup table or window, then inversion where the image is MONOCHROME1 or its Presentation LUT
 * Shape INVERSE (two words for one inversion), so that high is always white. A window gives [0, 1], a lookup table
 * [0, 2^bits - 1], and all values the range that the stored bits can take after the modality transform, in whole numbers
 * of 8 or 16 bits where they fit. Stored values of 32 bits are rounded to floats. Colours become luminance as in
 * `decodeImage`: RGB and palettes through BT.601's weights, YBR_FULL by its Y.
 *
 * Read are uncompressed files (little and big endian, implicit, deflated), RLE, JPEG of all kinds but hierarchical and
 * arithmetic, JPEG-LS, JPEG 2000 and HTJ2K, up to 2^28 samples; from Part 10 files, and from those without preamble or file meta
 * information. Codecs are loaded when the first compressed file needs them.
 *
 * Nothing that identifies a patient is given unless `identifying` asks for it: not in the result, and not in errors.
 *
 * @param bytes the whole file
 * @throws ImageError with `tag` where one element is at fault, and `problem`: "empty" (no bytes), "not-an-image" (no DICOM
 *   file, or one without an image), "truncated" (cut short or damaged), "unsupported" (a form or value that is not read)
 * @throws ArgumentError for a window, frame or codecs that do not exist
 */
export async function readDicom(bytes: Uint8Array, options: DicomOptions = {}): Promise<DicomImage> {
  const { file = "image", identifying = false, window = "file", frame = 0, codecs } = options;
  const parsed = parseFile(file, bytes, false);
  const header = headerOf(parsed, identifying);
  if (!(Number.isInteger(frame) && frame >= 0 && frame < header.frames)) {
    throw new ArgumentError(
      "options.frame",
      `is ${frame}; ${file} has ${header.frames} frames, counted from 0`,
    );
  }
  const storedPixels = await readStoredPixels(parsed, header, codecs);
  const size = header.rows * header.columns * header.samplesPerPixel;
  const samples = storedPixels.data.subarray(frame * size, (frame + 1) * size);
  const image = displayedFrame(parsed.dataSet, header, samples, window);
  return { ...header, storedPixels, pixels: image.pixels, range: image.range, image };
}
