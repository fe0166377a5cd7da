/**
 * The sample that stands at a place outside a line of samples when the line is mirrored at its first and last sample,
 * which are not repeated: c b | a b c d | c b. Goes on for ever; a line of one sample repeats it.
 *
 * @param at any whole number
 * @param count samples of the line, above 0
 */
export function mirrorIndex(at: number, count: number): number {
  if (at >= 0 && at < count) return at;
  const period = Math.max(1, 2 * (count - 1));
  const place = Math.abs(at % period);
  return Math.min(place, period - place);
}
