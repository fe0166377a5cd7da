import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import * as tf from "@tensorflow/tfjs-core";
import { useBackend } from "radiolucent";
import { onnxBackendReport } from "radiolucent/backends/onnx";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { OnnxBackend } from "../../../src/backends/onnx/backend.js";
import { Value } from "../../../src/backends/onnx/graph/value.js";

beforeAll(async () => {
  await useBackend("onnx", { threads: 1 });
});

let before: tf.MemoryInfo;
beforeEach(() => {
  before = tf.memory();
});
afterEach(() => {
  expect(tf.memory()).toEqual(before);
});

describe("recording", () => {
  it("runs nothing until a value is read, then all that is still wanted as one graph", () => {
    tf.tidy(() => {
      const { runs } = onnxBackendReport();
      const x = tf.tensor1d([1, 2, 3]);
      const y = tf.add(tf.mul(x, 2), 1);
      const z = tf.sub(y, x);
      expect(onnxBackendReport().runs).toBe(runs);
      expect(onnxBackendReport().pending).toBeGreaterThan(0);
      expect([...z.dataSync()]).toEqual([2, 3, 4]);
      expect(onnxBackendReport().runs).toBe(runs + 1);
      expect(onnxBackendReport().pending).toBe(0);
      expect([...y.dataSync()]).toEqual([3, 5, 7]);
      expect(onnxBackendReport().runs).toBe(runs + 1);
    });
  });

  it("compiles a structure once, whatever the values", () => {
    const compute = (a: number, b: number) =>
      tf.tidy(() => tf.mul(tf.add(tf.tensor1d([a, b]), tf.scalar(a)), tf.scalar(b)).dataSync());
    expect([...compute(1, 2)]).toEqual([4, 6]);
    const { compiles } = onnxBackendReport();
    expect([...compute(3, 5)]).toEqual([30, 40]);
    expect(onnxBackendReport().compiles).toBe(compiles);
  });

  it("gives arrays that nobody else writes to", () => {
    tf.tidy(() => {
      const given = Float32Array.of(1, 2);
      const x = tf.tensor1d(given);
      const double = () => tf.tidy(() => tf.add(x, x).dataSync() as Float32Array);
      const first = double();
      first[0] = 100;
      expect([...double()]).toEqual([2, 4]);
      const y = tf.mul(x, 3);
      const read = y.dataSync();
      read[0] = 7;
      expect([...y.dataSync()]).toEqual([3, 6]);
    });
  });

  it("an input that ends with a sum may be written over, one that somebody has may not", () => {
    tf.tidy(() => {
      const one = tf.scalar(1);
      const x = tf.add(tf.tensor1d([1, 2, 3]), one);
      x.dataSync();
      const copy = x.clone();
      const y = tf.add(x, one);
      x.dispose();
      expect([...y.dataSync()]).toEqual([3, 4, 5]);
      expect([...copy.dataSync()]).toEqual([2, 3, 4]);
      const z = tf.add(copy, one);
      const w = tf.mul(copy, tf.scalar(10));
      copy.dispose();
      expect([...z.dataSync()]).toEqual([3, 4, 5]);
      expect([...w.dataSync()]).toEqual([20, 30, 40]);
    });
  });

  it("values of an earlier run stay what they were when the same graph runs again", () => {
    tf.tidy(() => {
      const f = (value: number) => tf.mul(tf.tensor1d([value, value]), tf.scalar(2));
      const results = [1, 2, 3, 4].map((value) => {
        const y = f(value);
        y.dataSync();
        return y;
      });
      results[1]!.dispose();
      const fifth = f(5);
      expect([...fifth.dataSync()]).toEqual([10, 10]);
      expect([0, 2, 3].map((i) => results[i]!.dataSync()[0])).toEqual([2, 6, 8]);
    });
  });

  it("the same computation gives the same bits, whatever is recorded beside it", () => {
    const values = Float32Array.from({ length: 999 }, (_, i) => Math.sin(i) * 3);
    const compute = () =>
      tf.tidy(() => tf.sqrt(tf.exp(tf.mul(tf.tensor1d(values), tf.scalar(0.3)))).dataSync());
    const alone = compute();
    const beside = tf.tidy(() => {
      const other = tf.mul(tf.tensor1d(values), tf.scalar(0.3));
      const result = compute();
      other.dataSync();
      return result;
    });
    expect(beside).toEqual(alone);
    expect(compute()).toEqual(alone);
  });

  it("a long computation without a reading runs in pieces", () => {
    tf.tidy(() => {
      const { runs } = onnxBackendReport();
      let x: tf.Tensor = tf.scalar(0);
      const one = tf.scalar(1);
      for (let i = 0; i < 25_000; i++) {
        const next = tf.add(x, one);
        x.dispose();
        x = next;
      }
      expect(onnxBackendReport().runs).toBeGreaterThan(runs);
      expect(x.dataSync()[0]).toBe(25_000);
    });
  });

  it("other backends' tensors come and go", async () => {
    await useBackend("cpu");
    const x = tf.tensor1d([1, 2]);
    await useBackend("onnx", { threads: 1 });
    const y = tf.add(x, x);
    await useBackend("cpu");
    const z = tf.add(y, x);
    expect([...z.dataSync()]).toEqual([3, 6]);
    await useBackend("onnx", { threads: 1 });
    tf.dispose([x, y, z]);
  });

  it("strings and complex numbers stay with the CPU's kernels", () => {
    tf.tidy(() => {
      expect(tf.tensor1d(["a", "b"]).dataSync() as unknown as string[]).toEqual(["a", "b"]);
      const z = tf.complex(tf.tensor1d([1, 2]), tf.tensor1d([3, 4]));
      expect([...tf.imag(tf.mul(z, z)).dataSync()]).toEqual([6, 16]);
    });
  });
});

describe("errors and settings", () => {
  it("a disposed tensor", () => {
    const x = tf.scalar(1);
    x.dispose();
    expect(() => tf.exp(x)).toThrow("Exp is given a tensor float32 [] that was disposed");
    expect(() => x.dataSync()).toThrow("disposed");
  });

  it("a run that fails says which kernels and shapes, and other values can still be read", () => {
    tf.tidy(() => {
      const backend = tf.backend() as OnnxBackend;
      const info = backend.record({
        key: "a kernel whose operation does not exist",
        inputs: [],
        shape: [2, 3],
        dtype: "float32",
        emit: (graph) => new Value(graph.op("NoSuchOperation", []), "float32", [2, 3]),
      });
      const broken = tf.engine().makeTensorFromTensorInfo(info, backend);
      const fine = tf.add(tf.scalar(1), tf.scalar(2));
      expect([...fine.dataSync()]).toEqual([3]);
      expect(() => broken.dataSync()).toThrow(
        /cannot compile a graph of 1 kernels for float32 \[2,3\] \(.*NoSuchOperation/,
      );
    });
  });

  it("memory that is exhausted, for a result and within a graph, is an error with the way out", () => {
    tf.tidy(() => {
      const long = tf.tile(tf.tensor1d([1, 2]), [2 ** 18]);
      expect(() => tf.fill([2 ** 20, 2 ** 20], 1).dataSync()).toThrow(
        /memory is exhausted: .* MiB .* take a smaller batch/,
      );
      const square = tf.sum(tf.matMul(tf.reshape(long, [-1, 1]), tf.reshape(long, [1, -1])));
      expect(() => square.dataSync()).toThrow(
        /cannot run a graph .* memory is exhausted; take a smaller batch/,
      );
      expect(long.dataSync()[3]).toBe(2);
    });
  });

  it("other threads later: tensors stay", async () => {
    const x = tf.tensor1d([1, 2]);
    const y = tf.add(x, x);
    expect((await useBackend("onnx")).description).toMatch(/^ONNX Runtime 1\.\d+\.\d+ on cpu, \d+ threads?$/);
    expect([...y.dataSync()]).toEqual([2, 4]);
    await useBackend("onnx", { threads: 1 });
    expect(onnxBackendReport().threads).toBe(1);
    tf.dispose([x, y]);
  });

  it("compiled graphs beyond the cache's bytes are freed", async () => {
    await useBackend("onnx", { threads: 1, cacheBytes: 1 });
    for (const length of [3, 4, 5]) tf.tidy(() => tf.exp(tf.ones([length])).dataSync());
    expect(onnxBackendReport().graphs).toBe(1);
    await useBackend("onnx", { threads: 1 });
  });

  it("memory() holds the bytes of tensors, recorded ones too, and nothing is unreliable", () => {
    const x = tf.tensor1d([1, 2, 3]);
    const y = tf.add(x, x);
    expect(tf.memory().numBytes - before.numBytes).toBe(24);
    expect(tf.memory().unreliable).toBe(false);
    tf.dispose([x, y]);
    expect((tf.backend() as OnnxBackend).numDataIds()).toBe(before.numDataBuffers);
  });
});

const script = (name: string) => fileURLToPath(new URL(name, import.meta.url));

describe("processes", () => {
  it("two worker threads have one each, and the process exits by itself", () => {
    const output = execFileSync(process.execPath, [script("workers.mjs")], {
      encoding: "utf8",
      timeout: 60_000,
    });
    expect(output).toContain("worker 1: 11,22");
    expect(output).toContain("worker 2: 12,24");
    expect(output).toContain("main: 3");
  });
});
