/**
 * The grey value of each pixel: of colour its luminance, (19595 R + 38470 G + 7471 B + 32768) / 65536 rounded down, of
 * grey and alpha the grey.
 *
 * @param samples 1 to 4 a pixel
 * @param channels how many
 * @returns the samples themselves where there is one a pixel
 */
export function luminance<Samples extends Uint8Array | Uint16Array>(
  samples: Samples,
  channels: number,
): Samples {
  if (channels === 1) return samples;
  const grey = samples.slice(0, samples.length / channels) as Samples;
  for (let i = 0, from = 0; i < grey.length; i++, from += channels) {
    grey[i] =
      channels < 3
        ? samples[from]!
        : (19595 * samples[from]! + 38470 * samples[from + 1]! + 7471 * samples[from + 2]! + 32768) >>> 16;
  }
  return grey;
}
