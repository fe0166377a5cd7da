/**
 * DICOM images: reading them, reading their headers only, and writing grey ones. Works in Node and in browsers.
 *
 * ```ts
 * const film = await readDicom(await readFile("film.dcm"));
 * const input = resizeImage(film.image, 224, 224);
 * ```
 *
 * @module
 */

export type { CodecSource } from "./codecs.js";
export type { DicomWindowChoice } from "./displayedFrame.js";
export type {
  DicomHeader,
  DicomHeaderOptions,
  DicomIdentifiers,
  DicomRescale,
  DicomWarning,
  DicomWindow,
} from "./header.js";
export { type DicomImage, type DicomOptions, readDicom } from "./readDicom.js";
export { readDicomHeader } from "./readDicomHeader.js";
export type { StoredSamples } from "./samples.js";
export { type DicomContent, writeDicom } from "./writeDicom.js";
