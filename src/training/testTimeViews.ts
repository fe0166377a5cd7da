import ndarray, { type NdArray } from "ndarray";
import { ArgumentError } from "../errors.js";
import { rowMajor } from "../matrix.js";

/** A way to look at an image once more: mirrored, moved or both (mirrored first). `{}` is the image as it is. */
export interface TestTimeView {
  /** Mirrored left to right. Only for models that were trained so: it turns a heart to the right and L into R. */
  readonly mirror?: boolean;
  /** Moved down and to the right by whole pixels, [rows, columns]; the border's pixels fill what comes free. */
  readonly shift?: readonly [rows: number, columns: number];
}

/** @throws ArgumentError for no view, or a shift of other than whole pixels */
export function checkViews(views: readonly TestTimeView[]): void {
  if (views.length === 0) throw new ArgumentError("options.views", "is empty; expected at least {}");
  const wrong = views.find(({ shift = [0, 0] }) => !shift.every(Number.isInteger));
  if (wrong) throw new ArgumentError("options.views", `shifts by ${wrong.shift}; expected whole pixels`);
}

/** Images [batch, height, width, channels] as a view shows them. */
export function seenThrough(view: TestTimeView, images: NdArray<Float32Array>): NdArray<Float32Array> {
  const [, height, width] = images.shape as [number, number, number, number];
  const [down, right] = view.shift ?? [0, 0];
  const within = (at: number, length: number) => Math.min(Math.max(at, 0), length - 1);
  return mapped(images, (row, column) => {
    const from = within(column - right, width);
    return [within(row - down, height), view.mirror ? width - 1 - from : from];
  });
}

/**
 * Adds up the outputs of views, each turned back to where the image lies. What a shift moved out of the picture has no
 * say there.
 */
export function viewAverage() {
  let sums: Float64Array | undefined;
  let counts: Uint32Array | undefined;
  let shape: number[] = [];
  return {
    /** Takes in logits [batch, classes] or [batch, height, width, masks] of a view. */
    add(view: TestTimeView, logits: NdArray<Float32Array>): void {
      shape = logits.shape;
      const values = rowMajor(logits.shape.length === 4 ? turnedBack(view, logits) : logits);
      sums ??= new Float64Array(values.length);
      counts ??= new Uint32Array(values.length);
      for (let i = 0; i < values.length; i++) {
        if (values[i] === outside) continue;
        sums[i]! += values[i]!;
        counts[i]!++;
      }
    },
    /**
     * The mean.
     *
     * @throws ArgumentError where every view shifted a part of the picture out of it
     */
    mean(): NdArray<Float32Array> {
      if (counts!.includes(0)) {
        throw new ArgumentError("options.views", "all shift the same border out of the picture; add {}");
      }
      return ndarray(
        Float32Array.from(sums!, (sum, i) => sum / counts![i]!),
        shape,
      );
    },
  };
}

/** Marks a place that a shift moved out of the picture: no network gives it. */
const outside = -Infinity;

function turnedBack(view: TestTimeView, maps: NdArray<Float32Array>): NdArray<Float32Array> {
  const width = maps.shape[2]!;
  const [down, right] = view.shift ?? [0, 0];
  return mapped(maps, (row, column) => [row + down, (view.mirror ? width - 1 - column : column) + right]);
}

/** Each cell of the result comes from another; from outside the maps where there is none. */
function mapped(
  maps: NdArray<Float32Array>,
  source: (row: number, column: number) => readonly [number, number],
): NdArray<Float32Array> {
  const [batch, height, width, depth] = maps.shape as [number, number, number, number];
  const from = rowMajor(maps);
  const to = new Float32Array(from.length).fill(outside);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const [r, c] = source(row, column);
      if (r < 0 || r >= height || c < 0 || c >= width) continue;
      for (let b = 0; b < batch; b++) {
        const start = ((b * height + r) * width + c) * depth;
        to.set(from.subarray(start, start + depth), ((b * height + row) * width + column) * depth);
      }
    }
  }
  return ndarray(to, maps.shape);
}
