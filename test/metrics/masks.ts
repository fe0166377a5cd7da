import ndarray from "ndarray";
import type { MaskImage } from "radiolucent/metrics";

/** A mask as rows of marks: "#" inside, "?" unknown, anything else outside. */
export function drawn(...rows: readonly string[]): MaskImage {
  const values = rows.flatMap((row) =>
    [...row].map((mark) => (mark === "#" ? 1 : mark === "?" ? Number.NaN : 0)),
  );
  return ndarray(Float32Array.from(values), [rows.length, rows[0]!.length]);
}

/** A mask of runs: outside, inside, outside, ... */
export function ofRuns(runs: readonly number[], [height, width]: readonly [number, number]): MaskImage {
  const values = new Uint8Array(height * width);
  let place = 0;
  runs.forEach((run, i) => {
    values.fill(i % 2, place, place + run);
    place += run;
  });
  return ndarray(values, [height, width]);
}
