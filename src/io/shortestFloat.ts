/** The shortest decimal number that is nearest to this float32 of all float32: 0.1 rather than 0.10000000149011612. */
export function shortestFloat(value: number): string {
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return String(short);
  }
  return String(Number(value.toPrecision(9)));
}
