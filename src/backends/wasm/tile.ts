/** Writes `x`, of the given shape, repeated `reps[axis]` times along each axis. */
export function writeTiles(
  [x, out]: readonly [Float32Array, Float32Array],
  shape: readonly number[],
  reps: readonly number[],
): void {
  if (out.length === 0) return;
  const repeated = reps.findLastIndex((count) => count !== 1) + 1;
  const block = shape.slice(repeated).reduce((size, length) => size * length, 1);
  let from = 0;
  let to = 0;
  const writeAxis = (axis: number): void => {
    if (axis === repeated) {
      out.set(x.subarray(from, from + block), to);
      from += block;
      to += block;
      return;
    }
    const start = to;
    for (let i = 0; i < shape[axis]!; i++) writeAxis(axis + 1);
    const length = to - start;
    for (let i = 1; i < reps[axis]!; i++, to += length) out.copyWithin(to, start, start + length);
  };
  writeAxis(0);
}
