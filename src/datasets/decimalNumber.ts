/** The number that a text says in decimal form (`12`, `-0.5`, `1e3`), or NaN; `0x10` and "Infinity" are none. */
export function decimalNumber(text: string): number {
  const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? value : Number.NaN;
}
