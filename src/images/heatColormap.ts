/** Gives a colour, [red, green, blue] in 0 to 255, for a value in [0, 1]. */
export type Colormap = (value: number) => readonly [red: number, green: number, blue: number];

/**
 * A ramp from purple through red and orange to yellow whose lightness grows in even steps. It is a line in OKLCh:
 * lightness from 0.35 to 0.92, hue from 315 to 465 degrees, chroma 0.17; colours outside sRGB are clipped.
 * OKLab's matrices: Ottosson, "A perceptual color space for image processing" (2020).
 *
 * @param value clipped to [0, 1]
 */
export const heatColormap: Colormap = (value) => {
  const at = Math.min(Math.max(value, 0), 1);
  const lightness = 0.35 + 0.57 * at;
  const hue = ((315 + 150 * at) * Math.PI) / 180;
  const a = 0.17 * Math.cos(hue);
  const b = 0.17 * Math.sin(hue);
  const long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const short = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    encode(4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short),
    encode(-1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short),
    encode(-0.0041960863 * long - 0.7034186147 * medium + 1.707614701 * short),
  ];
};

/** Linear light to sRGB, IEC 61966-2-1, as 0 to 255. */
function encode(linear: number): number {
  const clipped = Math.min(Math.max(linear, 0), 1);
  return 255 * (clipped <= 0.0031308 ? 12.92 * clipped : 1.055 * clipped ** (1 / 2.4) - 0.055);
}
