import { readFile } from "node:fs/promises";
import sharp from "sharp";
import { isDicom } from "../dicom/parseFile.js";
import { readDicom } from "../dicom/readDicom.js";
import { ImageError } from "../errors.js";
import type { Image } from "../image.js";
import { greyImage } from "../images/greyImage.js";
import { imageFileError } from "./imageFileError.js";

/**
 * Decodes a PNG, JPEG or DICOM file into a grey image.
 *
 * DICOM gives what `readDicom` makes of it by default: the first frame after the file's modality and VOI transforms, high
 * is white, in [0, 1] where the file has a window. The rest is of PNG and JPEG.
 *
 * Depth: 16-bit files give 16-bit pixels and the range [0, 65535]; all others, those of 1, 2 and 4 bits and palettes
 * included, give 8-bit pixels and the range [0, 255]. Colour becomes luminance, (19595 R + 38470 G + 7471 B + 32768) /
 * 65536 rounded down (ITU-R BT.601 as Pillow's `convert("L")` has it), so equal channels give that channel exactly.
 * Alpha is dropped and the colour values are taken as stored, also where a pixel is transparent. Colour profiles and
 * gamma are not applied. EXIF orientation is honoured: the image comes out as viewers show it.
 *
 * @param source path of a file, or its bytes
 * @param options `file` names the image in errors; by default the path, or "image" for bytes
 * @throws ImageError with `problem`: "missing" (no such file), "empty" (no bytes), "unsupported" (another image format,
 *   CMYK, a form of DICOM that is not read, or too large), "not-an-image" (anything else), "truncated" (cut short or damaged)
 */
export async function decodeImage(
  source: string | Uint8Array,
  { file = typeof source === "string" ? source : "image" }: { readonly file?: string } = {},
): Promise<Image> {
  const bytes = typeof source === "string" ? await readImageFile(source, file) : source;
  if (isDicom(bytes)) return (await readDicom(bytes, { file })).image;
  checkFormat(bytes, file);
  const { data, info, wide } = await decodeSamples(bytes, file);
  const samples = wide
    ? new Uint16Array(data.buffer, data.byteOffset, info.height * info.width * info.channels)
    : data;
  return greyImage({ data: samples, height: info.height, width: info.width });
}

/** The samples as they are stored, upright, 1 to 4 channels, of 16 bits where `wide`, otherwise of 8. */
async function decodeSamples(bytes: Uint8Array, file: string) {
  try {
    const decoder = sharp(bytes, { autoOrient: true, ignoreIcc: true });
    const { depth, channels, space } = await decoder.metadata();
    if (space === "cmyk") {
      throw new ImageError(file, "unsupported", "is a CMYK JPEG; convert it to grey or RGB");
    }
    const wide = depth === "ushort";
    const colourspace = channels < 3 ? (wide ? "grey16" : "b-w") : wide ? "rgb16" : "srgb";
    const decoded = await decoder
      .toColourspace(colourspace)
      .raw({ depth: wide ? "ushort" : "uchar" })
      .toBuffer({ resolveWithObject: true });
    return { ...decoded, wide };
  } catch (error) {
    throw imageError(file, error);
  }
}

async function readImageFile(path: string, file: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw imageFileError(file, error);
  }
}

/** First bytes of image formats that are not read, by name. */
const otherFormats: readonly (readonly [name: string, offset: number, magic: string])[] = [
  ["TIFF", 0, "II*\0"],
  ["TIFF", 0, "MM\0*"],
  ["GIF", 0, "GIF8"],
  ["WebP", 8, "WEBP"],
  ["BMP", 0, "BM"],
  ["JPEG 2000", 4, "jP  "],
];

function checkFormat(bytes: Uint8Array, file: string): void {
  if (bytes.length === 0) throw new ImageError(file, "empty", "the file holds no bytes; fetch it again");
  const startsWith = (magic: string, offset = 0) =>
    bytes.length >= offset + magic.length &&
    Array.from(magic).every((letter, i) => bytes[offset + i] === letter.charCodeAt(0));
  if (startsWith("\x89PNG\r\n\x1a\n") || startsWith("\xff\xd8\xff")) return;
  const other = otherFormats.find(([, offset, magic]) => startsWith(magic, offset));
  if (other) {
    throw new ImageError(
      file,
      "unsupported",
      `is a ${other[0]} file; expected PNG, JPEG or DICOM, so convert it`,
    );
  }
  throw new ImageError(file, "not-an-image", "is neither PNG nor JPEG nor DICOM, whatever its name says");
}

function imageError(file: string, error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof ImageError) return error;
  const options = { cause: error };
  if (/pixel limit|unsupported/i.test(error.message)) {
    return new ImageError(file, "unsupported", `cannot be decoded: ${error.message}`, options);
  }
  return new ImageError(
    file,
    "truncated",
    `is cut short or damaged (${error.message}); fetch it again`,
    options,
  );
}
