const yearsPer: Readonly<Record<string, number>> = { Y: 1, M: 1 / 12, W: 7 / 365.25, D: 1 / 365.25 };

/** Ages above this many years are taken for slips of the pen. */
export const oldestAge = 120;

/**
 * Reads DICOM's age string (PS3.5 section 6.2), such as `058Y`, `011M`, `006W` and `003D`, or plain years as in `58`.
 *
 * @returns years, with a fraction below one year; NaN where the text is no age
 */
export function parseAge(text: string): number {
  const match = /^(\d+(?:\.\d+)?)([YMWD])?$/i.exec(text);
  return match === null ? Number.NaN : Number(match[1]) * yearsPer[(match[2] ?? "Y").toUpperCase()]!;
}
