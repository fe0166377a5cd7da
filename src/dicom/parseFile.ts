import { Inflate } from "fflate";
import { ImageError } from "../errors.js";
import { type DataSet, elementError, readElements } from "./dataSet.js";
import { readString } from "./elements.js";
import { tags, tagText } from "./tags.js";
import {
  explicitBigEndianUid,
  explicitLittleEndianUid,
  implicitLittleEndianUid,
  type TransferSyntax,
  transferSyntaxes,
} from "./transferSyntax.js";

/** A DICOM file taken apart. */
export interface ParsedFile {
  /** UID of the transfer syntax; what the bytes look like where the file states none. */
  readonly transferSyntax: string;
  /** What that UID says. */
  readonly syntax: TransferSyntax;
  /** The data set up to the pixel data. */
  readonly dataSet: DataSet;
}

/** Largest deflated data set that is inflated, in bytes; a few kilobytes can hold gigabytes of zeros. */
const largestInflated = 2 ** 30;

/**
 * Takes a DICOM file apart, up to its pixel data: a file after PS3.10, one whose preamble or file meta information is
 * missing, or a bare data set, whose transfer syntax shows in its first element.
 *
 * @param headerOnly stops where the pixel data starts; the bytes may end there
 */
export function parseFile(file: string, source: Uint8Array, headerOnly: boolean): ParsedFile {
  if (source.length === 0) throw new ImageError(file, "empty", "the file holds no bytes; fetch it again");
  // A plain view, whatever the subclass: a Buffer's slices share memory, a Uint8Array's are copies.
  const bytes = new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
  const metaStart = startOfMeta(bytes);
  if (metaStart === undefined) {
    const transferSyntax = guessSyntax(bytes, 0);
    if (transferSyntax === undefined) {
      throw new ImageError(
        file,
        "not-an-image",
        "is no DICOM file: it has neither the mark of one nor a data set",
      );
    }
    const syntax = transferSyntaxes[transferSyntax]!;
    return { transferSyntax, syntax, dataSet: readElements(file, bytes, 0, syntax, { headerOnly }) };
  }
  const encoding = { explicit: true, littleEndian: true };
  const meta = readElements(file, bytes, metaStart, encoding, { lastGroup: 2 });
  const transferSyntax = readString(meta, tags.transferSyntax) ?? guessSyntax(bytes, meta.end);
  const syntax = transferSyntax === undefined ? undefined : transferSyntaxes[transferSyntax];
  if (transferSyntax === undefined || syntax === undefined) {
    const named = transferSyntax?.startsWith("1.2.840.10008.1.2") && /^[\d.]{1,64}$/.test(transferSyntax);
    throw elementError(
      file,
      "unsupported",
      tags.transferSyntax,
      `has ${named ? `the transfer syntax ${transferSyntax}` : "an unknown transfer syntax"} ${tagText(tags.transferSyntax)}, which cannot be read; convert it, as with dcmdjpeg or gdcmconv --raw`,
    );
  }
  if (syntax.deflated) {
    const inflated = inflate(file, bytes.subarray(meta.end), headerOnly);
    return { transferSyntax, syntax, dataSet: readElements(file, inflated, 0, syntax, { headerOnly }) };
  }
  // Files that say "explicit" and are not are common enough that pydicom reads them too.
  const implicit = syntax.explicit && guessSyntax(bytes, meta.end) === implicitLittleEndianUid;
  const written = implicit ? { explicit: false, littleEndian: true } : syntax;
  return { transferSyntax, syntax, dataSet: readElements(file, bytes, meta.end, written, { headerOnly }) };
}

/** Where the file meta information starts; undefined where there is none. */
function startOfMeta(bytes: Uint8Array): number | undefined {
  if (isDicom(bytes)) return 132;
  if (hasMark(bytes, 0)) return 4;
  const startsWithMeta = bytes.length > 8 && bytes[0] === 2 && bytes[1] === 0 && bytes[3] === 0;
  return startsWithMeta ? 0 : undefined;
}

/** Whether bytes bear the mark of a DICOM file: "DICM" after a preamble of 128 bytes. */
export function isDicom(bytes: Uint8Array): boolean {
  return hasMark(bytes, 128);
}

function hasMark(bytes: Uint8Array, at: number): boolean {
  return [0x44, 0x49, 0x43, 0x4d].every((letter, i) => bytes[at + i] === letter);
}

/** The plain transfer syntax that the first element of a data set looks like; undefined where it looks like none. */
function guessSyntax(bytes: Uint8Array, at: number): string | undefined {
  if (bytes.length < at + 8) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, 8);
  const explicit = /^[A-Z]{2}$/.test(String.fromCharCode(bytes[at + 4]!, bytes[at + 5]!));
  const early = (group: number) => group > 2 && group <= 0x28;
  if (early(view.getUint16(0, true))) {
    if (explicit) return explicitLittleEndianUid;
    return view.getUint32(4, true) <= bytes.length - at ? implicitLittleEndianUid : undefined;
  }
  return explicit && early(view.getUint16(0, false)) ? explicitBigEndianUid : undefined;
}

/** The deflated data set; as far as it goes where the bytes are a prefix of the file. */
function inflate(file: string, deflated: Uint8Array, prefix: boolean): Uint8Array {
  const chunks: Uint8Array[] = [];
  let size = 0;
  let whole = false;
  const stream = new Inflate((chunk, final) => {
    chunks.push(chunk);
    size += chunk.length;
    whole ||= final;
  });
  try {
    const step = 1 << 16;
    for (let at = 0; at < deflated.length && !whole && size <= largestInflated; at += step) {
      stream.push(deflated.subarray(at, at + step), !prefix && at + step >= deflated.length);
    }
  } catch (error) {
    const message = "has a deflated data set that is cut short or damaged; fetch it again";
    throw new ImageError(file, "truncated", message, { cause: error });
  }
  if (size > largestInflated) {
    throw new ImageError(file, "unsupported", `inflates to more than ${largestInflated} bytes; convert it`);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
