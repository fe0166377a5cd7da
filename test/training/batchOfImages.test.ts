import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { model as functional, input, type LayersModel, layers } from "@tensorflow/tfjs-layers";
import ndarray from "ndarray";
import { beforeAll, expect, test } from "vitest";
import type { Image } from "../../src/image.js";
import type { Dataset } from "../../src/labels/dataset.js";
import { type ModelContract, setContract } from "../../src/models/contract.js";
import { batchOfImages } from "../../src/training/batchOfImages.js";
import { datasetBatches } from "../../src/training/datasetBatches.js";
import { predict } from "../../src/training/predict.js";
import { predictBatches } from "../../src/training/predictBatches.js";

beforeAll(() => tf.setBackend("cpu"));

const head = { name: "findings", classes: ["Edema", "Mass"], output: "logits" } as const;
const lungs = { name: "lungs", kind: "segmentation", classes: ["Lungs"], output: "logits" } as const;

function network(heads: ModelContract["heads"], format: Partial<ModelContract["input"]> = {}): LayersModel {
  const channels = format.channels ?? 1;
  const image = input({ shape: [6, 5, channels] });
  const outputs = heads.map(({ name, kind, classes: { length } }) =>
    kind === "segmentation"
      ? layers.conv2d({ name, filters: length, kernelSize: 1 }).apply(image)
      : layers.dense({ name, units: length }).apply(layers.flatten({ name: `${name}-flat` }).apply(image)),
  );
  const model = functional({ inputs: image, outputs: outputs as never });
  const normalization = { method: "per-image" } as const;
  setContract(model, {
    version: 1,
    architecture: "test",
    heads,
    input: { height: 6, width: 5, channels, normalization, ...format },
  });
  return model;
}

/** Of any size, with numbers that resizing and rounding change. */
function film(height: number, width: number, high: 255 | 65535): Image {
  const values = Array.from({ length: height * width }, (_, i) => (i * i * 7919 + 13 * i) % (high + 1));
  return high === 255
    ? { pixels: ndarray(Uint8Array.from(values), [height, width]), range: [0, high] }
    : { pixels: ndarray(Uint16Array.from(values), [height, width]), range: [0, high] };
}

const films = [film(13, 17, 255), film(4, 3, 65535), film(6, 5, 255)];

test.each([
  { channels: 1, normalization: { method: "per-image" } },
  { channels: 3, normalization: { method: "unit" } },
  { channels: 3, normalization: { method: "statistics", mean: 0.4, standardDeviation: 0.2 } },
] as const)(
  "gives the numbers of datasetBatches with $channels channels, $normalization.method",
  async (format) => {
    const batch = batchOfImages(network([head], format), films);
    const dataset: Dataset = {
      name: "films",
      studies: batch.studies,
      labels: batch.labels,
      account: { rowsRead: 3, rowsKept: 3, dropped: [], changed: [] },
      loadImage: ({ imageId }) => films[Number(imageId.slice(-1)) - 1]!,
    };
    for await (const { images } of datasetBatches(dataset, { size: [6, 5], ...format })) {
      expect(batch.images.shape).toEqual([3, 6, 5, format.channels]);
      expect(batch.images.data).toEqual(images.data);
    }
  },
);

test("names the studies, and knows no label of any head", async () => {
  const tubes = { name: "tubes", classes: ["Drain"], output: "logits" } as const;
  const model = network([head, tubes, lungs]);
  const batch = batchOfImages(model, films, { names: ["a.png", "b.dcm"] });
  expect(batch.studies.map(({ imageId }) => imageId)).toEqual(["a.png", "b.dcm", "image 3"]);
  expect(Array.from(batch.labels.values.data)).toEqual(new Array(6).fill(Number.NaN));
  const { classes, probabilities, labels } = await predict(model, [batch], { head: "tubes" });
  expect([classes, labels.classes]).toEqual([["Drain"], ["Drain"]]);
  expect(probabilities.shape).toEqual([3, 1]);
});

test("fits a model that segments only", async () => {
  const model = network([lungs]);
  for await (const { logits } of predictBatches(model, [batchOfImages(model, films)])) {
    expect(logits.lungs?.shape).toEqual([3, 6, 5, 1]);
  }
});

test("says what to do when the contract does not know the normalisation", () => {
  const model = network([head]);
  setContract(model, {
    version: 1,
    architecture: "test",
    heads: [head],
    input: { height: 6, width: 5, channels: 1 },
  });
  expect(() => batchOfImages(model, films)).toThrow(
    /does not say how its images are normalised.*setContract\(model/,
  );
});

test("takes images through the preprocessing that the contract names, and no other", async () => {
  const dark = {
    key: "dark",
    apply: ({ range }: Image): Image => ({ pixels: ndarray(new Uint8Array(4), [2, 2]), range }),
  };
  const model = network([head], { preprocessing: "dark" });
  const { images } = batchOfImages(model, films, { preprocess: dark });
  const expected = batchOfImages(network([head]), films.map(dark.apply)).images;
  expect(images.data).toEqual(expected.data);
  for (const options of [{}, { preprocess: { ...dark, key: "darker" } }]) {
    expect(() => batchOfImages(model, films, options)).toThrow(
      "the model takes preprocessing dark; options.preprocess gives",
    );
  }
  expect(() => batchOfImages(network([head]), films, { preprocess: dark })).toThrow(
    "takes preprocessing none",
  );
});
