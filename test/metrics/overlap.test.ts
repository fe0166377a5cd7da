import fc from "fast-check";
import ndarray from "ndarray";
import {
  diceCoefficient,
  evaluateMasks,
  intersectionOverUnion,
  type MaskPair,
  maskTally,
} from "radiolucent/metrics";
import { describe, expect, test } from "vitest";
import { drawn } from "./masks.js";

describe("diceCoefficient and intersectionOverUnion", () => {
  const a = drawn("##..", "##..");
  const b = drawn(".##.", ".##.");

  test("are 2 |A and B| / (|A| + |B|) and |A and B| / |A or B|", () => {
    expect(diceCoefficient(a, b)).toBe(0.5);
    expect(intersectionOverUnion(a, b)).toBeCloseTo(1 / 3, 15);
    expect(diceCoefficient([1, 1, 0], [1, 0, 1])).toBe(0.5);
    expect(diceCoefficient({ data: [0, 1, 1], width: 3, height: 1 }, [0, 1, 0])).toBeCloseTo(2 / 3, 15);
  });

  test("of two empty masks are NaN, or what bothEmpty says; of one empty mask 0", () => {
    for (const ratio of [diceCoefficient, intersectionOverUnion]) {
      expect(ratio([0, 0], [0, 0])).toBeNaN();
      expect(ratio([0, 0], [0, 0], { bothEmpty: 1 })).toBe(1);
      expect(ratio([0, 1], [0, 0], { bothEmpty: 1 })).toBe(0);
    }
  });

  test("skip places that are NaN in either mask", () => {
    expect(diceCoefficient([1, 1, Number.NaN], [1, Number.NaN, 1])).toBe(1);
    expect(intersectionOverUnion([1, 1, Number.NaN], [1, 0, 1])).toBe(0.5);
  });

  test("refuse masks of two sizes, also of as many places in another shape", () => {
    expect(() => diceCoefficient([1], [1, 0])).toThrow(/b: has 2 places where a has 1 places/);
    expect(() => diceCoefficient({ data: [1, 1], width: 1, height: 1 }, [1, 1])).toThrow(/a: has 2 values/);
    const tall = ndarray(new Uint8Array(8), [4, 2]);
    expect(() => diceCoefficient(a, tall)).toThrow(/b: has shape \[4,2\] where a has shape \[2,4\]/);
  });

  test("dice = 2 iou / (1 + iou), in either order", () => {
    const bits = fc.array(fc.tuple(fc.constantFrom(0, 1), fc.constantFrom(0, 1)), { minLength: 1 });
    fc.assert(
      fc.property(bits, (pairs) => {
        const [x, y] = [pairs.map(([bit]) => bit), pairs.map(([, bit]) => bit)];
        const [dice, iou] = [diceCoefficient(x, y), intersectionOverUnion(y, x)];
        if (Number.isNaN(iou)) expect(dice).toBeNaN();
        else expect(dice).toBeCloseTo((2 * iou) / (1 + iou), 12);
      }),
    );
  });
});

describe("evaluateMasks", () => {
  const found = drawn("......", ".##...", ".##...", "......");
  const shifted = drawn("......", "..##..", "..##..", "......");
  const large = drawn("######", "######", "######", "######");
  const nothing = drawn("......", "......", "......", "......");
  // Exact, shifted, missed; empty and left alone, empty and a false positive of four pixels, empty and left alone.
  const truths = [found, found, large, nothing, nothing, nothing];
  const predictions = [found, shifted, nothing, nothing, found, nothing];
  const evaluation = evaluateMasks(truths, predictions, {
    ids: ["a", "b", "c", "d", "e", "f"],
    resamples: 50,
  });

  test("each image has its counts, ratios and distances; the ratio of nothing and the distance to it are NaN", () => {
    expect(evaluation.images[1]).toEqual({
      id: "b",
      truthPixels: 4,
      predictedPixels: 4,
      bothPixels: 2,
      knownPixels: 24,
      unknownPixels: 0,
      predictedArea: 4,
      dice: 0.5,
      intersectionOverUnion: 1 / 3,
      hausdorff95: 1,
      averageSurfaceDistance: 0.5,
    });
    expect(evaluation.images[2]).toMatchObject({ dice: 0, hausdorff95: Number.NaN });
    expect(evaluation.images[3]).toMatchObject({ dice: Number.NaN, intersectionOverUnion: Number.NaN });
    expect(evaluation.images[4]).toMatchObject({ dice: 0, averageSurfaceDistance: Number.NaN });
  });

  test("positives are the images whose truth is not empty; a missed one counts in Dice and not in distances", () => {
    const { positives } = evaluation;
    expect(positives).toMatchObject({ images: 3, withoutDistance: 1 });
    expect(positives.dice.value).toBe(0.5);
    expect(positives.intersectionOverUnion.value).toBeCloseTo(4 / 9, 12);
    expect(positives.predictedEmpty.value).toBeCloseTo(1 / 3, 12);
    expect(positives.hausdorff95.value).toBe(0.5);
    expect(positives.averageSurfaceDistance.value).toBe(0.25);
  });

  test("with missedDistance diagonal a missed finding is as far off as the image is large, an empty truth still is not", () => {
    const penalised = evaluateMasks(truths, predictions, {
      missedDistance: "diagonal",
      resamples: 0,
      pixelSpacingMm: truths.map(() => [0.5, 2] as const),
    });
    expect(penalised.images[2]!.hausdorff95).toBe(Math.hypot(4 * 0.5, 6 * 2));
    expect(penalised.images[4]!.hausdorff95).toBeNaN();
    expect(penalised.positives.withoutDistance).toBe(0);
  });

  test("empties are apart: the share left alone, and the area of false positives over all of them", () => {
    const { empties } = evaluation;
    expect(empties.images).toBe(3);
    expect(empties.predictedEmpty.value).toBeCloseTo(2 / 3, 12);
    expect(empties.falsePositiveArea.value).toBeCloseTo(4 / 3, 12);
  });

  test("pooled ratios are of counts summed over all images, the mean over all images with anything", () => {
    // Truth 4 + 4 + 24, predicted 4 + 4 + 4, both 4 + 2.
    expect(evaluation.pooled.dice.value).toBeCloseTo(12 / 44, 12);
    expect(evaluation.pooled.intersectionOverUnion.value).toBeCloseTo(6 / 38, 12);
    expect(evaluation.mean).toMatchObject({ images: 4 });
    expect(evaluation.mean.dice.value).toBeCloseTo(1.5 / 4, 12);
  });

  test("the SIIM-ACR score counts empty/empty as 1, and predicting nothing scores the share of empties", () => {
    expect(evaluation.siimAcrScore.value).toBeCloseTo(3.5 / 6, 12);
    expect(evaluation.siimAcrScoreOfNothing).toBe(0.5);
    const lazy = evaluateMasks(
      truths,
      truths.map(() => nothing),
      { resamples: 0 },
    );
    expect(lazy.siimAcrScore.value).toBe(lazy.siimAcrScoreOfNothing);
  });

  test("with spacings of each image distances are in mm and areas in square mm", () => {
    const inMm = evaluateMasks(truths, predictions, {
      pixelSpacingMm: truths.map((_, i) => [0.5, i === 1 ? 2 : 1] as const),
      resamples: 0,
    });
    expect([inMm.unit, evaluation.unit]).toEqual(["mm", "px"]);
    expect(inMm.images[1]).toMatchObject({ hausdorff95: 2, predictedArea: 4 });
    expect(inMm.empties.falsePositiveArea.value).toBeCloseTo(2 / 3, 12);
  });

  test("a float prediction is inside from the threshold on, bytes are masks; truth is inside above 0.5", () => {
    const truth = ndarray(Float32Array.of(1, 0.6, 0.5, 0), [2, 2]);
    const scores = ndarray(Float32Array.of(0.5, 0.25, 0.2, 0.1), [2, 2]);
    const at = (threshold?: number) =>
      evaluateMasks([truth], [scores], { resamples: 0, ...(threshold !== undefined && { threshold }) })
        .images[0]!;
    expect(at()).toMatchObject({ truthPixels: 2, predictedPixels: 1, bothPixels: 1 });
    expect(at(0.25)).toMatchObject({ predictedPixels: 2, bothPixels: 2 });
    const bytes = ndarray(Uint8Array.of(255, 1, 0, 0), [2, 2]);
    expect(evaluateMasks([truth], [bytes], { resamples: 0, threshold: 100 }).images[0]!.dice).toBe(1);
  });

  test("pixels that are NaN in either mask are skipped, and images without any other are named and left out", () => {
    const { images, unknownImages, positives } = evaluateMasks(
      [drawn("##?."), drawn("????"), drawn("##..")],
      [drawn("#.#."), drawn("##.."), drawn("##..")],
      { resamples: 0 },
    );
    expect(unknownImages).toEqual([1]);
    expect(images.map(({ id }) => id)).toEqual([0, 2]);
    expect(images[0]).toMatchObject({ truthPixels: 2, predictedPixels: 1, bothPixels: 1, unknownPixels: 1 });
    expect(positives.images).toBe(2);
  });

  test("the bootstrap draws patients: images of one patient move together, and the seed decides", () => {
    const draw = (groups: string[] | undefined, seed: number) =>
      evaluateMasks(truths, predictions, { ...(groups && { groups }), seed, resamples: 200 });
    const one = draw(["p", "p", "p", "p", "p", "p"], 1);
    expect(one.patients).toBe(1);
    // One patient says nothing of the spread over patients.
    expect(one.siimAcrScore).toMatchObject({ lower: Number.NaN, upper: Number.NaN, undefinedResamples: 200 });
    const apart = draw(undefined, 1);
    expect(apart.patients).toBeUndefined();
    expect(apart.siimAcrScore.upper - apart.siimAcrScore.lower).toBeGreaterThan(0.3);
    expect(draw(undefined, 1)).toEqual(apart);
    expect(draw(undefined, 2).siimAcrScore).not.toEqual(apart.siimAcrScore);
    // No positive in some resamples: their mean is left out and counted.
    expect(draw(["p", "p", "p", "q", "q", "q"], 1).positives.dice.undefinedResamples).toBeGreaterThan(20);
  });

  test("no images, or none of a kind, give NaN", () => {
    const none = evaluateMasks([], []);
    expect(none.positives).toMatchObject({ images: 0, withoutDistance: 0 });
    expect([none.positives.dice.value, none.pooled.dice.value, none.siimAcrScoreOfNothing]).toEqual(
      Array(3).fill(Number.NaN),
    );
    expect(evaluateMasks([found], [found], { resamples: 0 }).empties.predictedEmpty.value).toBeNaN();
  });

  test("a tally gives the same for masks one after the other, and can go on after a result", () => {
    const tally = maskTally({ resamples: 50 });
    truths.slice(0, 3).forEach((truth, i) => {
      tally.add({ truth, prediction: predictions[i]!, id: "abc"[i]! });
    });
    expect(tally.result().images.length).toBe(3);
    truths.slice(3).forEach((truth, i) => {
      tally.add({ truth, prediction: predictions[i + 3]!, id: "def"[i]! });
    });
    expect(tally.result()).toEqual(evaluation);
  });

  test("without distances none are computed", () => {
    const { positives } = evaluateMasks(truths, predictions, { distances: false, resamples: 0 });
    expect(positives.hausdorff95.value).toBeNaN();
    expect(positives).toMatchObject({ withoutDistance: 3 });
    expect(positives.dice.value).toBe(0.5);
  });

  test("other counts, sizes and options than expected are refused", () => {
    expect(() => evaluateMasks(truths, [found])).toThrow(/predictions: has 1 entries for 6 truths/);
    expect(() => evaluateMasks([found], [found], { groups: [] })).toThrow(/options.groups: has 0/);
    expect(() => evaluateMasks([found], [found], { groups: [""] })).toThrow(/group: of image 0 is empty/);
    expect(() => evaluateMasks([found], [drawn("##")], { ids: ["x"] })).toThrow(
      /prediction: of image x has height 1/,
    );
    expect(() => evaluateMasks([], [], { threshold: Number.NaN })).toThrow(/options.threshold/);
    expect(() => evaluateMasks([], [], { missedDistance: "zero" as "diagonal" })).toThrow(
      /options.missedDistance/,
    );
    expect(() => evaluateMasks([], [], { resamples: -1 })).toThrow(/options.resamples/);
    expect(() => evaluateMasks([], [], { level: 1 })).toThrow(/options.level/);
    const tally = maskTally();
    const pair: MaskPair = { truth: found, prediction: found };
    tally.add({ ...pair, pixelSpacingMm: [1, 1] });
    expect(() => tally.add(pair)).toThrow(/pixelSpacingMm: image 1 has none, unlike those before/);
    expect(() => tally.add({ ...pair, pixelSpacingMm: [1, -1] })).toThrow(/expected millimetres above 0/);
    expect(() => tally.add({ ...pair, pixelSpacingMm: [1, 1], group: "p" })).toThrow(
      /group: image 1 has one, unlike those before/,
    );
    expect(tally.result().images.length).toBe(1);
    expect(() => maskTally({ connectivity: 6 as 4 })).toThrow(/options.connectivity/);
  });
});
