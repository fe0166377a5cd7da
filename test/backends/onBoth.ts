import * as tf from "@tensorflow/tfjs-core";
// Registers the gradients.
import "@tensorflow/tfjs-layers";
import { expect } from "vitest";
import { randomStream } from "../../src/random.js";

/** Values of a tensor with its shape. */
export interface Values {
  readonly shape: readonly number[];
  readonly values: ArrayLike<number>;
}

/** Normally distributed values. */
export function normals(seed: string, shape: readonly number[]): Values {
  const random = randomStream(seed);
  const size = shape.reduce((a, b) => a * b, 1);
  return { shape, values: Float32Array.from({ length: size }, () => random.normal()) };
}

/** Runs `f` on the values as tensors, on one backend, and checks that it leaves nothing behind but its outputs. */
export async function run(
  backend: "cpu" | "wasm",
  f: (...inputs: tf.Tensor[]) => tf.Tensor[],
  inputs: readonly Values[],
): Promise<Values[]> {
  await tf.setBackend(backend);
  const tensors = inputs.map(({ values, shape }) =>
    tf.tensor(Float32Array.from(values), [...shape], "float32"),
  );
  const before = kept();
  const outputs = f(...tensors);
  const results = await Promise.all(
    outputs.map(async (output) => ({ shape: output.shape, values: await output.data() })),
  );
  tf.dispose(outputs);
  expect(kept()).toEqual(before);
  tf.dispose(tensors);
  return results;
}

function kept() {
  const { numTensors, numDataBuffers, numBytes } = tf.memory();
  return { numTensors, numDataBuffers, numBytes, numDataIds: tf.backend().numDataIds() };
}

/** Expects WASM to give what the CPU backend gives, to `tolerance` of the largest value. */
export async function expectSameOnBoth(
  f: (...inputs: tf.Tensor[]) => tf.Tensor[],
  inputs: readonly Values[],
  { tolerance = 1e-4, title = "" } = {},
): Promise<void> {
  const expected = await run("cpu", f, inputs);
  const actual = await run("wasm", f, inputs);
  expect(
    actual.map(({ shape }) => shape),
    title,
  ).toEqual(expected.map(({ shape }) => shape));
  expected.forEach((output, i) => {
    expect(difference(output.values, actual[i]!.values), title).toBeLessThanOrEqual(tolerance);
  });
}

/** Largest difference over the largest value; infinite where only one of the two is NaN or infinite. */
function difference(expected: ArrayLike<number>, actual: ArrayLike<number>): number {
  let largest = 0;
  let apart = 0;
  for (let i = 0; i < expected.length; i++) {
    const a = expected[i]!;
    const b = actual[i]!;
    if (Object.is(a, b) || a === b) {
      if (Number.isFinite(a)) largest = Math.max(largest, Math.abs(a));
      continue;
    }
    if (!Number.isFinite(a) || !Number.isFinite(b)) return Number.POSITIVE_INFINITY;
    largest = Math.max(largest, Math.abs(a));
    apart = Math.max(apart, Math.abs(a - b));
  }
  return apart === 0 ? 0 : apart / Math.max(largest, Number.MIN_VALUE);
}
