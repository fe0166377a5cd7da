import ndarray from "ndarray";
import { phantomDataset } from "radiolucent";
import {
  applyUncertaintyPolicy,
  type Dataset,
  labelMatrix,
  mergeDatasets,
  type Study,
  selectStudies,
} from "radiolucent/labels";
import { checkDataset } from "radiolucent/node";
import { auditLeakage } from "radiolucent/splits";
import { describe, expect, test } from "vitest";

function dataset(
  classes: readonly string[],
  rows: readonly number[][],
  more: Partial<Dataset> = {},
): Dataset {
  return {
    name: "made",
    studies: rows.map((_, i) => ({ imageId: `${i}.png`, patientId: `${i}`, studyId: "0" })),
    labels: labelMatrix(classes, rows),
    account: { rowsRead: rows.length, rowsKept: rows.length, dropped: [], changed: [] },
    ...more,
  };
}

describe("mergeDatasets", () => {
  test("ids of different datasets do not collide; every study says where it came from", () => {
    const merged = mergeDatasets({ a: dataset(["x"], [[1], [0]]), b: dataset(["x"], [[NaN]]) });
    expect(merged.name).toBe("a + b");
    expect(merged.studies).toEqual([
      { imageId: "a/0.png", patientId: "a/0", studyId: "a/0", source: "a" },
      { imageId: "a/1.png", patientId: "a/1", studyId: "a/0", source: "a" },
      { imageId: "b/0.png", patientId: "b/0", studyId: "b/0", source: "b" },
    ]);
    expect([...merged.labels.values.data]).toEqual([1, 0, NaN]);
    const parts = { a: selectStudies(merged, [0]), b: selectStudies(merged, [2]) };
    expect(auditLeakage(parts).clean).toBe(true);
  });

  test("classes may come in another order; classes that differ are an error that says how", () => {
    const a = dataset(["x", "y"], [[1, 0]]);
    expect([...mergeDatasets({ a, b: dataset(["y", "x"], [[NaN, 1]]) }).labels.values.data]).toEqual([
      1,
      0,
      1,
      NaN,
    ]);
    expect(() => mergeDatasets({ a, b: dataset(["y", "z"], [[1, 1]]) })).toThrow(
      "datasets.b: lacks x and has z besides, compared with a; give both one vocabulary (harmonizeLabels)",
    );
  });

  test("a label set may have any name, also one that every object knows", () => {
    const name = (title: string, label: number) =>
      Object.fromEntries([[title, labelMatrix(["y"], [[label]])]]);
    for (const title of ["constructor", "toString", "__proto__"]) {
      const { labelSets = {} } = mergeDatasets({
        a: dataset(["x"], [[1]], { labelSets: name(title, 1) }),
        b: dataset(["x"], [[0]], { labelSets: name("expert", 0) }),
        c: dataset(["x"], [[0]]),
      });
      expect(Object.entries(labelSets).map(([key, { values }]) => [key, ...values.data])).toEqual([
        [title, 1, NaN, NaN],
        ["expert", NaN, 0, NaN],
      ]);
    }
  });

  test("the union of classes is NaN where a dataset has not the class", () => {
    const merged = mergeDatasets(
      { a: dataset(["x", "y"], [[1, 0]]), b: dataset(["z", "y"], [[1, 1]]) },
      { classes: "union", name: "both" },
    );
    expect(merged.name).toBe("both");
    expect(merged.labels.classes).toEqual(["x", "y", "z"]);
    expect([...merged.labels.values.data]).toEqual([1, 0, NaN, NaN, 1, 1]);
  });

  test("uncertain is 0, targets are the labels and label sets are NaN for a dataset without", () => {
    const plain = dataset(["x"], [[1]]);
    const doubtful = dataset(["x"], [[NaN]], {
      uncertain: labelMatrix(["x"], [[1]]),
      labelSets: { expert: labelMatrix(["x", "z"], [[0, 1]]) },
    });
    const merged = mergeDatasets({ plain, doubtful });
    expect([...merged.uncertain!.values.data]).toEqual([0, 1]);
    expect(merged.labelSets!.expert!.classes).toEqual(["x", "z"]);
    expect([...merged.labelSets!.expert!.values.data]).toEqual([NaN, NaN, 0, 1]);
    expect(merged.targets).toBeUndefined();
    const soft = mergeDatasets({ plain, doubtful: applyUncertaintyPolicy(doubtful, [0.25, 0.25]) });
    expect([...soft.targets!.values.data]).toEqual([1, 0.25]);
    expect([...soft.labels.values.data]).toEqual([1, NaN]);
  });

  test("images and masks come from the study's dataset, which sees its own ids, also after two merges", async () => {
    const seen: Study[] = [];
    const image = { pixels: ndarray(new Uint8Array(4), [2, 2]), range: [0, 255] } as const;
    const loadImage = (study: Study) => {
      seen.push(study);
      return image;
    };
    const a = dataset(["x"], [[1]], {
      loadImage,
      maskNames: ["Lungs"],
      loadMasks: () => ({ Lungs: ndarray(new Uint8Array(4), [2, 2]) }),
    });
    const b = dataset(["x"], [[1]], { maskNames: ["Heart"] });
    const twice = mergeDatasets({ outer: mergeDatasets({ a, b }), b });
    expect(twice.studies.map(({ imageId, source }) => [imageId, source])).toEqual([
      ["outer/a/0.png", "outer/a"],
      ["outer/b/0.png", "outer/b"],
      ["b/0.png", "b"],
    ]);
    expect(await twice.loadImage!(twice.studies[0]!)).toBe(image);
    expect(seen).toEqual([a.studies[0]]);
    expect(() => twice.loadImage!(twice.studies[2]!)).toThrow('"b/0.png" is not of a dataset with loadImage');
    expect(twice.maskNames).toEqual(["Lungs", "Heart"]);
    expect(Object.keys(await twice.loadMasks!(twice.studies[0]!))).toEqual(["Lungs"]);
    expect(await twice.loadMasks!(twice.studies[2]!)).toEqual({});
    expect(() => twice.loadImage!({ imageId: "q", patientId: "q", source: "q" })).toThrow('the source "q"');
  });

  test("the account adds up and tells whose reasons they are", () => {
    const account = (rowsRead: number) => ({
      rowsRead,
      rowsKept: 1,
      dropped: [{ reason: "lateral", count: rowsRead - 1, examples: ["7.png"] }],
      changed: [{ rule: "blank read as 0", count: 2 }],
    });
    const joined = [{ table: "boxes.csv", rowsRead: 1, dropped: [] }];
    const merged = mergeDatasets({
      a: dataset(["x"], [[1]], { account: { ...account(3), rowsRead: 4, merged: 1, joined } }),
      b: dataset(["x"], [[1]], { account: account(2) }),
    });
    expect(merged.account).toEqual({
      rowsRead: 6,
      rowsKept: 2,
      merged: 1,
      dropped: [
        { reason: "a: lateral", count: 2, examples: ["a/7.png"] },
        { reason: "b: lateral", count: 1, examples: ["b/7.png"] },
      ],
      changed: [
        { rule: "a: blank read as 0", count: 2 },
        { rule: "b: blank read as 0", count: 2 },
      ],
      joined: [{ table: "a: boxes.csv", rowsRead: 1, dropped: [] }],
    });
  });

  test("merged datasets keep the contract of a dataset", async () => {
    const one = phantomDataset({ patients: 4, size: 32, unknown: 0.2 });
    const two = phantomDataset({ patients: 3, size: 48, seed: 2 });
    const check = await checkDataset(() => mergeDatasets({ one, two }), { images: 4 });
    expect(check.studies).toBe(one.studies.length + two.studies.length);
    expect(check.images).toBe(4);
    expect(check.masks).toBeGreaterThan(0);
  });

  test("no dataset and a name with a slash are errors", () => {
    expect(() => mergeDatasets({})).toThrow("at least one dataset");
    expect(() => mergeDatasets({ "a/b": dataset(["x"], [[1]]) })).toThrow('"a/b" is no name of a source');
  });
});
