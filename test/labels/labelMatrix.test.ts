import {
  chestXray14Findings,
  labelMatrix,
  selectClasses,
  selectRows,
  selectStudies,
} from "radiolucent/labels";
import { describe, expect, test } from "vitest";

const labels = labelMatrix(
  ["Edema", "Mass"],
  [
    [1, NaN],
    [0, 1],
    [NaN, 0],
  ],
);

describe("labelMatrix", () => {
  test("keeps 1, 0 and NaN, shape [samples, classes]", () => {
    expect(labels.values.shape).toEqual([3, 2]);
    expect([...labels.values.data]).toEqual([1, NaN, 0, 1, NaN, 0]);
  });

  test("no rows give shape [0, classes]", () => {
    expect(labelMatrix(["Edema"], []).values.shape).toEqual([0, 1]);
  });

  test("a value that is no label, a short row and a repeated class are errors that say where", () => {
    expect(() => labelMatrix(["Edema", "Mass"], [[0, 2]])).toThrow('row 0, class "Mass" is 2');
    expect(() => labelMatrix(["Edema", "Mass"], [[0, 1], [1]])).toThrow("row 1 has 1 values for 2 classes");
    expect(() => labelMatrix(["Edema", "Edema"], [])).toThrow('"Edema" stands twice');
  });
});

describe("selections", () => {
  test("rows come in the order given, repeats included", () => {
    expect([...selectRows(labels, [2, 0, 2]).values.data]).toEqual([NaN, 0, 1, NaN, NaN, 0]);
    expect(() => selectRows(labels, [3])).toThrow("index 3 is outside the matrix of 3 samples");
  });

  test("classes come in the order given, an unknown one is an error that lists the known", () => {
    expect([...selectClasses(labels, ["Mass"]).values.data]).toEqual([NaN, 1, 0]);
    expect(() => selectClasses(labels, ["Hernia"])).toThrow('"Hernia" is none of Edema, Mass');
  });

  test("selectStudies keeps studies and labels aligned", () => {
    const studies = ["x", "y", "z"].map((imageId) => ({ imageId, patientId: imageId, extra: 1 }));
    const account = { rowsRead: 3, rowsKept: 3, dropped: [], changed: [] };
    const part = selectStudies({ name: "made", studies, labels, account }, [1]);
    expect(part.studies).toEqual([studies[1]]);
    expect([...part.labels.values.data]).toEqual([0, 1]);
  });
});

test("ChestX-ray14 has fourteen findings in alphabetical order", () => {
  expect(chestXray14Findings).toHaveLength(14);
  expect([...chestXray14Findings].sort()).toEqual([...chestXray14Findings]);
});
