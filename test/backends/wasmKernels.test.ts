import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { useBackend } from "../../src/backends/useBackend.js";
import { installWasmTraining } from "../../src/backends/wasm/installWasmTraining.js";
import { isRadiolucentError } from "../../src/errors.js";
import { expectSameOnBoth, normals, run, type Values } from "./onBoth.js";

beforeAll(() => useBackend("wasm"));

const vector = (values: readonly number[]): Values => ({ shape: [values.length], values });

it("WASM has every kernel of the CPU backend but those on complex numbers", () => {
  const wasm = new Set(tf.getKernelsForBackend("wasm").map(({ kernelName }) => kernelName));
  const missing = tf.getKernelsForBackend("cpu").filter(({ kernelName }) => !wasm.has(kernelName));
  expect(missing.map(({ kernelName }) => kernelName).sort()).toEqual([
    "Complex",
    "ComplexAbs",
    "FFT",
    "IFFT",
    "Imag",
    "Real",
  ]);
});

it("installing a second time changes nothing", () => {
  const kernels = () => tf.getKernelsForBackend("wasm").map(({ kernelFunc }) => kernelFunc);
  const before = kernels();
  installWasmTraining();
  expect(kernels()).toEqual(before);
});

describe("kernels borrowed from the CPU backend", () => {
  it("gradient of gather (UnsortedSegmentSum), where rows taken twice get both gradients", async () => {
    const gather = (x: tf.Tensor, weights: tf.Tensor) => [
      tf.grad((a: tf.Tensor) => tf.sum(tf.mul(tf.gather(a, tf.tensor1d([2, 0, 2], "int32")), weights)))(x),
    ];
    const [gradient] = await run("wasm", gather, [
      { shape: [3, 2], values: [0, 0, 0, 0, 0, 0] },
      { shape: [3, 2], values: [1, 2, 3, 4, 5, 6] },
    ]);
    expect(Array.from(gradient!.values)).toEqual([3, 4, 0, 0, 6, 8]);
  });

  it("both gradients of a depthwise convolution, strided and padded", async () => {
    for (const [stride, pad] of [
      [1, "same"],
      [2, "valid"],
    ] as const) {
      await expectSameOnBoth(
        (x, filter) =>
          tf.grads((a: tf.Tensor, b: tf.Tensor) =>
            tf.square(tf.depthwiseConv2d(a as tf.Tensor4D, b as tf.Tensor4D, stride, pad)),
          )([x!, filter!]),
        [normals("x", [2, 7, 6, 3]), normals("filter", [3, 3, 3, 2])],
      );
    }
  });

  it("a kernel that takes a list (Einsum)", async () => {
    await expectSameOnBoth(
      (a, b) => [tf.einsum("ij,jk->ik", a!, b!)],
      [normals("a", [3, 4]), normals("b", [4, 2])],
    );
  });

  it("a kernel on text (StaticRegexReplace)", async () => {
    await tf.setBackend("wasm");
    const text = tf.tensor1d(["heart", "heat"]);
    const replaced = tf.string.staticRegexReplace(text, "ea", "i");
    expect(await replaced.data()).toEqual(["hirt", "hit"]);
    tf.dispose([text, replaced]);
  });

  it("a kernel that throws leaves no memory taken on the CPU backend", async () => {
    await tf.setBackend("wasm");
    const x = tf.ones([2, 2]);
    const cpu = tf.findBackend("cpu");
    const before = cpu.numDataIds();
    expect(() => tf.engine().runKernel("RaggedGather", { x } as never, {})).toThrow();
    expect(cpu.numDataIds()).toBe(before);
    x.dispose();
  });

  it("the filter's gradient of channels-first images", async () => {
    await expectSameOnBoth(
      (x, dy) => [
        tf
          .engine()
          .runKernel(
            tf.Conv2DBackpropFilter,
            { x: x!, dy: dy! },
            { strides: 1, pad: "valid", dataFormat: "NCHW", filterShape: [2, 2, 3, 2] },
          ),
      ],
      [normals("x", [1, 3, 4, 4]), normals("dy", [1, 2, 3, 3])],
    );
  });
});

describe("pooling gradients equal the CPU backend's", () => {
  const pool =
    (kind: "max" | "avg", size: number, stride: number, pad: "same" | "valid" | number) =>
    (x: tf.Tensor, weights: tf.Tensor): tf.Tensor[] => [
      tf.grad((a: tf.Tensor) => {
        const pooling = kind === "max" ? tf.maxPool : tf.avgPool;
        const y = pooling(a as tf.Tensor4D, size, stride, pad, typeof pad === "number" ? "floor" : undefined);
        return tf.sum(tf.mul(y, tf.reshape(tf.slice(tf.reshape(weights, [-1]), 0, y.size), y.shape)));
      })(x),
    ];

  for (const kind of ["max", "avg"] as const) {
    it(`${kind}: windows apart, overlapping, padded, larger than the image's rest`, async () => {
      for (const [size, stride, pad] of [
        [2, 2, "valid"],
        [3, 2, "same"],
        [3, 1, "same"],
        [2, 3, "valid"],
        [3, 2, 1],
      ] as const) {
        for (const channels of [1, 20]) {
          const shape = [2, 9, 8, channels];
          await expectSameOnBoth(pool(kind, size, stride, pad), [normals("x", shape), normals("w", shape)], {
            tolerance: 1e-6,
            title: `${size} ${stride} ${pad} ${channels}`,
          });
        }
      }
    });
  }

  it("max: a window of negative values has a largest one", async () => {
    const [gradient] = await run("wasm", pool("max", 2, 2, "valid"), [
      { shape: [1, 2, 2, 1], values: [-4, -3, -1, -2] },
      vector([5]),
    ]);
    expect(Array.from(gradient!.values)).toEqual([0, 0, 5, 0]);
  });

  it("max: of equal values the first takes it all; NaN takes nothing", async () => {
    const [gradient] = await run("wasm", pool("max", 2, 2, "valid"), [
      { shape: [1, 2, 4, 1], values: [0, 0, Number.NaN, Number.NaN, 0, 0, Number.NaN, Number.NaN] },
      vector([5, 7]),
    ]);
    expect(Array.from(gradient!.values)).toEqual([5, 0, 0, 0, 0, 0, 0, 0]);
  });

  it("max in three dimensions, negative values too", async () => {
    await expectSameOnBoth(
      (x) => [tf.grad((a: tf.Tensor) => tf.sum(tf.maxPool3d(a as tf.Tensor5D, 2, 2, "valid")))(x!)],
      [normals("x", [1, 4, 4, 4, 2])],
      { tolerance: 0 },
    );
  });
});

describe("kernels that a training step waits for equal the CPU backend's", () => {
  const x = normals("x", [3, 5, 4, 18]);

  it("sums and means over leading axes, and over others", async () => {
    for (const axes of [[0], [0, 1], [0, 1, 2], [2, 0, 1], [-4], [1], [1, 2], [3], [0, 1, 2, 3], [0, 2]]) {
      for (const keepDims of [false, true]) {
        await expectSameOnBoth((a) => [tf.sum(a!, axes, keepDims), tf.mean(a!, axes, keepDims)], [x], {
          tolerance: 1e-6,
          title: `${axes} ${keepDims}`,
        });
      }
    }
    await expectSameOnBoth((a) => tf.tidy(() => [tf.sum(tf.cast(a!, "int32"), [0, 1])]), [x], {
      tolerance: 0,
    });
  });

  it("tiles", async () => {
    for (const reps of [
      [2, 1, 1, 1],
      [1, 3, 1, 1],
      [1, 1, 1, 2],
      [2, 1, 3, 1],
      [1, 1, 1, 1],
      [2, 2, 2, 2],
    ]) {
      await expectSameOnBoth((a) => [tf.tile(a!, reps)], [x], { tolerance: 0, title: String(reps) });
    }
    await expectSameOnBoth(
      (a) => tf.tidy(() => [tf.tile(tf.cast(a!, "int32"), [2, 2, 1, 1]), tf.tile(a!, [0, 1, 1, 1])]),
      [x],
      { tolerance: 0 },
    );
  });

  it("slices and splits", async () => {
    await expectSameOnBoth(
      (a) =>
        tf.tidy(() => [
          tf.slice(a!, [1, 2, 1, 3], [2, 3, 2, 17 - 3]),
          tf.slice(a!, [0, 1], [3, 2]),
          tf.slice(a!, 1),
          tf.slice(a!, [0, 0, 0, 17]),
          tf.slice(a!, [0, 5, 0, 0], [3, 0, 4, 18]),
          tf.slice(tf.cast(a!, "int32"), [1, 1], [1, 2]),
          ...tf.split(a!, [1, 4], 1),
          ...tf.split(a!, 6, -1),
          ...tf.split(tf.cast(a!, "int32"), 3, 0),
        ]),
      [x],
      { tolerance: 0 },
    );
  });

  it("batch normalisation and its gradients, with and without scale and offset, also far from zero", async () => {
    const vectors = ["mean", "variance", "offset", "scale"].map((name) => normals(name, [18]));
    vectors[1] = { shape: [18], values: Array.from(vectors[1]!.values, (v) => v * v + 0.1) };
    for (const shift of [0, 1000]) {
      await expectSameOnBoth(
        (a, mean, variance, offset, scale) =>
          tf.tidy(() => {
            const shifted = [tf.add(a!, shift), tf.add(mean!, shift), variance!, offset!, scale!];
            const normalise = ([b, m, v, o, s]: tf.Tensor[]) =>
              tf.batchNorm(b!, m as tf.Tensor1D, v as tf.Tensor1D, o as tf.Tensor1D, s as tf.Tensor1D, 0.001);
            return [
              normalise(shifted),
              normalise(shifted.slice(0, 3)),
              ...tf.grads((...all: tf.Tensor[]) => tf.sum(tf.square(normalise(all))))(shifted),
            ];
          }),
        [x, ...vectors],
      );
    }
  });
});

it("a clone shares the values and outlives its original", async () => {
  await tf.setBackend("wasm");
  const buffers = tf.memory().numDataBuffers;
  const original = tf.tensor1d([1, 2, 3]);
  const clone = tf.clone(original);
  expect(tf.memory().numDataBuffers).toBe(buffers + 1);
  original.dispose();
  expect(Array.from(await clone.data())).toEqual([1, 2, 3]);
  clone.dispose();
  expect(tf.memory().numDataBuffers).toBe(buffers);
});

it("tensors made on another backend are brought over", async () => {
  await tf.setBackend("cpu");
  const x = tf.ones([1, 4, 4, 2]) as tf.Tensor4D;
  const filter = tf.ones([3, 3, 2, 2]) as tf.Tensor4D;
  await tf.setBackend("wasm");
  const [dx] = tf.grads((a: tf.Tensor, b: tf.Tensor) =>
    tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, 1, "same"),
  )([x, filter]);
  // Each of two output channels gives one for each output that saw the pixel: 2 x 2 at a corner, 3 x 3 inside.
  expect(Array.from(await dx!.data()).slice(0, 4)).toEqual([8, 8, 12, 12]);
});

it("a full heap is an error that says how much was asked for", async () => {
  await useBackend("wasm");
  const before = tf.memory().numTensors;
  let thrown: unknown;
  try {
    tf.tidy(() =>
      [0, 1, 2, 3].map(() =>
        tf
          .engine()
          .makeTensorFromTensorInfo(
            (
              tf.backend() as unknown as { makeOutput(shape: number[], dtype: string): tf.TensorInfo }
            ).makeOutput([2 ** 28 + 1], "float32"),
          ),
      ),
    );
  } catch (error) {
    thrown = error;
  }
  expect(isRadiolucentError(thrown, "backend")).toBe(true);
  expect((thrown as Error).message).toContain("at most 4 GB, has no 1024 MiB left");
  expect(tf.memory().numTensors).toBe(before);
});
