import { copyRun } from "./heap.js";

/** Writes the part of `x`, of the given shape, that starts at `begin` and is `size` long along each axis. */
export function writeSlice(
  [x, out]: readonly [Float32Array, Float32Array],
  shape: readonly number[],
  begin: readonly number[],
  size: readonly number[],
): void {
  // From this axis on, what is taken lies together.
  const last = Math.max(
    0,
    size.findLastIndex((length, axis) => length !== shape[axis]),
  );
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  const run = size[last]! * strides[last]!;
  const heap = new Float32Array(out.buffer);
  let to = out.byteOffset / 4;
  const writeAxis = (axis: number, from: number): void => {
    const start = from + begin[axis]! * strides[axis]!;
    if (axis === last) {
      copyRun(heap, to, start, run);
      to += run;
    } else {
      for (let i = 0; i < size[axis]!; i++) writeAxis(axis + 1, start + i * strides[axis]!);
    }
  };
  writeAxis(0, x.byteOffset / 4);
}
