import fc from "fast-check";
import {
  chestVocabulary,
  chestXray14Findings,
  type Dataset,
  harmonizeLabels,
  labelMatrix,
  mergeDatasets,
  vocabularyClass,
  withLabelSet,
} from "radiolucent/labels";
import { describe, expect, test } from "vitest";
import { cheXpertFindings } from "../../src/labels/cheXpertFindings.js";
import { padChestPathologies, padChestTubes } from "../../src/labels/padChestFindings.js";
import { vinDrCxrFindings } from "../../src/labels/vinDrCxrFindings.js";
import { sharedData } from "../shared-data.js";
import { wholeNih } from "./wholeNih.js";

function dataset(classes: readonly string[], rows: readonly number[][], uncertain?: number[][]): Dataset {
  return {
    name: "made",
    studies: rows.map((_, i) => ({ imageId: `${i}.png`, patientId: `${i}` })),
    labels: labelMatrix(classes, rows),
    ...(uncertain && { uncertain: labelMatrix(classes, uncertain) }),
    account: { rowsRead: rows.length, rowsKept: rows.length, dropped: [], changed: [] },
  };
}

const column = (set: Dataset, name: string) =>
  set.studies.map((_, r) => set.labels.values.get(r, set.labels.classes.indexOf(name)));

describe("the vocabulary", () => {
  test("case, underscores, hyphens, slashes and runs of blanks make no difference; synonyms are listed", () => {
    for (const name of [
      "Pleural_Thickening",
      "pleural thickening",
      "Pleural-Thickening ",
      "PLEURAL  THICKENING",
    ]) {
      expect(vocabularyClass(name)).toBe("Pleural_Thickening");
    }
    expect(vocabularyClass("Pleural Effusion")).toBe("Effusion");
    expect(vocabularyClass("Infiltrate")).toBe("Infiltration");
    expect(vocabularyClass("Nodule/Mass")).toBe("Nodule or mass");
    expect(vocabularyClass("No Finding")).toBeUndefined();
  });

  test("every class of the datasets is in it, each as a class of its own", () => {
    for (const findings of [chestXray14Findings, cheXpertFindings]) {
      expect(new Set(findings.map((name) => vocabularyClass(name))).size).toBe(findings.length);
      expect(findings.filter((name) => vocabularyClass(name) === undefined)).toEqual([]);
    }
    expect(vinDrCxrFindings.filter((name) => vocabularyClass(name) === undefined)).toEqual([
      "Other diseases",
    ]);
    for (const finding of [...chestXray14Findings, ...padChestPathologies, ...padChestTubes])
      expect(vocabularyClass(finding)).toBe(finding);
  });

  test("a lesion, an opacity and other pleural findings are not taken for narrower ones", () => {
    for (const broad of ["Lung Lesion", "Lung Opacity", "Airspace opacity", "Pleural Other", "Lung tumor"]) {
      expect(chestXray14Findings as readonly string[]).not.toContain(vocabularyClass(broad));
    }
    expect(vocabularyClass("Airspace opacity")).not.toBe(vocabularyClass("Lung Opacity"));
  });

  test("a spelling with two meanings and a union of strangers are errors", () => {
    expect(() => vocabularyClass("x", { terms: { a: ["x"], b: ["X"] } })).toThrow('"X" means "a" and "b"');
    expect(() => vocabularyClass("x", { terms: { a: [] }, unions: { a: ["b"] } })).toThrow(
      '"b" is not among the terms',
    );
  });
});

test("PadChest's own words for its tubes are known", () => {
  const words = ["chest drain tube", "NSG tube", "endotracheal tube", "tracheostomy tube"];
  expect(words.map((word) => vocabularyClass(word)).sort()).toEqual([...padChestTubes].sort());
});

describe("harmonizeLabels", () => {
  test("a class that the dataset has not is NaN in every row and named; a column without a class is named", () => {
    const harmonized = harmonizeLabels(
      dataset(
        ["pleural effusion", "Sweet tooth"],
        [
          [1, 0],
          [0, 1],
        ],
      ),
      {
        classes: ["Hernia", "Effusion"],
      },
    );
    expect(harmonized.labels.classes).toEqual(["Hernia", "Effusion"]);
    expect([...harmonized.labels.values.data]).toEqual([NaN, 1, NaN, 0]);
    expect(harmonized.harmonization).toEqual({
      sources: { Effusion: ["pleural effusion"] },
      unknowable: ["Hernia"],
      neverPresent: [],
      unused: ["Sweet tooth"],
    });
  });

  test("columns of one meaning: present where one is, absent where all are, otherwise unknown or uncertain", () => {
    const rows = [
      [1, NaN],
      [0, 0],
      [0, NaN],
      [NaN, 0],
      [0, 1],
    ];
    const doubts = [
      [0, 1],
      [0, 0],
      [0, 1],
      [0, 0],
      [0, 0],
    ];
    const harmonized = harmonizeLabels(dataset(["infiltrates", "Infiltration"], rows, doubts));
    expect(column(harmonized, "Infiltration")).toEqual([1, 0, NaN, NaN, 1]);
    expect([...harmonized.uncertain!.values.data]).toEqual([0, 0, 1, 0, 0]);
  });

  test("a union that is absent makes its parts absent; one that is present says nothing of either; both are counted", () => {
    const google = dataset(["Nodule or mass"], [[1], [0], [NaN], [0]]);
    const harmonized = harmonizeLabels(google, { classes: ["Mass", "Nodule"] });
    expect(column(harmonized, "Mass")).toEqual([NaN, 0, NaN, 0]);
    expect(column(harmonized, "Nodule")).toEqual([NaN, 0, NaN, 0]);
    expect(harmonized.account.changed).toEqual([
      { rule: '"Mass" read as absent where "Nodule or mass" is', count: 2 },
      { rule: '"Nodule" read as absent where "Nodule or mass" is', count: 2 },
    ]);
    expect(harmonized.harmonization).toMatchObject({
      sources: { Mass: ["Nodule or mass"], Nodule: ["Nodule or mass"] },
      unknowable: [],
      neverPresent: ["Mass", "Nodule"],
      unused: [],
    });
  });

  test("parts make their union: present where one is, absent where all are; one part alone never makes it absent", () => {
    const rows = [
      [1, 0],
      [0, 0],
      [NaN, 1],
      [NaN, 0],
    ];
    const both = harmonizeLabels(dataset(["Mass", "Nodule"], rows), { classes: ["Nodule or mass"] });
    expect(column(both, "Nodule or mass")).toEqual([1, 0, 1, NaN]);
    expect(both.account.changed.map(({ count }) => count)).toEqual([2, 1]);
    const one = harmonizeLabels(dataset(["Mass"], [[1], [0]]), { classes: ["Nodule or mass"] });
    expect(column(one, "Nodule or mass")).toEqual([1, NaN]);
  });

  test("given labels are kept where they contradict a union, and so is what is called uncertain", () => {
    const rows = [[1, NaN, 0]];
    const given = dataset(["Mass", "Nodule", "Nodule or mass"], rows, [[0, 1, 0]]);
    const harmonized = harmonizeLabels(given);
    expect([...harmonized.labels.values.data]).toEqual([1, NaN, 0]);
    expect([...harmonized.uncertain!.values.data]).toEqual([0, 1, 0]);
    expect(harmonized.account.changed).toEqual([]);
  });

  test("several datasets get the same classes: those that one of them has, in the vocabulary's order", () => {
    const { a, b } = harmonizeLabels({
      a: dataset(["Pleural Effusion", "Lung Lesion"], [[1, 1]]),
      b: dataset(["effusion", "atelectasis"], [[0, 1]]),
    });
    expect(a.labels.classes).toEqual(["Atelectasis", "Effusion", "Lung Lesion"]);
    expect(b.labels.classes).toEqual(a.labels.classes);
    expect(a.harmonization.unknowable).toEqual(["Atelectasis"]);
    expect([...mergeDatasets({ a, b }).labels.values.data]).toEqual([NaN, 1, 1, 1, 0, NaN]);
  });

  test("nothing is changed in place, and nothing known is lost or turned over", () => {
    const names = ["Mass", "Nodule", "Nodule or mass", "Effusion"];
    const label = fc.constantFrom(0, 1, NaN);
    fc.assert(
      fc.property(fc.array(fc.tuple(label, label, label, label), { maxLength: 8 }), (rows) => {
        const given = dataset(names, rows);
        const before = given.labels.values.data.slice();
        const harmonized = harmonizeLabels(given);
        expect(given.labels.values.data).toEqual(before);
        rows.forEach((row, r) => {
          names.forEach((name, c) => {
            if (!Number.isNaN(row[c])) expect(column(harmonized, name)[r]).toBe(row[c]);
          });
        });
      }),
    );
  });

  test("an own vocabulary may be given; strangers among the classes and datasets without a class are errors", () => {
    const tubes = { terms: { Tube: ["drain"] } };
    expect(harmonizeLabels(dataset(["Drain"], [[1]]), { vocabulary: tubes }).labels.classes).toEqual([
      "Tube",
    ]);
    const made = dataset(["Effusion"], [[1]]);
    expect(() => harmonizeLabels(made, { classes: ["Efusion"] })).toThrow('"Efusion" is not among the terms');
    expect(() => harmonizeLabels(made, { classes: ["Mass", "Mass"] })).toThrow('"Mass" stands twice');
    expect(() => harmonizeLabels(dataset(["x"], [[1]]))).toThrow(
      "none of its classes (x) is in the vocabulary",
    );
    expect(() => harmonizeLabels({ ...made, targets: made.labels })).toThrow("has soft targets");
  });

  test("the default vocabulary has no spelling with two meanings", () => {
    expect(Object.keys(chestVocabulary.terms).map((term) => vocabularyClass(term))).toEqual(
      Object.keys(chestVocabulary.terms),
    );
  });
});

describe.skipIf(sharedData === undefined)("real labels (skipped: ../shared/data is absent)", () => {
  test("Google's labels of ChestX-ray14 give only absences of Mass and Nodule", async () => {
    const google = withLabelSet(await wholeNih(), "google2019");
    const harmonized = harmonizeLabels(google, { classes: ["Mass", "Nodule", "Pneumothorax", "Edema"] });
    const union = column(google, "Nodule or mass");
    for (const name of ["Mass", "Nodule"]) {
      expect(column(harmonized, name)).toEqual(union.map((value) => (value === 0 ? 0 : NaN)));
    }
    expect(column(harmonized, "Pneumothorax")).toEqual(column(google, "Pneumothorax"));
    expect(harmonized.harmonization).toEqual({
      sources: { Mass: ["Nodule or mass"], Nodule: ["Nodule or mass"], Pneumothorax: ["Pneumothorax"] },
      unknowable: ["Edema"],
      neverPresent: ["Mass", "Nodule"],
      unused: ["Fracture", "Airspace opacity"],
    });
  });
});
