import { readFileSync } from "node:fs";
import { memory, ones, type Tensor } from "@tensorflow/tfjs-core";
import {
  input,
  type LayersModel,
  layers,
  type SymbolicTensor,
  model as tfModel,
} from "@tensorflow/tfjs-layers";
import { isRadiolucentError, predict, selectStudies, useBackend } from "radiolucent";
import { csvDataset, imageBatches, loadKerasModel, loadKerasWeights } from "radiolucent/node";
import { beforeAll, describe, expect, test } from "vitest";
import { sharedData } from "../shared-data.js";

const title =
  sharedData === undefined ? "files of Keras (skipped: ../shared/data is absent)" : "files of Keras";
const bytesOf = (name: string) => readFileSync(`${sharedData}${name}`);

describe.skipIf(sharedData === undefined)(title, () => {
  beforeAll(() => useBackend("onnx"));

  test("bCNN_gray gives the 200 stored probabilities through predict", async () => {
    const before = memory().numTensors;
    const classes = ["Finding"];
    const normalization = { method: "unit" } as const;
    const bytes = bytesOf("weights/bCNN_gray.best.from_scratch.hdf5");
    const model = await loadKerasModel(bytes, { classes, input: { normalization } });
    const table = await csvDataset({
      csv: `${sharedData}nih-64/labels.csv`,
      images: `${sharedData}nih-64/images`,
      imageColumn: "Image",
      patientColumn: "PatientId",
      classes: ["Effusion"],
      keep: ["Split"],
    });
    const dataset = selectStudies(
      table,
      table.studies.flatMap(({ fields }, i) => (fields.Split === "test" ? [i] : [])),
    );
    const relabelled = { ...dataset, labels: { ...dataset.labels, classes } };
    const source = imageBatches(relabelled, { size: 64, batchSize: 50, normalization });
    const { probabilities, studies } = await predict(model, source);
    const golden = JSON.parse(bytesOf("weights/golden.json").toString()) as {
      probabilities: Record<string, number>;
    };
    const differences = studies.map(({ imageId }, i) =>
      Math.abs(probabilities.get(i, 0) - golden.probabilities[imageId]!),
    );
    expect(differences).toHaveLength(200);
    expect(Math.max(...differences)).toBeLessThan(1e-5);
    model.dispose();
    expect(memory().numTensors).toBe(before);
  });

  test("all 338 tensors of Segmentation_BlockModel fit the network that its names and shapes tell of", async () => {
    const model = blockModel(64);
    const report = await loadKerasWeights(model, bytesOf("weights/Segmentation_BlockModel_16-5_1024.h5"));
    expect(report.loaded.flatMap(({ weights }) => weights)).toHaveLength(338);
    expect(report.loaded.every(({ converted }) => converted === undefined)).toBe(true);
    expect([report.skipped, report.missing]).toEqual([[], []]);
    expect(model.countParams()).toBe(866561);
    const image = ones([1, 64, 64, 1]);
    const output = model.predict(image) as Tensor;
    const values = await output.data();
    expect(values.every((value) => value >= 0 && value <= 1)).toBe(true);
    image.dispose();
    output.dispose();
    model.dispose();
  });

  test.each([
    "weights/bCNN_gray.best.from_scratch.hdf5",
    "weights/Segmentation_BlockModel_16-5_1024.h5",
    "bad/truncated.keras",
  ])("%s cut short is a ModelError", async (name) => {
    const bytes = bytesOf(name);
    for (const share of [0.0001, 0.01, 0.3, 0.7, 0.999]) {
      const cut = bytes.subarray(0, Math.ceil(bytes.length * share));
      const error = await loadKerasModel(cut).catch((reason: unknown) => reason);
      expect(isRadiolucentError(error, "model"), String(error)).toBe(true);
    }
  });

  test("truncated.keras is said to be cut", async () => {
    await expect(loadKerasModel(bytesOf("bad/truncated.keras"))).rejects.toThrow(/not whole/);
  });
});

/** Blocks of 1x1, 3x3 and twice 3x3 convolutions, concatenated; four levels down and up, with connections across. */
function blockModel(size: number): LayersModel {
  const filters = [16, 32, 48, 64];
  let norms = 57;
  const apply = (layer: layers.Layer, x: SymbolicTensor | SymbolicTensor[]) =>
    layer.apply(x) as SymbolicTensor;
  const convolve = (name: string, x: SymbolicTensor, count: number, kernelSize: number) =>
    apply(layers.conv2d({ name, filters: count, kernelSize, padding: "same" }), x);
  const normalize = (x: SymbolicTensor, number = norms++) =>
    apply(layers.elu(), apply(layers.batchNormalization({ name: `batch_normalization_${number}` }), x));
  const block = (x: SymbolicTensor, prefix: string, level: number) => {
    const count = filters[level - 1]!;
    const first = norms;
    norms += 4;
    const one = normalize(convolve(`${prefix}Conv1_${level}`, x, count, 1), first);
    const three = normalize(convolve(`${prefix}Conv3_${level}`, x, count, 3), first + 1);
    const inner = normalize(convolve(`${prefix}Conv51_${level}`, x, count, 3), first + 2);
    const five = normalize(convolve(`${prefix}Conv52_${level}`, inner, count, 3), first + 3);
    const all = apply(layers.concatenate(), [one, three, five]);
    return normalize(convolve(`${prefix}ConvAll_${level}`, all, count, 1));
  };
  const image = input({ shape: [size, size, 1] });
  const across: SymbolicTensor[] = [];
  let x: SymbolicTensor = image;
  for (const level of [1, 2, 3, 4]) {
    const count = filters[level - 1]!;
    x = block(x, "", level);
    const padded = apply(layers.zeroPadding2d({ padding: 1 }), x);
    const down = layers.conv2d({ name: `DownSample_${level}`, filters: count, kernelSize: 4, strides: 2 });
    x = normalize(apply(down, padded));
    x = normalize(convolve(`ConvClean_${level}`, x, count, 3));
    across.push(x);
  }
  for (const level of [4, 3, 2, 1]) {
    const count = filters[level - 1]!;
    x = block(x, "De", level);
    x = apply(layers.upSampling2d({ size: [2, 2] }), x);
    x = normalize(convolve(`DeConvClean1_${level}`, x, count, 3));
    x = normalize(convolve(`DeConvClean2_${level}`, x, count, 3));
    if (level > 1) x = apply(layers.concatenate(), [x, across[level - 2]!]);
  }
  const output = layers.conv2d({ name: "output_layer", filters: 1, kernelSize: 1, activation: "sigmoid" });
  return tfModel({ inputs: image, outputs: apply(output, x) });
}
