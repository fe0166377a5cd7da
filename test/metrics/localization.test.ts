import { readFileSync } from "node:fs";
import fc from "fast-check";
import ndarray from "ndarray";
import { boxesToMask } from "radiolucent/images";
import {
  energyInside,
  type LocalizationTruth,
  localizationIou,
  massAccuracy,
  pointingGame,
  rankAccuracy,
  selectLocalizationThreshold,
} from "radiolucent/metrics";
import { describe, expect, test } from "vitest";
import { drawn } from "./masks.js";
import { expectClose } from "./reference.js";

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

interface Case {
  readonly name: string;
  readonly shape: [number, number];
  readonly map: number[];
  readonly boxes: Box[] | null;
  readonly mask: number[] | null;
  readonly peak: [number, number];
  readonly distance: number;
  readonly energy: number;
  readonly rank: number;
  readonly ious: number[];
}

const { cases, thresholds }: { readonly cases: readonly Case[]; readonly thresholds: readonly number[] } =
  JSON.parse(readFileSync(new URL("../fixtures/localization.json", import.meta.url), "utf8"));

const mapOf = (values: readonly number[], [height, width]: readonly [number, number]) =>
  ndarray(Float32Array.from(values), [height, width]);

describe.each(cases)(
  "maps against $name equal NumPy's",
  ({ shape, map: values, boxes, mask, ...expected }) => {
    const map = mapOf(values, shape);
    const truth: LocalizationTruth = boxes ?? ndarray(Uint8Array.from(mask!), shape);
    const [row, column] = expected.peak;

    test("the pointing game is won from the tolerance on that is the peak's distance, by map and by peak", () => {
      for (const first of [map, { row, column }]) {
        expect(pointingGame(first, truth)).toBe(expected.distance === 0);
        expect(pointingGame(first, truth, { tolerance: expected.distance })).toBe(true);
        const less = expected.distance - 1e-6;
        if (less > 0) expect(pointingGame(first, truth, { tolerance: less })).toBe(false);
      }
    });

    test("energy, mass and rank accuracy, and overlap at each threshold", () => {
      expectClose(
        [energyInside(map, truth), massAccuracy(map, truth), rankAccuracy(map, truth)],
        [expected.energy, expected.energy, expected.rank],
      );
      const overlap = localizationIou(map, truth);
      expectClose(overlap.thresholds, thresholds);
      expectClose(overlap.intersectionOverUnion, expected.ious);
      const absolute = localizationIou(map, truth, {
        scale: "absolute",
        thresholds: thresholds.map((threshold) => threshold * Math.max(...map.data)),
      });
      expectClose(absolute.intersectionOverUnion, expected.ious);
    });
  },
);

describe("pointingGame", () => {
  test("among equal maxima the first, row by row, is the peak", () => {
    const map = mapOf([0, 2, 0, 2], [2, 2]);
    expect(pointingGame(map, [{ x: 1, y: 0, width: 1, height: 1 }])).toBe(true);
    expect(pointingGame(map, [{ x: 1, y: 1, width: 1, height: 1 }])).toBe(false);
  });

  test("boxes are half-open: right and lower edges don't belong to them", () => {
    const box = [{ x: 10, y: 20, width: 5, height: 4 }];
    const at = (row: number, column: number) => pointingGame({ row, column }, box);
    expect([at(20, 10), at(23, 14)]).toEqual([true, true]);
    expect([at(19, 10), at(24, 14), at(23, 15), at(20, 9)]).toEqual([false, false, false, false]);
  });

  test("a sliver at the image's edge marks the same pixel for a map as for its peak", () => {
    const sliver = [{ x: -0.5, y: 0, width: 0.6, height: 1 }];
    expect(pointingGame(mapOf([1, 0, 0, 0], [2, 2]), sliver)).toBe(true);
    expect(pointingGame({ row: 0, column: 0 }, sliver)).toBe(true);
  });

  test("the tolerance is Euclidean and counts its own end", () => {
    const box = [{ x: 10, y: 10, width: 5, height: 5 }];
    expect(pointingGame({ row: 6, column: 7 }, box, { tolerance: 5 })).toBe(true);
    expect(pointingGame({ row: 6, column: 6 }, box, { tolerance: 5 })).toBe(false);
    expect(pointingGame({ row: 10, column: 29 }, box, { tolerance: 15 })).toBe(true);
    expect(pointingGame({ row: 10, column: 30 }, box, { tolerance: 15 })).toBe(false);
    const mask = drawn("......", "......", "....##");
    expect(pointingGame({ row: 0, column: 2 }, mask, { tolerance: Math.sqrt(8) })).toBe(true);
    expect(pointingGame({ row: 0, column: 1 }, mask, { tolerance: 3.6 })).toBe(false);
  });

  test("no value above 0, only NaN, no peak, or an empty truth is a miss; NaN values are skipped", () => {
    const box = [{ x: 0, y: 0, width: 2, height: 2 }];
    expect(pointingGame(mapOf([0, 0, 0, 0], [2, 2]), box)).toBe(false);
    expect(pointingGame(mapOf([-1, -2, -1, -1], [2, 2]), box)).toBe(false);
    expect(pointingGame(mapOf(Array(4).fill(Number.NaN), [2, 2]), box)).toBe(false);
    expect(pointingGame(undefined, box)).toBe(false);
    expect(pointingGame(mapOf([1, 2, 1, 1], [2, 2]), [])).toBe(false);
    expect(pointingGame(mapOf([Number.NaN, 2, 1, 1], [2, 2]), box)).toBe(true);
  });

  test("pixels of unknown truth are skipped: no peak is looked for there", () => {
    const truth = drawn("?#", "..");
    expect(pointingGame(mapOf([9, 2, 1, 1], [2, 2]), truth)).toBe(true);
    expect(energyInside(mapOf([9, 2, 1, 1], [2, 2]), truth)).toBe(0.5);
    expect(rankAccuracy(mapOf([9, 2, 1, 1], [2, 2]), truth)).toBe(1);
    const { intersectionOverUnion } = localizationIou(mapOf([9, 2, 1, 1], [2, 2]), truth, {
      thresholds: [1],
    });
    expect([...intersectionOverUnion]).toEqual([1]);
  });

  test("maps of another size, boxes outside and tolerances below 0 are refused, with the way out", () => {
    const map = mapOf([1, 2, 1, 1], [2, 2]);
    expect(() => pointingGame(map, drawn("###"))).toThrow(/map: has height 2, width 2 where .* resizeImage/);
    expect(() => pointingGame(map, [{ x: 5, y: 0, width: 3, height: 1 }])).toThrow(/truth\[0\].*scaleBox/);
    expect(() => pointingGame(map, [{ x: 0, y: 0, width: 0, height: 1 }])).toThrow(/sides above 0/);
    expect(() => pointingGame({ row: 2, column: 0 }, drawn("##", "##"))).toThrow(/outside the truth/);
    expect(() => pointingGame(map, [], { tolerance: -1 })).toThrow(/options.tolerance/);
    expect(() => pointingGame({ row: Number.NaN, column: 0 }, [])).toThrow(/map: has its peak in row NaN/);
    expect(() => pointingGame({ row: 0, column: 0 }, [{ x: 1e17, y: 0, width: 1, height: 1 }])).toThrow(
      /truth\[0\].* lies outside the map;/,
    );
  });
});

describe("relevance", () => {
  const box = [{ x: 0, y: 0, width: 1, height: 2 }];

  test("only values above 0 count; without any, or for an empty truth, it is NaN", () => {
    const map = mapOf([3, -5, -1, 1], [2, 2]);
    expect(energyInside(map, box)).toBe(0.75);
    expect(rankAccuracy(map, box)).toBe(0.5);
    for (const measure of [energyInside, massAccuracy, rankAccuracy]) {
      expect(measure(mapOf([0, 0, -1, 0], [2, 2]), box)).toBeNaN();
      expect(measure(mapOf(Array(4).fill(Number.NaN), [2, 2]), box)).toBeNaN();
      expect(measure(map, [])).toBeNaN();
    }
  });

  test("in rank accuracy, pixels equal to the last one that counts do so in proportion", () => {
    // Two places: one is the 9, outside; the other goes to one of three equals, of which one is inside.
    expect(
      rankAccuracy(mapOf([5, 5, 0, 9, 5, 1], [3, 2]), [{ x: 0, y: 0, width: 1, height: 2 }]),
    ).toBeCloseTo(1 / 6, 12);
  });

  test("rank accuracy is the share of the truth among the first of a sorted list, where no two values are equal", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 1, max: 5000 }), { minLength: 40, maxLength: 40 }),
        fc.integer(),
        (values, seed) => {
          const marks = values.map((value) => (value * 7919 + seed) % 3 === 0);
          const size = marks.filter(Boolean).length;
          const order = values.map((_, i) => i).sort((i, j) => values[j]! - values[i]!);
          const found = order.slice(0, size).filter((i) => marks[i]).length / size;
          expectClose(
            [rankAccuracy(mapOf(values, [5, 8]), { data: marks.map(Number), height: 5, width: 8 })],
            [found],
          );
        },
      ),
    );
  });

  test("a map without a value above 0 overlaps nothing at any threshold, an empty truth gives NaN", () => {
    const none = mapOf([0, 0, -1, Number.NaN], [2, 2]);
    expect([...localizationIou(none, box, { thresholds: [0, 0.5] }).intersectionOverUnion]).toEqual([0, 0]);
    expect(
      localizationIou(mapOf([1, 1, 1, 1], [2, 2]), [], { thresholds: [0.5] }).intersectionOverUnion[0],
    ).toBeNaN();
  });

  test("a box marks the pixels that boxesToMask marks", () => {
    const number = (min: number, max: number) => fc.double({ min, max, noNaN: true });
    const boxes = fc.record({
      x: number(-4, 8.9),
      y: number(-3, 6.9),
      width: number(5, 9),
      height: number(4, 9),
    });
    const small = fc.record({
      x: number(0, 8.9),
      y: number(0, 6.9),
      width: number(0.01, 2),
      height: number(0.01, 2),
    });
    fc.assert(
      fc.property(fc.oneof(boxes, small), (one) => {
        const map = mapOf(
          Array.from({ length: 63 }, (_, i) => i + 1),
          [7, 9],
        );
        expect(energyInside(map, [one])).toBe(energyInside(map, boxesToMask([one], { width: 9, height: 7 })));
      }),
    );
  });
});

describe("selectLocalizationThreshold", () => {
  const maps = [mapOf([4, 3, 2, 1], [2, 2]), mapOf([4, 3, 2, 1], [2, 2])];
  const truths = [drawn("##", "#."), drawn("##", "..")];

  test("the highest mean overlap wins, and among equals the highest threshold", () => {
    const chosen = selectLocalizationThreshold(maps, truths, { thresholds: [0.25, 0.5, 0.75, 1] });
    expectClose(chosen.intersectionOverUnion, [
      (0.75 + 0.5) / 2,
      (1 + 2 / 3) / 2,
      (2 / 3 + 1) / 2,
      (1 / 3 + 0.5) / 2,
    ]);
    expect(chosen).toMatchObject({ threshold: 0.75, maps: 2 });
    const reversed = selectLocalizationThreshold(maps, truths, { thresholds: [1, 0.75, 0.5, 0.25] });
    expect(reversed.threshold).toBe(0.75);
  });

  test("maps with an empty truth don't count; without any other the threshold is NaN", () => {
    const chosen = selectLocalizationThreshold([...maps, maps[0]!], [...truths, []], {
      thresholds: [0.5, 0.75],
    });
    expect(chosen).toMatchObject({ threshold: 0.75, maps: 2 });
    expect(selectLocalizationThreshold(maps, [[], []])).toMatchObject({ threshold: Number.NaN, maps: 0 });
  });

  test("other numbers of truths, thresholds that are no shares and unknown scales are refused", () => {
    expect(() => selectLocalizationThreshold(maps, [truths[0]!])).toThrow(/truths: has 1 entries for 2 maps/);
    expect(() => localizationIou(maps[0]!, [], { thresholds: [1.5] })).toThrow(/holds 1.5; expected shares/);
    expect(() => localizationIou(maps[0]!, [], { thresholds: [Number.NaN], scale: "absolute" })).toThrow(
      /holds NaN/,
    );
    expect(() => localizationIou(maps[0]!, [], { scale: "relative" as "absolute" })).toThrow(/options.scale/);
  });
});
