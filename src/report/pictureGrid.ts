import { ArgumentError } from "../errors.js";
import { pngAddress } from "./html.js";
import type { Panel } from "./theme.js";

/** A picture with what stands above it. */
export interface Picture {
  /** Heading. */
  readonly title: string;
  /** Lines below the heading. */
  readonly lines: readonly string[];
  /** A PNG file's bytes. */
  readonly png: Uint8Array;
}

/** Width of a picture in a grid, in pixels; its height follows its own shape. */
const width = 200;

/**
 * Pictures as panels of a figure, each in a spec of its own.
 *
 * @throws ArgumentError for bytes that are no PNG
 */
export function picturePanels(pictures: readonly Picture[]): Panel[] {
  return pictures.map(({ title, lines, png }, i) => {
    const size = pngSize(png);
    if (size === undefined) throw new ArgumentError("pictures", `index ${i} ("${title}") holds no PNG file`);
    const height = Math.round((width * size.height) / size.width);
    return {
      title,
      lines,
      plot: {
        width,
        height,
        data: { values: [{ picture: pngAddress(png) }] },
        mark: { type: "image", width, height, aspect: false, align: "left", baseline: "top" },
        encoding: { url: { field: "picture", type: "nominal" }, x: { value: 0 }, y: { value: 0 } },
      },
    };
  });
}

/** A PNG file says its size in its first chunk, after eight bytes of signature. */
function pngSize(png: Uint8Array): { readonly width: number; readonly height: number } | undefined {
  const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
  if (png.length < 24 || signature.some((byte, i) => png[i] !== byte)) return undefined;
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  const [wide, high] = [view.getUint32(16), view.getUint32(20)];
  return wide > 0 && high > 0 ? { width: wide, height: high } : undefined;
}
