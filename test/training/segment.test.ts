import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import {
  model as functional,
  input,
  type LayersModel,
  layers,
  type SymbolicTensor,
} from "@tensorflow/tfjs-layers";
import ndarray from "ndarray";
import { beforeAll, describe, expect, test } from "vitest";
import { labelMatrix } from "../../src/labels/labelMatrix.js";
import { setContract } from "../../src/models/contract.js";
import type { Batch } from "../../src/training/batch.js";
import type { Predictions } from "../../src/training/predict.js";
import { predict } from "../../src/training/predict.js";
import { predictBatches } from "../../src/training/predictBatches.js";
import { evaluateSegmentation, segment } from "../../src/training/segment.js";
import { segmentPositives } from "../../src/training/segmentPositives.js";
import type { TestTimeView } from "../../src/training/testTimeViews.js";

beforeAll(() => tf.setBackend("cpu"));

/** 3 x 4 pixels; the masks' logits are the pixel and its negative, a class's logit the pixel at the upper left. */
function network(): LayersModel {
  const image = input({ shape: [3, 4, 1] });
  const twice = layers
    .conv2d({ name: "masks", filters: 2, kernelSize: 1, useBias: false })
    .apply(image) as SymbolicTensor;
  const corner = layers
    .dense({ name: "finding", units: 1, useBias: false })
    .apply(layers.flatten().apply(image)) as SymbolicTensor;
  const built = functional({ inputs: image, outputs: [twice, corner] });
  tf.tidy(() => {
    const byName = (name: string) => built.getLayer(name);
    byName("masks").setWeights([tf.tensor4d([1, -1], [1, 1, 1, 2])]);
    byName("finding").setWeights([tf.tensor2d([1, ...new Array(11).fill(0)], [12, 1])]);
  });
  setContract(built, {
    version: 1,
    architecture: "test",
    heads: [
      { name: "masks", kind: "segmentation", classes: ["Bright", "Dark"], output: "logits" },
      { name: "finding", classes: ["Corner"], output: "logits" },
    ],
    input: {
      height: 3,
      width: 4,
      channels: 1,
      normalization: { method: "statistics", mean: 0.5, standardDeviation: 0.05 },
    },
  });
  return built;
}

const film = [
  [4, 1, -2, 3],
  [-5, 6, 0, -7],
  [8, -3, 2, -1],
];
const other = film.map((row) => row.map((value) => -value));

function batch(films = [film, other], masks?: (value: number, film: number) => number): Batch {
  const shape = [films.length, 3, 4] as const;
  return {
    images: ndarray(Float32Array.from(films.flat(2)), [...shape, 1]),
    labels: labelMatrix(
      ["Corner"],
      films.map(() => [1]),
    ),
    ...(masks && {
      // Dark is unknown throughout.
      masks: ndarray(
        Float32Array.from(
          films.flatMap((rows, i) => rows.flat().flatMap((value) => [masks(value, i), Number.NaN])),
        ),
        [...shape, 2],
      ),
      maskNames: ["Bright", "Dark"],
    }),
    studies: films.map((_, i) => ({ imageId: `film-${i}`, patientId: `${i}` })),
  };
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

describe("segment", () => {
  test("gives masks by name where the probability is at or above the threshold, 0.5 by default", async () => {
    const [first, second] = await all(segment(network(), [batch()]));
    expect(first!.study.imageId).toBe("film-0");
    expect([...first!.masks.Bright!.data]).toEqual([1, 1, 0, 1, 0, 1, 1, 0, 1, 0, 1, 0]);
    expect(first!.masks.Bright!.shape).toEqual([3, 4]);
    expect([...second!.masks.Bright!.data]).toEqual([...first!.masks.Dark!.data]);
    expect(first!.probabilities.shape).toEqual([3, 4, 2]);
    expect(first!.probabilities.get(1, 1, 0)).toBeCloseTo(1 / (1 + Math.exp(-6)), 6);
  });

  test("cuts each mask at its own threshold, and empties one of fewer pixels than asked for", async () => {
    const sure = 1 / (1 + Math.exp(-5.5));
    const [first] = await all(segment(network(), [batch()], { threshold: [sure, 0.5] }));
    expect([...first!.masks.Bright!.data].filter(Boolean)).toHaveLength(2); // 6 and 8
    const [emptied] = await all(segment(network(), [batch()], { threshold: [sure, 0.5], minimumPixels: 3 }));
    expect([...emptied!.masks.Bright!.data].some(Boolean)).toBe(false);
    expect([...emptied!.masks.Dark!.data].some(Boolean)).toBe(true);
  });

  test("names a head that is none, thresholds out of range, and leaves no tensor when it is left early", async () => {
    const model = network();
    await expect(all(segment(model, [batch()], { head: "finding" }))).rejects.toThrow("no segmentation head");
    await expect(all(segment(model, [batch()], { threshold: [0.5] }))).rejects.toThrow("options.threshold");
    await expect(all(segment(model, [batch()], { minimumPixels: -1 }))).rejects.toThrow(
      "options.minimumPixels",
    );
    const before = tf.memory().numTensors;
    for await (const _ of segment(model, [batch(), batch()])) break;
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe("evaluateSegmentation", () => {
  test("means Dice over films, that of films with a mask apart; both empty is 1, unknown counts nowhere", async () => {
    // Film 0: the truth is exact. Film 1: the truth is empty, six pixels are found. Film 2: unknown.
    const films = [film, other, film];
    const truth = (value: number, i: number) => (i === 0 ? Number(value >= 0) : i === 1 ? 0 : Number.NaN);
    const { masks, samples } = await evaluateSegmentation(network(), [batch(films, truth)]);
    expect(samples).toBe(3);
    expect(masks[0]).toMatchObject({
      name: "Bright",
      images: 2,
      dice: 0.5,
      positives: 1,
      diceOfPositives: 1,
    });
    await expect(evaluateSegmentation(network(), [batch()])).rejects.toThrow("no masks of Bright");
  });
});

describe("views of an image (test-time augmentation)", () => {
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b) / values.length;

  test("mirrored and shifted masks come back to where the image lies: a pixelwise model gives the same logits", async () => {
    const views: TestTimeView[] = [
      {},
      { mirror: true },
      { shift: [1, -1] },
      { mirror: true, shift: [-2, 3] },
    ];
    const [plain] = await all(predictBatches(network(), [batch()]));
    for (const view of views) {
      const [seen] = await all(predictBatches(network(), [batch()], { views: [{}, view] }));
      expect([...seen!.logits.masks!.data]).toEqual([...plain!.logits.masks!.data]);
    }
  });

  test("a class's logit is the mean over the views, whose border repeats where a shift makes room", async () => {
    // Upper left: as it is 4; mirrored 3; moved one down and one to the right 4 (repeated); one up and left 6.
    const views: TestTimeView[] = [{}, { mirror: true }, { shift: [1, 1] }, { shift: [-1, -1] }];
    const { logits } = await predict(network(), [batch()], { views });
    expect(logits.get(0, 0)).toBeCloseTo(mean([4, 3, 4, 6]), 6);
    expect(logits.get(1, 0)).toBeCloseTo(-mean([4, 3, 4, 6]), 6);
  });

  test("what a shift moves out of the picture has no say there", async () => {
    // Moved three to the right, only the first column is left; everywhere else the image as it is has the only say.
    const model = network();
    const views: TestTimeView[] = [{ shift: [0, 3] }, {}];
    const [seen] = await all(predictBatches(model, [batch()], { views }));
    expect([...seen!.logits.masks!.pick(0, 0, null, 0).data].every(Number.isFinite)).toBe(true);
    expect([0, 1, 2, 3].map((column) => seen!.logits.masks!.get(0, 0, column, 0))).toEqual(film[0]);
  });

  test("no view, half a pixel, or a border that no view shows is an ArgumentError", async () => {
    const shifted = { views: [{ shift: [1, 0] }, { shift: [2, 1] }] } as const;
    await expect(all(segment(network(), [batch()], shifted))).rejects.toThrow("out of the picture");
    await expect(predict(network(), [batch()], { views: [] })).rejects.toThrow("options.views");
    await expect(predict(network(), [batch()], { views: [{ shift: [0.5, 0] }] })).rejects.toThrow(
      "whole pixels",
    );
  });
});

describe("segmentPositives", () => {
  const studies = ["a", "b", "c", "d"].map((imageId) => ({ imageId, patientId: imageId }));
  const values = Float32Array.from([0.2, 0.9, 0.38, 0.1]);
  const predictions: Predictions = {
    classes: ["Pneumothorax"],
    logits: ndarray(new Float32Array(4), [4, 1]),
    probabilities: ndarray(values, [4, 1]),
    labels: labelMatrix(["Pneumothorax"], [[0], [1], [1], [0]]),
    studies,
    skipped: [],
  };
  const options = {
    finding: "Pneumothorax",
    decisionThreshold: 0.3,
    batches: (rows: readonly number[]) => [
      { ...batch(rows.map((row) => (row === 1 ? film : other))), studies: rows.map((row) => studies[row]!) },
    ],
  };

  test("segments the images at or above the threshold and gives the others empty masks, in order", async () => {
    const result = await all(segmentPositives(predictions, network(), options));
    expect(result.map(({ study, positive }) => [study.imageId, positive])).toEqual([
      ["a", false],
      ["b", true],
      ["c", true],
      ["d", false],
    ]);
    expect(result.map(({ masks }) => [...masks.Bright!.data].filter(Boolean).length)).toEqual([0, 7, 6, 0]);
    expect(result[0]!.masks.Dark!.shape).toEqual([3, 4]);
    expect(result[1]!.probability).toBeCloseTo(0.9, 6);
  });

  test("asks for no batches where nothing is positive, and leaves out what could not be read", async () => {
    const never = { ...options, decisionThreshold: 0.95, batches: () => expect.unreachable() };
    expect(
      (await all(segmentPositives(predictions, network(), never))).map(({ positive }) => positive),
    ).toEqual([false, false, false, false]);
    const unreadable = { ...options, batches: () => options.batches([2]) };
    const result = await all(segmentPositives(predictions, network(), unreadable));
    expect(result.map(({ study }) => study.imageId)).toEqual(["a", "c", "d"]);
  });

  test("names a finding that was not predicted, a threshold out of range, a study not asked for or out of order", async () => {
    const wrong = (change: object) =>
      expect(all(segmentPositives(predictions, network(), { ...options, ...change }))).rejects;
    await wrong({ finding: "Mass" }).toThrow('"Mass" is none of Pneumothorax');
    await wrong({ decisionThreshold: 2 }).toThrow("options.decisionThreshold");
    await wrong({ decisionThreshold: 1, head: "finding" }).toThrow("no segmentation head");
    await wrong({ batches: () => [batch([film])] }).toThrow("film-0");
    await wrong({ batches: () => options.batches([2, 1]) }).toThrow(
      "hold b after a study that comes behind it",
    );
  });
});
