import * as tf from "@tensorflow/tfjs-core";
import fc from "fast-check";
import { useBackend } from "radiolucent";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { Evaluator } from "../../../src/backends/onnx/evaluate.js";
import { train } from "./randomNetworks.js";
import { Machine, type Reading, type Step } from "./randomPrograms.js";

beforeAll(async () => {
  await useBackend("cpu");
  await useBackend("onnx", { threads: 1 });
});

// A graph that does not run is run in pieces: what is wrong with it would not be seen.
const failures: unknown[] = [];
const { evaluate } = Evaluator.prototype;
beforeEach(() => {
  vi.spyOn(Evaluator.prototype, "evaluate").mockImplementation(function (this: Evaluator, ...given) {
    try {
      evaluate.apply(this, given);
    } catch (error) {
      failures.push(error);
      throw error;
    }
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  expect(failures.splice(0)).toEqual([]);
});

/** Where numbers differ by more than 3e-4 of the largest, and more than rounding of ones. */
function differences(
  expected: readonly Reading[],
  actual: readonly Reading[],
  absolute: number,
): readonly string[] {
  expect(actual.map(({ what }) => what)).toEqual(expected.map(({ what }) => what));
  return expected.flatMap(({ what, values }, i) => {
    const got = actual[i]!.values;
    const largest = values.reduce(
      (most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most),
      0,
    );
    const isSame = (a: number, b: number) =>
      Object.is(a, b) || a === b || Math.abs(a - b) <= 3e-4 * largest + absolute;
    const wrong = values.findIndex((value, at) => !isSame(value, got[at]!));
    return wrong < 0
      ? []
      : [`reading ${i}, ${what}, [${wrong}]: ${values[wrong]} on cpu, ${got[wrong]} on onnx`];
  });
}

async function run(backend: string, steps: readonly Step[]): Promise<Machine> {
  await tf.setBackend(backend);
  const machine = new Machine(tf.memory());
  try {
    for (const step of steps) await machine.step(step);
    machine.finish();
  } finally {
    await tf.setBackend(backend);
    tf.disposeVariables();
  }
  return machine;
}

const number = fc.nat({ max: 999 });
const step = fc.record<Step>({ kind: fc.nat({ max: 31 }), a: number, b: number, c: number, d: number });

describe("random programs", () => {
  for (const seed of [1, 2, 3, 4]) {
    it(`seed ${seed}: the same numbers, tensors and bytes as on the CPU backend`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 50 }), async (steps) => {
          const expected = await run("cpu", steps);
          const actual = await run("onnx", steps);
          expect(differences(expected.readings, actual.readings, 3e-6), expected.log.join("\n")).toEqual([]);
        }),
        { seed, numRuns: 10, endOnFailure: true },
      );
    });
  }
});

describe("random networks", () => {
  for (const seed of Array.from({ length: 16 }, (_, i) => i)) {
    it(`network ${seed}: the same numbers, tensors and bytes as on the CPU backend`, async () => {
      const expected = await train("cpu", seed);
      const actual = await train("onnx", seed);
      // Biases before a normalisation are moved by what rounding leaves of their gradient.
      expect(differences(expected.readings, actual.readings, 2e-5)).toEqual([]);
      expect([actual.tensors, actual.bytes]).toEqual([expected.tensors, expected.bytes]);
    });
  }
});
