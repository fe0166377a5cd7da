import * as fc from "fast-check";
import ndarray from "ndarray";
import { describe, expect, it } from "vitest";
import { siimPneumothoraxDefinition } from "../../src/datasets/siimPneumothorax.js";
import { isRadiolucentError } from "../../src/errors.js";
import { unionMasks } from "../../src/images/mask.js";
import { encodeRle } from "../../src/images/runLengths.js";
import { faultsOf, tableErrorOf } from "./tableErrorOf.js";

const header = ["ImageId", " EncodedPixels"];

const read = (rows: readonly (readonly string[])[], size?: readonly [number, number]) =>
  siimPneumothoraxDefinition(size && { size }).fromTables({
    rle: { file: "train-rle.csv", rows: [header, ...rows] },
  });

const maskOf = (dataset: ReturnType<typeof read>, index: number) => {
  const masks = dataset.loadMasks!(dataset.studies[index]!);
  if (masks instanceof Promise) throw new Error("expected masks");
  return masks.Pneumothorax!;
};

describe("siimPneumothoraxDefinition", () => {
  it("reads the header with a space before its second name, and without", () => {
    for (const second of [" EncodedPixels", "EncodedPixels"]) {
      const { studies } = siimPneumothoraxDefinition().fromTables({
        rle: [
          ["ImageId", second],
          ["a", "-1"],
        ],
      });
      expect(studies.map(({ imageId }) => imageId)).toEqual(["a"]);
    }
  });

  it("reads -1 as label 0 and an empty mask, run lengths as label 1, and each image as a patient of its own", () => {
    const dataset = read([
      ["a", "-1"],
      ["b", "1 2 1 3"],
    ]);
    expect(dataset.labels.classes).toEqual(["Pneumothorax"]);
    expect(dataset.maskNames).toEqual(["Pneumothorax"]);
    expect(Array.from(dataset.labels.values.data)).toEqual([0, 1]);
    expect(dataset.studies[0]).toEqual({
      imageId: "a",
      patientId: "a",
      runLengths: [],
      maskSize: [1024, 1024],
    });
    expect(maskOf(dataset, 0).shape).toEqual([1024, 1024]);
    expect(maskOf(dataset, 0).data.includes(1)).toBe(false);
    expect(dataset.account.changed).toEqual([
      { rule: "no patient is named: the image counts as a patient of its own", count: 2 },
    ]);
  });

  it("takes starts as gaps since the run before, and goes down the columns", () => {
    const dataset = read([["a", "1 2 1 1"]], [3, 2]);
    expect(Array.from(maskOf(dataset, 0).data)).toEqual([0, 0, 1, 1, 1, 0]);
  });

  it("takes all records of an image as one mask, their union, however far apart they stand", () => {
    const dataset = read(
      [
        ["a", "0 2"],
        ["b", "-1"],
        ["a", "1 2"],
        ["a", "5 1"],
      ],
      [3, 2],
    );
    expect(dataset.studies.map(({ imageId }) => imageId)).toEqual(["a", "b"]);
    expect(Array.from(maskOf(dataset, 0).data)).toEqual([1, 0, 1, 0, 1, 1]);
    expect(dataset.account).toMatchObject({ rowsRead: 4, rowsKept: 2, merged: 2, dropped: [] });
  });

  it("gives the union of whatever masks were encoded, one record each", () => {
    const mask = fc
      .array(fc.integer({ min: 0, max: 1 }), { minLength: 12, maxLength: 12 })
      .filter((values) => values.includes(1))
      .map((values) => ndarray(new Uint8Array(values), [3, 4]));
    fc.assert(
      fc.property(fc.array(mask, { minLength: 1, maxLength: 4 }), (masks) => {
        const rows = masks.map((one) => ["a", encodeRle(one, { starts: "relative" })]);
        expect(maskOf(read(rows, [3, 4]), 0)).toEqual(unionMasks(masks));
      }),
    );
  });

  it("refuses -1 beside another record of the image, in either order, and -1 twice", () => {
    const rows = [
      ["a", "-1"],
      ["a", "0 2"],
      ["b", "0 2"],
      ["b", "-1"],
      ["c", "-1"],
      ["c", "-1"],
    ];
    expect(faultsOf(() => read(rows))).toEqual([3, 5, 7].map((row) => [row, "EncodedPixels"]));
  });

  it.each([
    ["", "is empty"],
    ["1", "expected pairs"],
    ["1 2 3", "expected pairs"],
    ["1 x", "expected a whole number"],
    ["-2 3", "expected a whole number"],
    ["1 0", "length of 0"],
    ["1048570 7", "make a run to pixel 1048577 of 1048576"],
  ])("refuses the run lengths %j while reading, naming file, row and column", (text, says) => {
    const error = tableErrorOf(() =>
      read([
        ["a", "-1"],
        ["b", text],
      ]),
    );
    expect(error.message).toContain('train-rle.csv: row 3, column "EncodedPixels"');
    expect(error.message).toContain(says);
    expect(error.problems).toHaveLength(1);
  });

  it("refuses runs that are absolute, since they leave the image when read as gaps", () => {
    const error = tableErrorOf(() => read([["a", "400000 5 800000 5"]]));
    expect(error.message).toContain("are the starts absolute");
  });

  it("refuses an image without a name, and a size that is none", () => {
    expect(faultsOf(() => read([["", "-1"]]))).toEqual([[2, "ImageId"]]);
    let thrown: unknown;
    try {
      siimPneumothoraxDefinition({ size: [0, 4] });
    } catch (error) {
      thrown = error;
    }
    expect(isRadiolucentError(thrown, "argument")).toBe(true);
  });
});
