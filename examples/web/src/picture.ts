import { type DecodedPixels, greyImage, type Image } from "radiolucent";
import { type Film, plainFilm } from "./film.js";

type Bytes = Uint8Array<ArrayBuffer>;

/** As many as the library reads of a DICOM file. */
const mostPixels = 2 ** 28;

const damaged = "The picture is cut short or damaged, and cannot be decoded; fetch it again.";

/**
 * Decodes a PNG. A browser's canvas holds 8 bits and mixes colour with transparency, so samples of 8 and 16 bits and palettes are taken
 * from the file as they are stored, which is what the library does in Node. Grey of fewer bits goes through the browser.
 */
export async function decodePng(name: string, bytes: Bytes): Promise<Film> {
  if (bytes.length < 26) throw new Error(damaged);
  const header = new DataView(bytes.buffer, bytes.byteOffset);
  const [width, height, depth, colourType] = [
    header.getUint32(16),
    header.getUint32(20),
    bytes[24]!,
    bytes[25]!,
  ];
  if (width * height > mostPixels) throw new Error(`It has ${width} × ${height} pixels, which is too large.`);
  if (depth < 8 && colourType === 0) return decodePicture(name, bytes, "image/png");
  const { convertIndexedToRgb, decode } = await import("fast-png");
  let picture: DecodedPixels;
  try {
    const decoded = decode(bytes, { checkCrc: true });
    picture = colourType === 3 ? { ...decoded, data: convertIndexedToRgb(decoded) } : decoded;
  } catch (cause) {
    throw new Error(damaged, { cause });
  }
  return pictureFilm(name, picture);
}

/** Decodes a picture as the browser does, upright and without its colour profile. */
export async function decodePicture(name: string, bytes: Bytes, type: string): Promise<Film> {
  const bitmap = await createImageBitmap(new Blob([bytes], { type }), {
    colorSpaceConversion: "none",
    premultiplyAlpha: "none",
    imageOrientation: "from-image",
  }).catch((cause: unknown) => {
    throw new Error(damaged, { cause });
  });
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  if (context === null) throw new Error(`The browser has no room for ${width} × ${height} pixels.`);
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const { data } = context.getImageData(0, 0, width, height);
  // A canvas that is too large for the browser stays empty, without an error; a picture of this type has no holes.
  if (type === "image/jpeg" && data[3] !== 255) {
    throw new Error(`The browser has no room for ${width} × ${height} pixels.`);
  }
  return pictureFilm(name, { data, width, height });
}

function pictureFilm(name: string, pixels: DecodedPixels): Film {
  const image: Image = greyImage(pixels);
  const notes = isColoured(pixels) ? ["It is a colour picture; its brightness was taken as grey."] : [];
  return plainFilm(name, image, { notes });
}

/** Whether any pixel's red, green and blue differ by more than compression makes of grey: 3% of the range. */
function isColoured({ data, width, height }: DecodedPixels): boolean {
  const channels = data.length / (width * height);
  if (channels < 3) return false;
  const most = 0.03 * (data instanceof Uint16Array ? 65535 : 255);
  for (let i = 0; i < data.length; i += channels) {
    const [red, green, blue] = [data[i]!, data[i + 1]!, data[i + 2]!];
    if (Math.max(red, green, blue) - Math.min(red, green, blue) > most) return true;
  }
  return false;
}
