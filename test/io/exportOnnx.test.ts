import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import {
  input,
  type LayersModel,
  layers,
  model,
  type SymbolicTensor,
  sequential,
} from "@tensorflow/tfjs-layers";
import { build } from "esbuild";
import { InferenceSession } from "onnxruntime-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isRadiolucentError } from "../../src/errors.js";
import { exportOnnx } from "../../src/io/exportOnnx.js";
import { SeededDropout } from "../../src/layers/seededDropout.js";
import { applyLayer } from "../../src/models/applyLayer.js";
import { contractOf, setContract } from "../../src/models/contract.js";
import { denseNet } from "../../src/models/denseNet.js";
import { efficientNet } from "../../src/models/efficientNet.js";
import { multitaskModel } from "../../src/models/multitaskModel.js";
import { resNet } from "../../src/models/resNet.js";
import { simpleCnn } from "../../src/models/simpleCnn.js";
import { expectSameOutputs, randomize, readOnnx } from "./onnxFile.js";

const folder = mkdtempSync(join(tmpdir(), "radiolucent-onnx-"));
afterAll(() => rmSync(folder, { recursive: true }));
beforeAll(async () => {
  await tf.setBackend("cpu");
});

const classes = ["Edema", "Mass"];

const smallDenseNet = () =>
  denseNet({ growthRate: 4, blocks: [2, 1], initialFilters: 4, height: 33, width: 40, classes });

const smallCnn = () =>
  simpleCnn({ filters: [4, 6], kernelSize: 3, height: 21, width: 18, channels: 3, classes });

/** Down and up again, with a mask and, from the deepest features, a score. */
function smallUNet(): LayersModel {
  const block = (name: string, filters: number, x: SymbolicTensor) => {
    const convolved = applyLayer(layers.conv2d({ name, filters, kernelSize: 3, padding: "same" }), x);
    const normal = applyLayer(layers.batchNormalization({ name: `${name}_bn` }), convolved);
    return applyLayer(layers.activation({ activation: "relu" }), normal);
  };
  const image = input({ name: "image", shape: [16, 24, 1] });
  const top = block("top", 4, image);
  const middle = block("middle", 6, applyLayer(layers.maxPooling2d({ poolSize: 2 }), top));
  const bottom = block("bottom", 8, applyLayer(layers.averagePooling2d({ poolSize: 2 }), middle));
  const transposed = layers.conv2dTranspose({
    name: "up",
    filters: 6,
    kernelSize: 3,
    strides: 2,
    padding: "same",
  });
  const up = block("up1", 6, applyLayer(layers.concatenate(), [applyLayer(transposed, bottom), middle]));
  const larger = applyLayer(layers.upSampling2d({ size: [2, 2], interpolation: "bilinear" }), up);
  const last = block("up2", 4, applyLayer(layers.concatenate(), [larger, top]));
  const mask = applyLayer(
    layers.conv2d({ name: "mask", filters: 1, kernelSize: 1, activation: "sigmoid" }),
    last,
  );
  const pooled = applyLayer(layers.globalAveragePooling2d({}), bottom);
  const dropped = applyLayer(new SeededDropout({ rate: 0.5, seed: 1 }), pooled);
  const score = applyLayer(layers.dense({ name: "score", units: 3, activation: "softmax" }), dropped);
  return model({ name: "uNet", inputs: image, outputs: [mask, score] });
}

/** A frontal and a lateral view, the views one of the outputs. */
function twoViews(): LayersModel {
  const views = ["frontal", "lateral"].map((name) => input({ name, shape: [8, 6, 2] }));
  const shared = layers.separableConv2d({ name: "shared", filters: 3, kernelSize: 3 });
  const features = views.map((view) => applyLayer(layers.flatten(), applyLayer(shared, view)));
  const joint = applyLayer(layers.concatenate(), features);
  const outputs = [applyLayer(layers.dense({ name: "v0", units: 97 }), joint), ...features, views[0]!];
  return model({ name: "twoViews", inputs: views, outputs });
}

/** A network with a state, whose zeros at first are as many as there are images. */
function overTime(): LayersModel {
  const lstm = layers.lstm({ units: 3, recurrentInitializer: "glorotUniform" });
  return sequential({ layers: [layers.inputLayer({ inputShape: [4, 5] }), lstm] });
}

const smallResNet = () =>
  resNet({ blocks: [1, 1], initialFilters: 4, height: 33, width: 26, channels: 3, classes });

/** Odd maps on the way down, squeeze and excitation, and dropout of whole samples. */
const smallEfficientNet = () =>
  efficientNet({
    blocks: [
      { kernelSize: 3, repeats: 1, filters: 4, expansion: 1, strides: 1 },
      { kernelSize: 5, repeats: 2, filters: 6, expansion: 2, strides: 2 },
    ],
    initialFilters: 4,
    topFilters: 8,
    height: 21,
    width: 26,
    classes,
  });

/** Scores and a mask on one encoder. */
const smallMultitask = () =>
  multitaskModel(resNet({ blocks: [1, 1], bottleneck: false, initialFilters: 4, height: 24, width: 16 }), {
    pathology: { classes, dropout: 0.2 },
    lungs: { masks: ["Lungs"], decoderFilters: [6, 5, 4] },
  });

const models = {
  denseNet: smallDenseNet,
  resNet: smallResNet,
  efficientNet: smallEfficientNet,
  multitaskModel: smallMultitask,
  simpleCnn: smallCnn,
  "U-Net": smallUNet,
  twoViews,
  LSTM: overTime,
};

/** A layer that does what it is told. */
class Custom extends layers.Layer {
  static readonly className = "Custom";

  constructor(private readonly compute: (x: tf.Tensor) => tf.Tensor) {
    super({ name: "custom" });
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => this.compute([inputs].flat()[0]!));
  }
}

function custom(compute: (x: tf.Tensor) => tf.Tensor): LayersModel {
  const x = input({ name: "x", shape: [4] });
  return model({ name: "odd", inputs: x, outputs: applyLayer(new Custom(compute), x) });
}

async function modelErrorOf(exporting: Promise<unknown>) {
  const error = await exporting.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (isRadiolucentError(error, "model")) return error;
  throw error ?? new Error("no error was thrown");
}

describe("exportOnnx", () => {
  it.each(Object.entries(models))("%s gives what predict gives, for 1, 2 and 5 images", async (_, make) => {
    const subject = randomize(make());
    await expectSameOutputs(await exportOnnx(subject), subject);
  });

  it("keeps names and sizes of inputs and outputs, the batch open; a name that is taken gets _1", async () => {
    const uNet = await InferenceSession.create(await exportOnnx(smallUNet()));
    expect(uNet.inputMetadata).toMatchObject([
      { name: "image", type: "float32", shape: ["batch", 16, 24, 1] },
    ]);
    expect(uNet.outputMetadata).toMatchObject([
      { name: "mask", type: "float32", shape: ["batch", 16, 24, 1] },
      { name: "score", type: "float32", shape: ["batch", 3] },
    ]);
    const subject = twoViews();
    const { inputNames, outputNames } = await InferenceSession.create(await exportOnnx(subject));
    expect(inputNames).toEqual(["frontal", "lateral"]);
    expect(outputNames).toEqual([...subject.outputNames.slice(0, 3), "frontal_1"]);
  });

  it("writes operations of ONNX only, version 17, and filters as [out, in, height, width] under their variables' names", async () => {
    const { irVersion, producer, operatorSets, operations, constants } = readOnnx(
      await exportOnnx(smallCnn()),
    );
    expect(irVersion).toBe(8);
    expect(operatorSets).toEqual([["", 17]]);
    const { version } = JSON.parse(readFileSync("package.json", "utf8"));
    expect(producer).toBe(`radiolucent ${version}`);
    // That of the image; filters and others that have to be transposed already are.
    expect(operations.filter((type) => type === "Transpose")).toHaveLength(1);
    expect(constants["block1_conv/kernel"]).toEqual([4, 3, 3, 3]);
    expect(constants["block2_bn/moving_variance"]).toEqual([6]);
  });

  it("puts the contract into the metadata as JSON, NaN as null; a model without one has none", async () => {
    const subject = smallCnn();
    const thresholds = { values: [0.25, Number.NaN], criterion: "youden", chosenOn: "validation" };
    const [head] = contractOf(subject).heads;
    setContract(subject, { ...contractOf(subject), heads: [{ ...head!, thresholds }] });
    const { metadata } = readOnnx(await exportOnnx(subject));
    expect(Object.keys(metadata)).toEqual(["radiolucent.contract"]);
    expect(JSON.parse(metadata["radiolucent.contract"]!)).toEqual({
      ...contractOf(subject),
      heads: [{ ...head!, thresholds: { ...thresholds, values: [0.25, null] } }],
    });
    expect(readOnnx(await exportOnnx(smallUNet())).metadata).toEqual({});
  });

  it("writes the file in a new folder, in place of an older one, and nothing beside it", async () => {
    const file = join(folder, "new", "cnn.onnx");
    await exportOnnx(twoViews(), file);
    const bytes = await exportOnnx(smallCnn(), file);
    expect(readdirSync(join(folder, "new"))).toEqual(["cnn.onnx"]);
    expect(Buffer.compare(readFileSync(file), bytes)).toBe(0);
  });

  it("gives the same bytes on every backend, and leaves backend, weights and memory as they were", async () => {
    const files: Uint8Array[] = [];
    for (const backend of ["cpu", "wasm"]) {
      await tf.setBackend(backend);
      const subject = randomize(smallUNet());
      const image = tf.ones([1, 16, 24, 1]);
      const before = (subject.predict(image) as tf.Tensor[]).map((output) => output.dataSync());
      const { numTensors, numBytes, numDataBuffers } = tf.memory();
      files.push(...(await Promise.all([exportOnnx(subject), exportOnnx(subject)])));
      expect(tf.memory()).toMatchObject({ numTensors, numBytes, numDataBuffers });
      expect(tf.getBackend()).toBe(backend);
      expect(tf.engine().backendNames()).not.toContain("radiolucent-export");
      const after = (subject.predict(image) as tf.Tensor[]).map((output) => output.dataSync());
      expect(after).toEqual(before);
    }
    await tf.setBackend("cpu");
    for (const file of files) expect(Buffer.compare(file, files[0]!)).toBe(0);
  });

  it("works in TensorFlow.js's debug mode, which reads all values", async () => {
    tf.env().set("DEBUG", true);
    try {
      await expect(exportOnnx(overTime())).resolves.toBeInstanceOf(Uint8Array);
      expect(tf.env().getBool("DEBUG")).toBe(true);
    } finally {
      tf.env().set("DEBUG", false);
    }
  });

  const checker = spawnSync("/usr/bin/python3", ["-c", "import onnx"]).status === 0;
  const why = checker ? "" : " (skipped: no /usr/bin/python3 with the package onnx here)";
  it.skipIf(!checker)(`passes ONNX's own checker with inference of all shapes${why}`, async () => {
    for (const [name, make] of Object.entries(models))
      await exportOnnx(make(), join(folder, "checked", name));
    const files = readdirSync(join(folder, "checked")).map((name) => join(folder, "checked", name));
    const program =
      "import onnx, sys\nfor f in sys.argv[1:]: onnx.checker.check_model(onnx.load(f), full_check=True)";
    execFileSync("/usr/bin/python3", ["-c", program, ...files]);
    expect(files).toHaveLength(Object.keys(models).length);
  });
});

describe("exportOnnx refuses, and leaves backend and memory as they were,", () => {
  const refusal = async (subject: LayersModel) => {
    const { numTensors, numBytes } = tf.memory();
    const error = await modelErrorOf(exportOnnx(subject));
    expect(tf.getBackend()).toBe("cpu");
    expect(tf.memory()).toMatchObject({ numTensors, numBytes });
    return error;
  };

  it("a kernel without an ONNX form, and names it and the innermost layer", async () => {
    const volume = input({ shape: [4, 4, 4, 1] });
    const deep = layers.conv3d({ name: "deep", filters: 2, kernelSize: 2 });
    const nested = model({ inputs: volume, outputs: applyLayer(deep, volume) });
    const outer = sequential({ layers: [layers.inputLayer({ inputShape: [4, 4, 4, 1] }), nested] });
    const { subject, message } = await refusal(outer);
    expect(subject).toBe("deep");
    expect(message).toContain('layer "deep" (Conv3D) does what has no ONNX form: the kernel Conv3D');
  });

  it("a layer that reads values", async () => {
    const { subject, message } = await refusal(custom((x) => tf.mul(x, tf.mean(x).dataSync()[0]!)));
    expect(subject).toBe("custom");
    expect(message).toContain("reading values");
  });

  it("a layer whose result depends on the number of images, in a number, a length or its operations", async () => {
    const byNumber = await refusal(custom((x) => tf.div(x, x.shape[0]!)));
    expect(byNumber.message).toContain("odd: cannot be exported with a dynamic batch size: a constant that");
    const byLength = await refusal(custom((x) => tf.slice(x, 1, x.shape[0]! - 1)));
    expect(byLength.message).toContain("1008 for 1009 images and 996 for 997");
    const byOperation = await refusal(custom((x) => (x.shape[0]! % 5 === 2 ? tf.relu(x) : tf.elu(x))));
    expect(byOperation.message).toContain("its operations (Elu) depend on the batch size");
  });

  it("inputs with an open size, and a model that has no inputs yet", async () => {
    const image = input({ name: "image", shape: [null, null, 1] });
    const pooled = applyLayer(layers.globalAveragePooling2d({}), image);
    const open = await refusal(model({ inputs: image, outputs: pooled }));
    expect(open.subject).toBe("image");
    expect(open.message).toContain("[batch, any, any, 1]");
    expect((await refusal(sequential())).message).toContain("inputShape");
  });
});

it("radiolucent/node loads neither the CPU backend, protobuf nor ONNX Runtime before something is exported", async () => {
  const { metafile } = await build({
    entryPoints: ["src/io/index.ts"],
    bundle: true,
    format: "esm",
    platform: "node",
    packages: "external",
    write: false,
    metafile: true,
    splitting: true,
    outdir: folder,
  });
  const loadedBy = (file: string, loaded = new Set<string>()): Set<string> => {
    for (const { path, kind, external } of metafile.inputs[file]?.imports ?? []) {
      if (kind !== "import-statement" || loaded.has(path)) continue;
      loaded.add(path);
      if (external !== true) loadedBy(path, loaded);
    }
    return loaded;
  };
  const atStart = loadedBy("src/io/index.ts");
  expect(atStart).toContain("src/io/exportOnnx.ts");
  const late = ["@tensorflow/tfjs-backend-cpu", "@bufbuild/protobuf/wire", "onnxruntime-node"];
  expect(late.filter((name) => atStart.has(name))).toEqual([]);
  const toExport = loadedBy("src/backends/onnx/exportModel.ts");
  expect(late.filter((name) => toExport.has(name))).toEqual(late.slice(0, 2));
});
