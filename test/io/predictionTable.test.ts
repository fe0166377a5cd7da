import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import ndarray from "ndarray";
import { describe, expect, it } from "vitest";
import type { PredictionTable } from "../../src/io/predictionTable.js";
import { readPredictionTable } from "../../src/io/readPredictionTable.js";
import { shortestFloat } from "../../src/io/shortestFloat.js";
import { writePredictionTable } from "../../src/io/writePredictionTable.js";
import { labelMatrix } from "../../src/labels/labelMatrix.js";
import { temporaryFolders } from "./temporaryFolder.js";

const folder = temporaryFolders();
const classes = ["Effusion", "Pleural thickening, apical"];

function matrix(...rows: number[][]) {
  return ndarray(Float32Array.from(rows.flat()), [rows.length, classes.length]);
}

const table: PredictionTable = {
  classes,
  studies: [
    { imageId: "a.png", patientId: "p1" },
    { imageId: 'b, "left"\n.png', patientId: "p,2" },
  ],
  labels: labelMatrix(classes, [
    [1, Number.NaN],
    [0, 1],
  ]),
  runs: [
    { classes, probabilities: matrix([0.1, 1], [0, 1e-20]) },
    { classes, probabilities: matrix([1 / 3, Number.NaN], [0.9999999, 0.5]) },
  ],
};

describe("shortestFloat", () => {
  it("gives back the same float32, in as few digits as can", () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(Math.fround(Number(shortestFloat(value)))).toBe(
          value === 0 ? Number(shortestFloat(value)) : value,
        );
      }),
    );
    expect([0.1, 0.3, 1 / 3, 1e-20, 1, 16777216].map((value) => shortestFloat(Math.fround(value)))).toEqual([
      "0.1",
      "0.3",
      "0.33333334",
      "1e-20",
      "1",
      "16777216",
    ]);
    expect(shortestFloat(Number.NaN)).toBe("NaN");
  });
});

describe("a prediction table", () => {
  it("has one row an image; ids, labels, and a column for each class and run", async () => {
    const file = join(folder({}), "predictions", "PD_preds.csv");
    await writePredictionTable(file, table);
    expect(readFileSync(file, "utf8")).toBe(
      'imageId,patientId,Effusion,"Pleural thickening, apical",preds_Effusion_model1,preds_Effusion_model2,' +
        '"preds_Pleural thickening, apical_model1","preds_Pleural thickening, apical_model2"\n' +
        "a.png,p1,1,NaN,0.1,0.33333334,1,NaN\n" +
        '"b, ""left""\n.png","p,2",0,1,0,0.9999999,1e-20,0.5\n',
    );
  });

  it("comes back bit by bit", async () => {
    const file = join(folder({}), "predictions.csv");
    await writePredictionTable(file, table);
    const back = await readPredictionTable(file);
    expect(back.studies).toEqual(table.studies);
    expect(back.classes).toEqual(classes);
    expect(back.labels.values.data).toEqual(table.labels.values.data);
    expect(back.runs.map(({ probabilities }) => probabilities.data)).toEqual(
      table.runs.map(({ probabilities }) => probabilities.data),
    );
    expect(back.runs[1]!.probabilities.shape).toEqual([2, 2]);
  });

  it("has no patient ids where a study has none", async () => {
    const file = join(folder({}), "predictions.csv");
    await writePredictionTable(file, {
      ...table,
      studies: [{ imageId: "a" }, { imageId: "b", patientId: "p" }],
    });
    expect((await readPredictionTable(file)).studies).toEqual([{ imageId: "a" }, { imageId: "b" }]);
  });

  it("is read as pandas writes it, with an index, other columns, classes without labels and ids in another column", async () => {
    const root = folder({
      "t.csv":
        ",ImagePath,DummyValue,preds_Effusion_model1,preds_Effusion_model2,preds_Mass_model1,preds_Mass_model2,Mass\n" +
        "0,x/a.png,7,0.5,0.25,1.0,0,1.0\n1,x/b.png,7,0.5,0.25,0,0,\n",
    });
    const back = await readPredictionTable(join(root, "t.csv"), { imageColumn: "ImagePath" });
    expect(back.classes).toEqual(["Effusion", "Mass"]);
    expect([...back.labels.values.data]).toEqual([Number.NaN, 1, Number.NaN, Number.NaN]);
    expect([...back.runs[1]!.probabilities.data]).toEqual([0.25, 0, 0.25, 0]);
  });

  it.each([
    ["", /is empty/],
    ["imageId,Effusion\n", /row 1: has no column preds_<class>_model1/],
    ["id,preds_a_model1\nx,1\n", /column "imageId": is absent/],
    ["imageId,preds_a_model1,preds_b_model1,preds_a_model2\n", /"preds_b_model2": is absent/],
    ["imageId,preds_a_model9999999\n", /has a run 9999999, but not all before it/],
    ["imageId,a,a,preds_a_model1\n", /"a": stands twice/],
    [
      'imageId,preds_a_model1\n"x\ny",1\nz,1.5\n',
      /row 4, column "preds_a_model1": is "1.5"; expected a prob/,
    ],
    ["imageId,preds_a_model1\nx,\n", /row 2, column "preds_a_model1": is ""/],
    ["imageId,a,preds_a_model1\nx,0.5,1\n", /column "a": is "0.5"; expected 0, 1/],
    ["imageId,preds_a_model1\nx\n", /row 2: has 1 fields where the header has 2/],
  ])("that is none is refused: %j", async (text, message) => {
    const root = folder({ "t.csv": text });
    await expect(readPredictionTable(join(root, "t.csv"))).rejects.toThrow(message);
    await expect(readPredictionTable(join(root, "t.csv"))).rejects.toMatchObject({ code: "table" });
  });

  it("is not written where it could not be read: names with two meanings, other shapes, no run, padded ids", async () => {
    const file = join(folder({}), "t.csv");
    const write = (changes: Partial<PredictionTable>) => writePredictionTable(file, { ...table, ...changes });
    for (const name of ["imageId", "patientId", "Effusion", "preds_x_model1"]) {
      await expect(write({ classes: ["Effusion", name] })).rejects.toThrow(/two meanings/);
    }
    await expect(write({ runs: [] })).rejects.toThrow(/at least one run/);
    const short = { classes, probabilities: matrix([1, 1]) };
    await expect(write({ runs: [table.runs[0]!, short] })).rejects.toThrow(
      /runs\[1\].probabilities: has shape \[1,2\]/,
    );
    await expect(write({ studies: [{ imageId: " a" }, { imageId: "b" }] })).rejects.toThrow(
      /space around an id/,
    );
  });
});
