/** Shades of blue from near white (0) to dark (1), and a text colour that can be read on each. */
const light = [242, 247, 251] as const;
const dark = [8, 69, 133] as const;

/** The shade of a share in [0, 1], as "#rrggbb". */
export function shadeOf(share: number): string {
  return `#${mix(share)
    .map((channel) => channel.toString(16).padStart(2, "0"))
    .join("")}`;
}

/** Black or white, whichever has the higher contrast on the shade: at least 4.5 : 1 (WCAG 2.1, success criterion 1.4.3). */
export function textOn(share: number): "black" | "white" {
  // The luminance at which both have the same contrast.
  return luminance(mix(share)) > Math.sqrt(1.05 * 0.05) - 0.05 ? "black" : "white";
}

function mix(share: number): number[] {
  return light.map((channel, i) => Math.round(channel + share * (dark[i]! - channel)));
}

/** Relative luminance of an sRGB colour, as WCAG 2.1 has it. */
function luminance(channels: readonly number[]): number {
  const [red, green, blue] = channels.map((channel) => {
    const value = channel / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
}
