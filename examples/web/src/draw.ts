import { heatColormap, type Image, type Mask, resizeImage, resizeMask } from "radiolucent";

/** Longest side of what is drawn, in pixels. */
const longest = 1024;

/** A film at the size at which it is drawn, in its own range. */
export function forDisplay(image: Image): Image {
  const [rows, columns] = image.pixels.shape as [number, number];
  const scale = Math.min(1, longest / Math.max(rows, columns));
  if (scale === 1) return image;
  return resizeImage(image, Math.max(1, Math.round(rows * scale)), Math.max(1, Math.round(columns * scale)));
}

/** Draws a film from black to white over its range. */
export function drawFilm(canvas: HTMLCanvasElement, image: Image): void {
  const [low, high] = image.range;
  const values = image.pixels.data;
  const scale = 255 / (high - low);
  paint(canvas, image.pixels.shape, (i) => {
    const grey = Math.min(Math.max(Math.round((values[i]! - low) * scale), 0), 255);
    return colour(grey, grey, grey, 255);
  });
}

/** Draws a map in [0, 1] in the library's colours: the higher the value, the less of the film shows through. */
export function drawHeat(canvas: HTMLCanvasElement, map: Image, shape: readonly number[]): void {
  const heat = resizeImage(map, shape[0]!, shape[1]!).pixels.data;
  const colours = heatColours(true);
  paint(canvas, shape, (i) => colours[Math.round(255 * heat[i]!)]!);
}

/** Draws the colours of the map from left to right. */
export function drawLegend(canvas: HTMLCanvasElement): void {
  const colours = heatColours(false);
  paint(canvas, [1, 256], (i) => colours[i]!);
}

/** Draws a mask as a veil with an edge. */
export function drawMask(canvas: HTMLCanvasElement, mask: Mask, shape: readonly number[]): void {
  const [rows, columns] = shape as [number, number];
  const inside = resizeMask(mask, rows, columns).data;
  const isInside = (y: number, x: number) =>
    y >= 0 && x >= 0 && y < rows && x < columns && inside[y * columns + x] === 1;
  const reach = Math.max(1, Math.round(columns / 250));
  const [veil, edge] = [colour(64, 214, 255, 36), colour(64, 214, 255, 235)];
  paint(canvas, shape, (i) => {
    if (inside[i] === 0) return 0;
    const [y, x] = [Math.floor(i / columns), i % columns];
    const buried =
      isInside(y - reach, x) && isInside(y + reach, x) && isInside(y, x - reach) && isInside(y, x + reach);
    return buried ? veil : edge;
  });
}

/** Empties a canvas. */
export function clear(canvas: HTMLCanvasElement): void {
  canvas.getContext("2d")?.clearRect(0, 0, canvas.width, canvas.height);
}

/** The 256 colours of the map, as opaque as the value is high if `fading`. */
function heatColours(fading: boolean): number[] {
  return Array.from({ length: 256 }, (_, i) => {
    const [red, green, blue] = heatColormap(i / 255).map(Math.round) as [number, number, number];
    return colour(red, green, blue, fading ? i : 255);
  });
}

/** Four bytes in the order in which a canvas has them, as one number. */
const colour = (red: number, green: number, blue: number, alpha: number) =>
  ((alpha << 24) | (blue << 16) | (green << 8) | red) >>> 0;

function paint(
  canvas: HTMLCanvasElement,
  shape: readonly number[],
  colourOf: (pixel: number) => number,
): void {
  const [rows, columns] = shape as [number, number];
  canvas.width = columns;
  canvas.height = rows;
  const picture = new ImageData(columns, rows);
  const pixels = new Uint32Array(picture.data.buffer);
  for (let i = 0; i < pixels.length; i++) pixels[i] = colourOf(i);
  canvas.getContext("2d")?.putImageData(picture, 0, 0);
}
