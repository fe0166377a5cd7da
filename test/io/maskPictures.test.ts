import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import {
  camGrid,
  contractOf,
  type Image,
  type Mask,
  maskOverlayGrid,
  phantomDataset,
  selectClasses,
  selectStudies,
  setContract,
  simpleCnn,
  unet,
} from "radiolucent";
import { diceCoefficient } from "radiolucent/metrics";
import { camPictures, loadStudyMasks, maskPictures } from "radiolucent/node";
import sharp from "sharp";
import { beforeAll, describe, expect, test } from "vitest";

const dataset = phantomDataset({ patients: 2, seed: 2, size: 48, imagesPerPatient: [1, 1] });
const model = unet({ height: 32, width: 32, masks: ["Lungs"], filters: [4, 6], seed: 3 });

describe("maskPictures", () => {
  beforeAll(async () => {
    await tf.setBackend("cpu");
    const contract = contractOf(model);
    setContract(model, { ...contract, input: { ...contract.input, normalization: { method: "unit" } } });
  });

  test("one PNG a mask of the rows asked for; Dice is NaN without a true mask; no tensor is left", async () => {
    const before = tf.memory().numTensors;
    const { loadMasks: _, ...bare } = dataset;
    const pictures = await maskPictures(model, bare, { rows: 40 });
    expect(pictures.map(({ mask, dice }) => [mask, dice])).toEqual([
      ["Lungs", Number.NaN],
      ["Lungs", Number.NaN],
    ]);
    expect(await sharp(pictures[0]!.png).metadata()).toMatchObject({ format: "png", height: 40, width: 40 });
    expect(tf.memory().numTensors).toBe(before);
  });

  test("with every pixel predicted inside, Dice is that of the whole picture with the true mask", async () => {
    const [one] = await maskPictures(model, selectStudies(dataset, [0]), { rows: 48, threshold: 0 });
    const { Lungs: lungs } = await loadStudyMasks(dataset, dataset.studies[0]!);
    expect(lungs?.shape).toEqual([48, 48]);
    expect(one!.dice).toBeCloseTo(diceCoefficient(lungs!, new Uint8Array(48 * 48).fill(1)), 12);
    const { data, info } = await sharp(one!.png).raw().toBuffer({ resolveWithObject: true });
    expect(info.channels).toBe(3);
    const outlined = Array.from({ length: 48 * 48 }, (_, i) => [...data.subarray(3 * i, 3 * i + 3)]).filter(
      (pixel) => pixel.join() === "86,180,233",
    );
    expect(outlined.length).toBeGreaterThan(40);
  });
});

test("a model trained on changed films refuses films as they are, in pictures of masks and of maps", async () => {
  const cropped = { key: "left half", apply: leftHalf, applyToMask: (mask: Mask) => halfOf(mask) };
  const contract = contractOf(model);
  const input = { ...contract.input, preprocessing: "left half" };
  const changed = unet({ height: 32, width: 32, masks: ["Lungs"], filters: [4, 6], seed: 3 });
  setContract(changed, { ...contract, input });
  await expect(maskPictures(changed, dataset)).rejects.toThrow("the model takes preprocessing left half");
  const [one] = await maskPictures(changed, dataset, { rows: 48, threshold: 0, preprocess: cropped });
  const { applyToMask: _, ...unmoved } = cropped;
  await expect(maskPictures(changed, dataset, { preprocess: unmoved })).rejects.toThrow("applyToMask");
  const { Lungs: lungs } = await loadStudyMasks(dataset, dataset.studies[0]!);
  expect(one!.dice).toBeCloseTo(diceCoefficient(halfOf(lungs!), new Uint8Array(48 * 24).fill(1)), 12);
  expect(await sharp(one!.png).metadata()).toMatchObject({ height: 48, width: 24 });
  const classes = ["Effusion"];
  const classifier = simpleCnn({ height: 32, width: 32, classes, filters: [4], kernelSize: 3, seed: 1 });
  setContract(classifier, { ...contractOf(classifier), input });
  const named = { ...dataset, labels: selectClasses(dataset.labels, classes) };
  await expect(camPictures(classifier, named, { finding: "Effusion" })).rejects.toThrow(
    "the model takes preprocessing left half",
  );
  const [cam] = await camPictures(classifier, named, { finding: "Effusion", rows: 48, preprocess: cropped });
  expect(await sharp(cam!.png).metadata()).toMatchObject({ height: 48, width: 24 });
});

function halfOf(mask: Mask): Mask {
  const [rows, columns] = mask.shape as [number, number];
  return mask.hi(rows, Math.floor(columns / 2));
}

function leftHalf({ pixels, range }: Image): Image {
  const [rows, columns] = pixels.shape as [number, number];
  return { pixels: pixels.hi(rows, Math.floor(columns / 2)), range };
}

describe("picture grids", () => {
  const png = async (width: number, height: number) =>
    new Uint8Array(
      await sharp({ create: { width, height, channels: 3, background: "#777" } })
        .png()
        .toBuffer(),
    );

  test("maskOverlayGrid: a panel a picture in its own proportions, the picture within the SVG", async () => {
    const grid = maskOverlayGrid([
      { imageId: "a.png", mask: "lungs", dice: 0.95, png: await png(40, 20) },
      { imageId: "b.png", mask: "lungs", dice: Number.NaN, png: await png(20, 40) },
    ]);
    const svg = await grid.svg();
    expect([...svg.matchAll(/<image[^>]* width="(\d+)" height="(\d+)"/g)].map((m) => m.slice(1, 3))).toEqual([
      ["200", "100"],
      ["200", "400"],
    ]);
    expect(svg.match(/href="data:image\/png;base64,/g)).toHaveLength(2);
    expect(svg).toContain(">Dice 0.950<");
    expect(grid.table.rows).toEqual([
      ["a.png", "lungs", "0.950"],
      ["b.png", "lungs", "undefined"],
    ]);
  });

  test("camGrid says finding, probability and label; bytes that are no PNG are an error", async () => {
    const cam = {
      imageId: "a.png",
      finding: "Mass",
      probability: 0.75,
      label: Number.NaN,
      png: await png(8, 8),
    };
    const svg = await camGrid([cam]).svg();
    expect(svg).toContain(">Mass<");
    expect(svg).toContain(">predicted 0.750, label unknown<");
    expect(() => camGrid([{ ...cam, png: new Uint8Array(30) }])).toThrow(/index 0 \("Mass"\) holds no PNG/);
  });
});
