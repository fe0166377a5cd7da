import { readFileSync } from "node:fs";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { type LayersModel, layers, loadLayersModel, sequential } from "@tensorflow/tfjs-layers";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { isRadiolucentError } from "../../src/errors.js";
import { artifactsOfModel } from "../../src/models/artifactsOfModel.js";
import { channelQuantizationOf } from "../../src/models/channelQuantization.js";
import { contractOf } from "../../src/models/contract.js";
import { halfOf, valueOfHalf } from "../../src/models/halfFloat.js";
import { openModel } from "../../src/models/openModel.js";
import { type QuantizationOptions, quantizeArtifacts } from "../../src/models/quantizeArtifacts.js";
import { simpleCnn } from "../../src/models/simpleCnn.js";
import { entriesWithBytes, joinedWeights } from "../../src/models/weightEntries.js";

beforeAll(async () => {
  await tf.setBackend("cpu");
});

const reference = JSON.parse(
  readFileSync(new URL("../fixtures/halfFloat.json", import.meta.url), "utf8"),
) as {
  readonly bits: number[];
  readonly halves: number[];
};

/** A model of one weight "layer/kernel" with the given values. */
function weightOf(
  values: readonly number[],
  shape: readonly number[] = [1, values.length],
): tf.io.ModelArtifacts {
  return {
    modelTopology: {},
    weightSpecs: [{ name: "layer/kernel", shape: [...shape], dtype: "float32" }],
    weightData: Float32Array.from(values).buffer,
  };
}

/** The numbers that TensorFlow.js itself reads back. */
function readByTensorFlow({ weightData, weightSpecs }: tf.io.ModelArtifacts): number[] {
  return tf.tidy(() =>
    Object.values(tf.io.decodeWeights(weightData!, weightSpecs!)).flatMap((tensor) =>
      Array.from(tensor.dataSync()),
    ),
  );
}

const roundTrip = (values: readonly number[], options: QuantizationOptions) =>
  readByTensorFlow(quantizeArtifacts(weightOf(values), options).artifacts);

async function outputs(model: LayersModel, shape: number[]): Promise<number[]> {
  const input = tf.randomUniform(shape, 0, 1, "float32", 11);
  const output = model.predict(input) as tf.Tensor;
  const values = Array.from(await output.data());
  tf.dispose([input, output]);
  return values;
}

const float = fc.float({ noNaN: true, noDefaultInfinity: true, min: -(2 ** 124), max: 2 ** 124 });

describe("half precision", () => {
  it("rounds as numpy does: to the nearest, ties to even, with subnormals and infinities", () => {
    const numbers = new Float32Array(Uint32Array.from(reference.bits).buffer);
    expect(Array.from(numbers, halfOf)).toEqual(reference.halves);
  });

  it("gives back every half", () => {
    for (let half = 0; half < 0x10000; half++) {
      const value = valueOfHalf(half);
      if (!Number.isNaN(value) && halfOf(value) !== half) expect(halfOf(value)).toBe(half);
    }
    expect(valueOfHalf(halfOf(Number.NaN))).toBeNaN();
  });
});

describe("quantizeArtifacts with float16", () => {
  it("is read by TensorFlow.js as the nearest halves, subnormal ones too", () => {
    const values = [1, 1 + 2 ** -11, 1 + 3 * 2 ** -11, -0.1, 2 ** -24, 3 * 2 ** -25, 2 ** -26, 65504, 65519];
    expect(roundTrip(values, { method: "float16" })).toEqual([
      1,
      1,
      1 + 2 ** -9,
      -0.0999755859375,
      2 ** -24,
      2 ** -23,
      0,
      65504,
      65504,
    ]);
  });

  it("leaves a weight as it was whose values would become infinite, and says so", () => {
    const { artifacts, report } = quantizeArtifacts(weightOf([1 / 3, 65520]), { method: "float16" });
    expect(readByTensorFlow(artifacts)).toEqual([Math.fround(1 / 3), 65520]);
    expect(report.weights[0]).toMatchObject({ storedAs: "as it was", reason: "too large", greatestError: 0 });
  });
});

describe("quantizeArtifacts with uint8", () => {
  it("maps the range to 0 ... 255, as computed by hand", () => {
    const { artifacts, report } = quantizeArtifacts(weightOf([0, 255, 1.4, 1.6, 100]), { method: "uint8" });
    expect(readByTensorFlow(artifacts)).toEqual([0, 255, 1, 2, 100]);
    expect(artifacts.weightSpecs![0]!.quantization).toEqual({
      dtype: "uint8",
      min: 0,
      scale: 1,
      original_dtype: "float32",
    });
    expect(report.weights[0]!.greatestError).toBeCloseTo(0.4, 6);
    expect(report.weights[0]!.meanError).toBeCloseTo(0.8 / 5, 6);
    expect(report.bytesBefore).toBe(20);
    expect(report.bytesAfter).toBe(5);
  });

  it("is read by TensorFlow.js within half a scale, and 0 stays 0", () => {
    fc.assert(
      fc.property(fc.array(float, { minLength: 1, maxLength: 40 }), (numbers) => {
        const values = [...numbers, 0].map(Math.fround);
        const { artifacts, report } = quantizeArtifacts(weightOf(values), { method: "uint8" });
        const scale = artifacts.weightSpecs![0]!.quantization!.scale!;
        const read = readByTensorFlow(artifacts);
        const errors = read.map((value, i) => Math.abs(value - values[i]!));
        expect(read.at(-1)).toBe(0);
        expect(Math.max(...errors)).toBeLessThanOrEqual(0.50001 * scale);
        expect(report.weights[0]!.greatestError).toBe(Math.max(...errors));
      }),
    );
  });

  it("gives a constant weight back exactly, and takes the least of float32 and the largest it allows", () => {
    for (const constant of [0, 0.1, -3, 9.9e37]) {
      expect(roundTrip([constant, constant], { method: "uint8" })).toEqual(
        new Array(2).fill(Math.fround(constant)),
      );
    }
    expect(roundTrip([0, 2 ** -149, 2 ** -148], { method: "uint8" })).toEqual([0, 2 ** -149, 2 ** -148]);
    const wide = roundTrip([-4e37, 4e37], { method: "uint8" });
    expect(wide[0]).toBeCloseTo(-4e37, -36);
    expect(wide[1]).toBeCloseTo(4e37, -36);
    const { report } = quantizeArtifacts(weightOf([-3e38, 3e38]), { method: "uint8" });
    expect(report.weights[0]!.reason).toBe("too large");
  });

  it("leaves an empty weight, one of integers and one to be kept as they were", () => {
    const empty = quantizeArtifacts(weightOf([], [3, 0]), { method: "uint8" });
    expect(empty.report.weights[0]).toMatchObject({ reason: "empty", bytesAfter: 0, meanError: 0 });
    const integers = weightOf([1, 2]);
    integers.weightSpecs![0]!.dtype = "int32";
    expect(quantizeArtifacts(integers, { method: "uint8" }).report.weights[0]!.reason).toBe("not float32");
    const keep = (name: string) => name.endsWith("kernel");
    expect(quantizeArtifacts(weightOf([1, 2]), { method: "uint8", keep }).report.weights[0]!.reason).toBe(
      "kept",
    );
    expect(quantizeArtifacts(weightOf([1, 2], [2]), { method: "uint8" }).report.weights[0]!.reason).toBe(
      "kept",
    );
  });

  it("refuses a weight that is NaN or infinite, and one that is quantised already, by its name", () => {
    const again = quantizeArtifacts(weightOf([1, 2]), { method: "uint8" }).artifacts;
    for (const artifacts of [weightOf([1, Number.NaN]), weightOf([1, -Infinity]), again]) {
      for (const method of ["uint8", "float16"] as const) {
        const refused = () => quantizeArtifacts(artifacts, { method });
        expect(refused).toThrow(expect.objectContaining({ code: "model", subject: "layer/kernel" }));
      }
    }
    for (const options of [{ method: "float16", perChannel: true }, { method: "int4" }]) {
      expect(() => quantizeArtifacts(again, options as QuantizationOptions)).toThrow(
        expect.objectContaining({ code: "argument" }),
      );
    }
  });
});

/** Layers of each kind of kernel, whose output channels differ in size by powers of ten. */
function kinds(): LayersModel {
  const model = sequential({
    layers: [
      layers.conv2d({ name: "conv", inputShape: [8, 8, 2], filters: 4, kernelSize: 3 }),
      layers.depthwiseConv2d({ name: "depthwise", kernelSize: 3, depthMultiplier: 2 }),
      layers.conv2dTranspose({ name: "transposed", filters: 5, kernelSize: 2 }),
      layers.flatten(),
      layers.dense({ name: "dense", units: 3 }),
    ],
  });
  tf.tidy(() => {
    const sized = (shape: number[], axis: number) => {
      const sizes = Array.from({ length: shape[axis]! }, (_, c) => 10 ** -c);
      const around = shape.map((extent, a) => (a === axis ? extent : 1));
      return tf.mul(tf.randomUniform(shape, -1, 1, "float32", 5), tf.tensor(sizes, around));
    };
    model.setWeights(
      model.getWeights().map((weight) => {
        if (weight.rank < 2) return tf.randomUniform(weight.shape, -1, 1, "float32", 6);
        return sized(weight.shape, weight.shape[2] === 5 ? 2 : weight.rank - 1);
      }),
    );
  });
  return model;
}

describe("quantizeArtifacts with uint8 by channel", () => {
  it("keeps each value within half its output channel's scale: of convolutions, transposed and depthwise ones, dense layers", async () => {
    const model = kinds();
    const whole = await artifactsOfModel(model);
    const { artifacts, report } = quantizeArtifacts(whole, { method: "uint8", perChannel: true });
    const opened = await openModel({ load: async () => artifacts });
    const data = joinedWeights(artifacts.weightData);
    const channels: Record<string, number> = {};
    for (const { entry, bytes } of entriesWithBytes(artifacts.weightSpecs!, data)) {
      const quantization = channelQuantizationOf(entry);
      const at = (of: LayersModel) =>
        of.weights
          .find(({ originalName }) => originalName === entry.name)!
          .read()
          .dataSync<"float32">();
      const [former, read] = [at(model), at(opened)];
      if (!quantization) {
        expect(Array.from(read)).toEqual(Array.from(former));
        continue;
      }
      channels[entry.name] = quantization.channels;
      const scales = new Float32Array(bytes, 0, quantization.channels);
      const axis = entry.name.startsWith("transposed") ? 2 : entry.shape.length - 1;
      const inner = entry.shape.slice(axis + 1).reduce((product, extent) => product * extent, 1);
      read.forEach((value, i) => {
        const along = Math.floor(i / inner) % entry.shape[axis]!;
        const input = Math.floor(i / 2) % 4;
        const channel = entry.name.startsWith("depthwise") ? 2 * input + along : along;
        expect(Math.abs(value - former[i]!)).toBeLessThanOrEqual(0.5001 * scales[channel]!);
        if (!entry.name.startsWith("depthwise")) expect(scales[channel]).toBeLessThan(0.008 * 10 ** -channel);
      });
    }
    expect(channels).toEqual({
      "conv/kernel": 4,
      "depthwise/depthwise_kernel": 8,
      "transposed/kernel": 5,
      "dense/kernel": 3,
    });
    const tensor = quantizeArtifacts(whole, { method: "uint8" });
    const coarse = await openModel({ load: async () => tensor.artifacts });
    const shape = [2, 8, 8, 2];
    const exact = await outputs(model, shape);
    const difference = async (of: LayersModel) =>
      Math.max(...(await outputs(of, shape)).map((value, i) => Math.abs(value - exact[i]!)));
    expect(await difference(opened)).toBeLessThan(await difference(coarse));
    expect(
      report.weights.map(({ storedAs }) => storedAs).filter((as) => as === "uint8-per-channel"),
    ).toHaveLength(4);
    for (const each of [model, opened, coarse]) each.dispose();
  });

  it("is refused by TensorFlow.js itself, which names the weight", async () => {
    const model = kinds();
    const { artifacts } = quantizeArtifacts(await artifactsOfModel(model), {
      method: "uint8",
      perChannel: true,
    });
    await expect(loadLayersModel(tf.io.fromMemory(artifacts))).rejects.toThrow(
      /Weight conv\/kernel has unknown quantization dtype uint8-per-channel/,
    );
    model.dispose();
  });

  it("gives no scale of its own to channels of fewer than four values", () => {
    const { report } = quantizeArtifacts(weightOf([1, 2, 3, 4, 5, 6], [3, 2]), {
      method: "uint8",
      perChannel: true,
    });
    expect(report.weights[0]!.storedAs).toBe("uint8");
  });
});

describe("a quantised model", () => {
  const classes = ["Edema", "Mass"];
  it.each([
    [{ method: "float16" }, 0.5],
    [{ method: "uint8" }, 0.25],
    [{ method: "uint8", perChannel: true }, 0.25],
  ] as const)(
    "with %j takes about its share of the bytes, keeps its contract and opens",
    async (options, share) => {
      const model = simpleCnn({ filters: [16, 32], kernelSize: 3, height: 16, width: 16, classes, seed: 3 });
      const { artifacts, report } = quantizeArtifacts(await artifactsOfModel(model), options);
      const before = tf.memory().numTensors;
      const opened = await openModel({ load: async () => artifacts });
      expect(joinedWeights(artifacts.weightData).byteLength).toBe(report.bytesAfter);
      expect(report.bytesAfter / report.bytesBefore).toBeGreaterThan(share);
      expect(report.bytesAfter / report.bytesBefore).toBeLessThan(share + 0.11);
      expect(contractOf(opened)).toEqual(contractOf(model));
      const [exact, read] = [await outputs(model, [2, 16, 16, 1]), await outputs(opened, [2, 16, 16, 1])];
      read.forEach((value, i) => {
        expect(value).not.toBe(exact[i]);
        expect(value).toBeCloseTo(exact[i]!, 1);
      });
      opened.dispose();
      expect(tf.memory().numTensors).toBe(before);
      model.dispose();
    },
  );

  it("is not half a weight: too few bytes are an error", async () => {
    const model = kinds();
    const { artifacts } = quantizeArtifacts(await artifactsOfModel(model), {
      method: "uint8",
      perChannel: true,
    });
    const weightData = joinedWeights(artifacts.weightData).slice(1);
    const opening = openModel({ load: async () => ({ ...artifacts, weightData }) });
    await expect(opening).rejects.toSatisfy((error) => isRadiolucentError(error, "model"));
    model.dispose();
  });
});
