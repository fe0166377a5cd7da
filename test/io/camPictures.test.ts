import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { initializers, input, layers, model as modelOf } from "@tensorflow/tfjs-layers";
import {
  activationMaps,
  contractOf,
  gradCam,
  overlayHeatmap,
  phantomDataset,
  predict,
  renderPhantom,
  selectStudies,
  setContract,
  simpleCnn,
} from "radiolucent";
import { camPictures, imageBatches } from "radiolucent/node";
import sharp from "sharp";
import { beforeAll, describe, expect, test } from "vitest";

const dataset = phantomDataset({ patients: 3, seed: 2, size: 48, imagesPerPatient: [1, 1] });
const normalization = { method: "unit" } as const;
const model = simpleCnn({
  height: 32,
  width: 32,
  classes: dataset.labels.classes,
  filters: [4, 6],
  kernelSize: 3,
  seed: 3,
});

describe("camPictures", () => {
  beforeAll(async () => {
    await tf.setBackend("cpu");
    setContract(model, {
      ...contractOf(model),
      input: { height: 32, width: 32, channels: 1, normalization },
    });
  });

  test("gives what gradCam and the model give for the films prepared as the contract says", async () => {
    const pictures = await camPictures(model, dataset, { finding: "Effusion" });
    const [batch] = await collect(imageBatches(dataset, { size: 32, normalization }));
    const cam = await gradCam(model, batch!.images, { target: "Effusion" });
    const probabilities = tf.tidy(() =>
      tf.sigmoid(model.predict(tf.tensor(batch!.images.data, batch!.images.shape)) as tf.Tensor),
    );
    const values = await probabilities.data();
    probabilities.dispose();
    const column = dataset.labels.classes.indexOf("Effusion");
    expect(pictures.map((picture) => picture.peak)).toEqual(cam.peaks);
    pictures.forEach((picture, i) => {
      expect(picture.study).toBe(dataset.studies[i]);
      expect(picture.probability).toBeCloseTo(values[4 * i + column]!, 6);
      expect(picture.label).toBe(dataset.labels.values.get(i, column));
    });
  });

  test("draws the map of the method and of the head that are asked for, with that head's probability", async () => {
    const seeded = (seed: number) => initializers.glorotUniform({ seed });
    const image = input({ shape: [32, 32, 1] });
    const maps = layers
      .conv2d({ filters: 4, kernelSize: 5, strides: 4, activation: "tanh", kernelInitializer: seeded(1) })
      .apply(image);
    const cells = layers.flatten().apply(maps);
    const classes = { other: ["Nodule", "Effusion"], own: ["Effusion", "Nodule"] };
    const outputs = Object.keys(classes).map((name, i) =>
      layers.dense({ name, units: 2, kernelInitializer: seeded(2 + i) }).apply(cells),
    );
    const net = modelOf({ inputs: image, outputs: outputs as never });
    const heads = Object.entries(classes).map(([name, columns]) => ({
      name,
      classes: columns,
      output: "logits" as const,
    }));
    setContract(net, {
      version: 1,
      architecture: "test",
      heads,
      input: { height: 32, width: 32, channels: 1, normalization },
    });
    const [batch] = await collect(imageBatches(dataset, { size: 32, normalization }));
    const seen = new Set<string>();
    for (const method of ["gradCam", "hiResCam", "scoreCam", "eigenCam"] as const)
      for (const head of ["other", "own"]) {
        const pictures = await camPictures(net, dataset, { finding: "Effusion", head, method, rows: 48 });
        const targets = [{ target: "Effusion", head }];
        const [cam] = await activationMaps(net, batch!.images, { targets, methods: [method] });
        expect(pictures.map(({ peak }) => peak)).toEqual(cam!.peaks);
        const { probabilities } = await predict(net, [batch!], { head });
        for (const [i, { probability, label, png }] of pictures.entries()) {
          expect(probability).toBe(probabilities.get(i, head === "own" ? 0 : 1));
          expect(label).toBe(dataset.labels.values.get(i, dataset.labels.classes.indexOf("Effusion")));
          const film = renderPhantom(dataset.studies[i]!, 48).image;
          const drawn = overlayHeatmap(film, cam!.normalized.pick(i, null, null));
          expect(Buffer.compare(await sharp(png).raw().toBuffer(), Buffer.from(drawn.data))).toBe(0);
          seen.add(Buffer.from(png).toString("base64"));
        }
      }
    // Eigen-CAM is the same map for both heads.
    expect(seen.size).toBe(7 * dataset.studies.length);
    await expect(camPictures(net, dataset, { finding: "Effusion" })).rejects.toThrow("other");
    await expect(
      camPictures(net, dataset, { finding: "Effusion", head: "own", method: "cam" as never }),
    ).rejects.toThrow("options.methods");
    await expect(camPictures(net, dataset, { finding: "Effusion", head: "own", rows: 0.5 })).rejects.toThrow(
      "options.rows",
    );
    net.dispose();
  });

  test("pictures are PNG files of the rows asked for, in the film's proportions", async () => {
    const wide = { ...dataset, loadImage: () => oblong };
    const [picture] = await camPictures(model, selectStudies(wide, [0]), { finding: "Nodule", rows: 60 });
    expect(await sharp(picture!.png).metadata()).toMatchObject({ format: "png", height: 60, width: 120 });
  });

  test("the truth is outlined, and nothing else changes", async () => {
    const study = dataset.studies.findIndex((each) => each.findings.length > 0);
    const one = selectStudies(dataset, [study]);
    const finding = dataset.studies[study]!.findings[0]!;
    const mask = renderPhantom(dataset.studies[study]!, 64).findingMasks[finding]!;
    const pixels = async (options: object) => {
      const [picture] = await camPictures(model, one, { finding, rows: 64, ...options });
      return sharp(picture!.png).raw().toBuffer();
    };
    const [plain, outlined] = [await pixels({}), await pixels({ truth: () => mask })];
    const changed = Array.from({ length: 64 * 64 }, (_, i) => i).filter((i) =>
      [0, 1, 2].some((c) => plain[3 * i + c] !== outlined[3 * i + c]),
    );
    expect(changed.length).toBeGreaterThan(5);
    expect(changed.every((i) => mask.get(Math.floor(i / 64), i % 64) === 1)).toBe(true);
  });

  test("a model that does not know its normalisation, or the finding, is an error; no tensor is left", async () => {
    const before = tf.memory().numTensors;
    await expect(camPictures(model, dataset, { finding: "Hernia" })).rejects.toThrow("Hernia");
    const { normalization: _, ...input } = contractOf(model).input;
    setContract(model, { ...contractOf(model), input });
    await expect(camPictures(model, dataset, { finding: "Nodule" })).rejects.toThrow("normalised");
    expect(tf.memory().numTensors).toBe(before);
  });
});

const oblong = {
  pixels: renderPhantom(dataset.studies[0]!, 48).image.pixels.hi(24, 48),
  range: [0, 255] as const,
};

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
