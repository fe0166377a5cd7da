import type { Data, NdArray } from "ndarray";

/**
 * The package `ndarray`, with its classes written out: it writes them as text and compiles that (`new Function`), which the
 * page's security policy forbids, as many sites' do. vite.config.ts puts this in its place. Views of up to four dimensions
 * of typed arrays; there is no more in the library.
 */
class View<D extends Data<number>> {
  readonly dimension: number;
  readonly #steps: readonly [number, number, number, number];

  constructor(
    readonly data: D,
    readonly shape: number[],
    readonly stride: number[],
    readonly offset: number,
  ) {
    this.dimension = shape.length;
    if (this.dimension > 4)
      throw new RangeError(`a view has ${this.dimension} dimensions; at most 4 are written out`);
    const [a = 0, b = 0, c = 0, d = 0] = stride;
    this.#steps = [a, b, c, d];
  }

  get size(): number {
    return this.shape.reduce((product, extent) => product * extent, 1);
  }

  get dtype(): string {
    return this.data.constructor.name.replace(/Array$/, "").toLowerCase();
  }

  get order(): number[] {
    const extent = (axis: number) => Math.abs(this.stride[axis]!);
    return this.shape.map((_, axis) => axis).sort((a, b) => extent(a) - extent(b));
  }

  index(i = 0, j = 0, k = 0, l = 0): number {
    const steps = this.#steps;
    return this.offset + steps[0] * i + steps[1] * j + steps[2] * k + steps[3] * l;
  }

  get(i = 0, j = 0, k = 0, l = 0): number {
    return this.#values[this.index(i, j, k, l)]!;
  }

  set(...indices: number[]): number {
    const value = indices[this.dimension]!;
    const [i, j, k, l] = indices.slice(0, this.dimension);
    this.#values[this.index(i, j, k, l)] = value;
    return value;
  }

  pick(...indices: (number | null)[]): View<D> {
    const kept = this.shape.map((_, axis) => axis).filter((axis) => !isIndex(indices[axis]));
    const offset = indices.reduce<number>(
      (sum, index, axis) => sum + (isIndex(index) ? this.stride[axis]! * index : 0),
      this.offset,
    );
    return this.#along(kept, offset);
  }

  lo(...starts: (number | null)[]): View<D> {
    const from = this.shape.map((_, axis) => (isIndex(starts[axis]) ? starts[axis] : 0));
    const offset = from.reduce((sum, start, axis) => sum + start * this.stride[axis]!, this.offset);
    return new View(
      this.data,
      this.shape.map((extent, axis) => extent - from[axis]!),
      [...this.stride],
      offset,
    );
  }

  hi(...ends: (number | null)[]): View<D> {
    const shape = this.shape.map((extent, axis) => (isIndex(ends[axis]) ? ends[axis] : extent));
    return new View(this.data, shape, [...this.stride], this.offset);
  }

  step(...steps: (number | null)[]): View<D> {
    const by = this.shape.map((_, axis) => steps[axis] ?? 1);
    const backwards = (axis: number) => (by[axis]! < 0 ? this.stride[axis]! * (this.shape[axis]! - 1) : 0);
    const offset = by.reduce((sum, _, axis) => sum + backwards(axis), this.offset);
    const shape = this.shape.map((extent, axis) => Math.ceil(extent / Math.abs(by[axis]!)));
    return new View(
      this.data,
      shape,
      this.stride.map((stride, axis) => stride * by[axis]!),
      offset,
    );
  }

  transpose(...axes: number[]): View<D> {
    return this.#along(
      this.shape.map((_, axis) => axes[axis] ?? axis),
      this.offset,
    );
  }

  get #values(): number[] {
    return this.data as unknown as number[];
  }

  #along(axes: readonly number[], offset: number): View<D> {
    const [shape, stride] = [this.shape, this.stride].map((of) => axes.map((axis) => of[axis]!)) as [
      number[],
      number[],
    ];
    return new View(this.data, shape, stride, offset);
  }
}

const isIndex = (index: number | null | undefined): index is number =>
  typeof index === "number" && index >= 0;

/** As the package's: row first unless strides are given; a negative stride starts at its end. */
function ndarray<D extends Data<number>>(
  data: D,
  shape: number[] = [data.length],
  stride: number[] = rowFirst(shape),
  offset: number = stride.reduce((sum, step, axis) => sum - (step < 0 ? (shape[axis]! - 1) * step : 0), 0),
): NdArray<D> {
  return new View(data, [...shape], [...stride], offset) as unknown as NdArray<D>;
}

function rowFirst(shape: readonly number[]): number[] {
  let step = 1;
  return shape
    .toReversed()
    .map((extent) => {
      const own = step;
      step *= extent;
      return own;
    })
    .reverse();
}

// The package exports nothing but this, as its default.
export { ndarray as default };
