import fc from "fast-check";
import packaged from "ndarray";
import { expect, test } from "vitest";
import written from "../../examples/web/ndarray.js";

/** All values of a view, read by `get`. */
function read(view: packaged.NdArray): number[] {
  const places = view.shape.reduce<number[][]>(
    (all, extent) => all.flatMap((place) => Array.from({ length: extent }, (_, i) => [...place, i])),
    [[]],
  );
  return places.map((place) => view.get(...place));
}

const told = (view: packaged.NdArray) => {
  const { shape, stride, offset, size, dimension, dtype } = view;
  return { shape: [...shape], stride: [...stride], offset, size, dimension, dtype, values: read(view) };
};

const shapes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 });

test("views are the package's: whole, picked, cut, stepped, turned over and transposed", () => {
  fc.assert(
    fc.property(shapes, fc.infiniteStream(fc.nat(100)), (shape, stream) => {
      const draw = (below: number) => stream.next().value % below;
      const values = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i + 0.5);
      const picked = shape.map((extent) => (draw(2) === 0 ? null : draw(extent)));
      const starts = shape.map((extent) => draw(extent));
      const ends = shape.map((extent) => 1 + draw(extent));
      const steps = shape.map(() => [1, 2, -1][draw(3)]!);
      const axes = shape.map((_, axis) => (axis + 1) % shape.length);
      const [a, b] = [written(values, shape), packaged(values, shape)];
      expect(told(a)).toEqual(told(b));
      expect(told(a.pick(...picked))).toEqual(told(b.pick(...picked)));
      expect(told(a.lo(...starts))).toEqual(told(b.lo(...starts)));
      expect(told(a.hi(...ends))).toEqual(told(b.hi(...ends)));
      expect(told(a.step(...steps))).toEqual(told(b.step(...steps)));
      expect(told(a.transpose(...axes))).toEqual(told(b.transpose(...axes)));
      expect(
        told(
          a
            .lo(...starts)
            .step(...steps)
            .transpose(...axes),
        ),
      ).toEqual(
        told(
          b
            .lo(...starts)
            .step(...steps)
            .transpose(...axes),
        ),
      );
      expect(a.index(...starts)).toBe(b.index(...starts));
    }),
  );
});

test("set writes one value into the memory that was given", () => {
  for (const shape of [[6], [2, 3], [1, 2, 3], [1, 2, 3, 1]]) {
    const [mine, theirs] = [new Uint8Array(6), new Uint8Array(6)];
    const place = shape.map((extent) => extent - 1);
    expect(written(mine, shape).set(...place, 7)).toBe(packaged(theirs, shape).set(...place, 7));
    expect([...mine]).toEqual([...theirs]);
  }
});

test("more dimensions than are written out are an error", () => {
  expect(() => written(new Float32Array(1), [1, 1, 1, 1, 1])).toThrow("5 dimensions; at most 4");
});
