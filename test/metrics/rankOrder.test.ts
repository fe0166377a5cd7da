import fc from "fast-check";
import { expect, test } from "vitest";
import { rankOrder } from "../../src/metrics/rankOrder.js";

/** Indices by descending value; equal values keep their order, since sorting is stable. */
const sorted = (values: Float64Array) => Array.from(values.keys()).sort((a, b) => values[b]! - values[a]!);

const special = [0, -0, 5e-324, -5e-324, 2.2250738585072014e-308, 1e-45, -1e-45, 1.17549435e-38, 3.4028234e38]
  .concat([-3.4028234e38, 1e39, Number.MAX_VALUE, -Number.MAX_VALUE, 1, -1, 0.1, 1 + Number.EPSILON])
  .map((value) => fc.constant(value));
const finite = { noNaN: true, noDefaultInfinity: true };

test.each([
  ["float64", fc.double(finite)],
  ["float32", fc.float(finite)],
  ["small whole numbers, with ties", fc.integer({ min: -3, max: 3 })],
  ["zeros of both signs, subnormal and largest values", fc.oneof(...special)],
  ["all of these", fc.oneof(fc.double(finite), fc.float(finite), ...special)],
])("sorts as a stable comparison sort does, -0 equal to 0: %s (property)", (_, value) => {
  fc.assert(
    fc.property(fc.array(value, { maxLength: 60 }), (list) => {
      const values = Float64Array.from(list);
      expect(Array.from(rankOrder(values))).toEqual(sorted(values));
    }),
    { numRuns: 300 },
  );
});

test("sorts 100,000 probabilities, which fill every digit", () => {
  const values = Float64Array.from({ length: 100_000 }, (_, i) => ((i * 7919) % 100_003) / 100_003);
  expect(Array.from(rankOrder(values))).toEqual(sorted(values));
  const narrow = Float64Array.from(Float32Array.from(values));
  expect(Array.from(rankOrder(narrow))).toEqual(sorted(narrow));
});
