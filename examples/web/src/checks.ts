import { type Image, imageQuality, type ModelContract, resizeImage } from "radiolucent";

/** Rows and columns to which films are brought before they are looked at: enough for their measures, and quick. */
const side = 256;

/**
 * What speaks against giving a film to a model: its size, and how it looks. The limits are those of the library's audit of
 * data sets; each is a hint, not a verdict.
 */
export function checkFilm(image: Image, { input }: ModelContract): string[] {
  const [rows, columns] = image.pixels.shape as [number, number];
  const scale = Math.min(1, side / Math.min(rows, columns));
  const quality = imageQuality(resizeImage(image, Math.round(rows * scale), Math.round(columns * scale)));
  const warnings: string[] = [];
  if (rows < input.height || columns < input.width) {
    warnings.push(
      `The film has ${columns} × ${rows} pixels, fewer than the ${input.width} × ${input.height} that the model takes: ` +
        "it is enlarged, and fine detail is missing.",
    );
  }
  const stretch = columns / rows / (input.width / input.height);
  if (Math.max(stretch, 1 / stretch) > 1.3) {
    warnings.push(
      `The film’s sides have another ratio than what the model takes (${input.width} × ${input.height}): the model sees it squeezed.`,
    );
  }
  if (quality.constant) return [...warnings, "All its pixels are equal: there is nothing to see."];
  if (quality.contrast < 0.2)
    warnings.push("Its greys lie close together, so it is pale or dark. A narrower window may help.");
  if (quality.paddingShare > 0.1) {
    const share = Math.round(100 * quality.paddingShare);
    warnings.push(`${share}% of it is a margin of one tone; cut it off for a fair result.`);
  }
  if (quality.suspectInverted) warnings.push("It looks inverted: air seems bright and bones dark.");
  if (quality.suspectRotation !== 0) {
    warnings.push(`It looks turned by ${quality.suspectRotation} degrees clockwise.`);
  } else if (!quality.suspectInverted && quality.chestCorrelation < 0.3) {
    warnings.push(
      "It does not look like a frontal chest film. The model answers all the same, but its answer means nothing.",
    );
  }
  return warnings;
}
