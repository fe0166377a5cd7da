import { type DecodedPixels, greyImage, type Image } from "radiolucent";
import { type Film, plainFilm } from "./film.js";

type Bytes = Uint8Array<ArrayBuffer>;

const damaged = "The picture is cut short or damaged, and cannot be decoded; fetch it again.";

/**
 * Decodes a PNG. A browser's canvas holds 8 bits and mixes colour with transparency, so samples of 8 and 16 bits are taken from the
 * file as they are stored, which is what the library does in Node. Palettes and fewer bits go through the browser.
 */
export async function decodePng(name: string, bytes: Bytes): Promise<Film> {
  const [depth, colourType] = [bytes[24]!, bytes[25]!];
  if (depth < 8 || colourType === 3) return decodePicture(name, bytes, "image/png");
  const { decode } = await import("fast-png");
  try {
    return pictureFilm(name, decode(bytes, { checkCrc: true }));
  } catch (cause) {
    throw new Error(damaged, { cause });
  }
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
