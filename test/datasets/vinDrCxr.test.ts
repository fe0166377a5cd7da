import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type VinDrCxrOptions, vinDrCxrDefinition } from "../../src/datasets/vinDrCxr.js";
import { aggregateVotes } from "../../src/labels/aggregateVotes.js";
import { vinBigDataFindings, vinDrCxrFindings } from "../../src/labels/vinDrCxrFindings.js";
import { faultsOf, tableErrorOf } from "./tableErrorOf.js";

type Rows = readonly (readonly string[])[];
const header = "image_id,class_name,class_id,rad_id,x_min,y_min,x_max,y_max".split(",");
const nothing = (image: string, reader: string) => [image, "No finding", "14", reader, "", "", "", ""];
const seen = (image: string, finding: string, reader: string, corners = "10,20,30,50") => {
  const id = (vinBigDataFindings as readonly string[]).indexOf(finding);
  return [image, finding, `${id}`, reader, ...corners.split(",")];
};
const read = (rows: Rows, options?: VinDrCxrOptions) =>
  vinDrCxrDefinition(options).fromTables({ annotations: { file: "train.csv", rows: [header, ...rows] } });

const mass = vinBigDataFindings.indexOf("Nodule/Mass");
const ild = vinBigDataFindings.indexOf("ILD");
const unknown = Number.NaN;

describe("vinDrCxrDefinition, the contest's table", () => {
  const rows = [
    seen("a", "Nodule/Mass", "R10"),
    nothing("a", "R2"),
    seen("a", "ILD", "R9", "0,0,5.5,4"),
    seen("a", "Nodule/Mass", "R9"),
    seen("a", "Nodule/Mass", "R9", "1,1,2,2"),
    nothing("b", "R2"),
    nothing("b", "R9"),
    nothing("b", "R1"),
  ];

  it("makes one study of all readers' records: boxes from corners, with the reader as annotator", () => {
    const { studies, account } = read(rows);
    expect(studies).toEqual([
      {
        imageId: "a",
        patientId: "a",
        readers: ["R10", "R2", "R9"],
        boxes: [
          { finding: "Nodule/Mass", x: 10, y: 20, width: 20, height: 30, annotator: "R10" },
          { finding: "ILD", x: 0, y: 0, width: 5.5, height: 4, annotator: "R9" },
          { finding: "Nodule/Mass", x: 10, y: 20, width: 20, height: 30, annotator: "R9" },
          { finding: "Nodule/Mass", x: 1, y: 1, width: 1, height: 1, annotator: "R9" },
        ],
      },
      { imageId: "b", patientId: "b", readers: ["R2", "R9", "R1"], boxes: [] },
    ]);
    expect(account).toEqual({
      rowsRead: 8,
      rowsKept: 2,
      merged: 6,
      dropped: [],
      changed: [{ rule: "no patient is named: the image counts as a patient of its own", count: 2 }],
    });
  });

  it("keeps readers apart as label sets in their order, unknown where a reader did not read the image", () => {
    const { labelSets } = read(rows);
    expect(Object.keys(labelSets!)).toEqual(["R1", "R2", "R9", "R10"]);
    const votes = (reader: string, finding: number) =>
      [0, 1].map((image) => labelSets![reader]!.values.get(image, finding));
    expect(votes("R9", mass)).toEqual([1, 0]);
    expect(votes("R2", mass)).toEqual([0, 0]);
    expect(votes("R10", mass)).toEqual([1, unknown]);
    expect(votes("R1", ild)).toEqual([unknown, 0]);
  });

  it("joins votes by a majority unless told otherwise, and counts what readers disagree on", () => {
    const labels = (options?: VinDrCxrOptions) => {
      const { labels, account } = read(rows, options);
      const { count } = account.changed.find(({ rule }) => rule.includes("disagree")) ?? { count: 0 };
      return [labels.values.get(0, mass), labels.values.get(0, ild), labels.values.get(1, mass), count];
    };
    expect(labels()).toEqual([1, 0, 0, 0]);
    expect(labels({ aggregate: "majority" })).toEqual([1, 0, 0, 0]);
    expect(labels({ aggregate: "any" })).toEqual([1, 1, 0, 0]);
    expect(labels({ aggregate: "consensus" })).toEqual([unknown, unknown, 0, 2]);
  });

  it("calls a tie of an even number of readers unknown under a majority", () => {
    const { labels } = read([seen("a", "ILD", "R1"), nothing("a", "R2")]);
    expect(labels.values.get(0, ild)).toBeNaN();
    expect(labels.values.get(0, mass)).toBe(0);
  });

  it("gives each image the verdict of those readers who read it, however many those are", () => {
    const votes = fc.dictionary(fc.constantFrom("R1", "R2", "R3", "R4", "R5"), fc.boolean(), {
      minKeys: 1,
      noNullPrototype: true,
    });
    const rule = fc.constantFrom("majority", "consensus", "any");
    fc.assert(
      fc.property(fc.array(votes, { minLength: 1, maxLength: 5 }), rule, (images, aggregate) => {
        const records = images.flatMap((readers, i) =>
          Object.entries(readers).map(([reader, vote]) =>
            vote ? seen(`${i}`, "ILD", reader) : nothing(`${i}`, reader),
          ),
        );
        const { labels } = read(records, { aggregate });
        const wanted = images.map((readers) => {
          const verdict = aggregateVotes(Object.values(readers).map(Number), { rule: aggregate });
          return verdict === "present" ? 1 : verdict === "absent" ? 0 : unknown;
        });
        expect(images.map((_, i) => labels.values.get(i, ild))).toEqual(wanted);
      }),
    );
  });

  it("refuses two sizes of one image", () => {
    const sized = (row: readonly string[], ...size: readonly string[]) => [...row, ...size];
    const faults = faultsOf(() =>
      vinDrCxrDefinition().fromTables({
        annotations: [
          [...header, "width", "height"],
          sized(nothing("a", "R1"), "512", "600"),
          sized(nothing("a", "R2"), "512.0", "601"),
        ],
      }),
    );
    expect(faults).toEqual([[3, "height"]]);
  });

  it("takes the columns width and height as the size of the image that the boxes were drawn on", () => {
    const { studies } = vinDrCxrDefinition().fromTables({
      annotations: [
        [...header, "width", "height"],
        [...nothing("a", "R1"), "2332", "2580"],
      ],
    });
    expect(studies[0]!.boxSize).toEqual([2580, 2332]);
    expect("boxSize" in read(rows).studies[0]!).toBe(false);
  });

  it.each([
    ["an unknown class", [["a", "Pneumonia", "", "R1", "", "", "", ""]], [[2, "class_name"]]],
    ["a class_id of another class", [["a", "ILD", "6", "R1", "1", "1", "2", "2"]], [[2, "class_id"]]],
    ["No finding with a box", [["a", "No finding", "14", "R1", "0", "0", "1", "1"]], [[2, "class_name"]]],
    [
      "No finding after a finding of the reader's",
      [seen("a", "ILD", "R1"), nothing("a", "R1")],
      [[3, "class_name"]],
    ],
    [
      "a finding after No finding of the reader's",
      [nothing("a", "R1"), seen("a", "ILD", "R1")],
      [[3, "class_name"]],
    ],
    ["No finding twice by one reader", [nothing("a", "R1"), nothing("a", "R1")], [[3, "class_name"]]],
    ["a box turned inside out", [seen("a", "ILD", "R1", "30,20,10,50")], [[2, "x_max"]]],
    ["a finding without a box", [seen("a", "ILD", "R1", ",20,10,50")], [[2, "x_min"]]],
    ["a record without a reader", [seen("a", "ILD", "")], [[2, "rad_id"]]],
    ["a record without an image", [nothing("", "R1")], [[2, "image_id"]]],
  ])("refuses %s", (_, rows, faults) => {
    expect(faultsOf(() => read(rows))).toEqual(faults);
  });

  it("suggests the class that was meant", () => {
    const error = tableErrorOf(() => read([["a", "Cardiomegally", "3", "R1", "1", "1", "2", "2"]]));
    expect(error.message).toContain('train.csv: row 2, column "class_name"');
    expect(error.message).toContain('is it "Cardiomegaly"?');
  });

  it("gives no studies for a header alone", () => {
    const { studies, labels } = read([]);
    expect(studies).toEqual([]);
    expect(labels.values.shape).toEqual([0, 14]);
  });

  it("refuses a rule and an edition that are not there", () => {
    expect(() => vinDrCxrDefinition({ aggregate: "most" as never })).toThrow(/^options.aggregate: "most"/);
    expect(() => vinDrCxrDefinition({ edition: "physionet" as never })).toThrow(/^options.edition/);
  });
});

describe("vinDrCxrDefinition, PhysioNet's tables", () => {
  const columns = (last: string) => [...vinDrCxrFindings.slice(0, -1), last, "No finding"];
  const cells = (findings: readonly string[], none = "0", zero = "0") => [
    ...vinDrCxrFindings.map((finding) => (findings.includes(finding) ? "1" : zero)),
    none,
  ];
  const tb = vinDrCxrFindings.indexOf("Tuberculosis");

  it("takes a record for each image and reader, and boxes by reader; an image without any stays without", () => {
    const { studies, labels, labelSets, account } = vinDrCxrDefinition({
      edition: "physionet-train",
    }).fromTables({
      labels: [
        ["image_id", "rad_id", ...columns("Other diseases")],
        ["a", "R9", ...cells(["Tuberculosis"])],
        ["a", "R8", ...cells(["Tuberculosis", "Other diseases"], "0.0", "0.0")],
        ["a", "R10", ...cells([], "1")],
        ["b", "R8", ...cells([], "1")],
        ["c", "R8", ...cells([], "1")],
      ],
      boxes: [
        ["image_id", "rad_id", "class_name", "x_min", "y_min", "x_max", "y_max"],
        ["a", "R9", "Lung cavity", "1", "2", "4", "8"],
        ["b", "R8", "No finding", "", "", "", ""],
        ["z", "R8", "No finding", "", "", "", ""],
      ],
    });
    expect(studies).toEqual([
      {
        imageId: "a",
        patientId: "a",
        readers: ["R9", "R8", "R10"],
        boxes: [{ finding: "Lung cavity", x: 1, y: 2, width: 3, height: 6, annotator: "R9" }],
        split: "train",
      },
      { imageId: "b", patientId: "b", readers: ["R8"], boxes: [], split: "train" },
      { imageId: "c", patientId: "c", readers: ["R8"], split: "train" },
    ]);
    expect(labels.classes).toEqual(vinDrCxrFindings);
    expect([0, 1].map((i) => labels.values.get(i, tb))).toEqual([1, 0]);
    expect(labels.values.get(0, vinDrCxrFindings.indexOf("Other diseases"))).toBe(0);
    expect(Object.keys(labelSets!)).toEqual(["R8", "R9", "R10"]);
    expect(account).toMatchObject({ rowsRead: 5, rowsKept: 3, merged: 2 });
    expect(account.joined?.[0]?.dropped[0]).toMatchObject({ count: 1, examples: ["z"] });
  });

  it("reads the test set's agreed labels as one reader, and its Other disease as Other diseases", () => {
    const { studies, labels, labelSets } = vinDrCxrDefinition({ edition: "physionet-test" }).fromTables({
      labels: [
        ["image_id", ...columns("Other disease")],
        ["a", ...cells(["Other diseases"])],
      ],
      boxes: [
        ["image_id", "class_name", "x_min", "y_min", "x_max", "y_max"],
        ["a", "Other disease", "1", "2", "4", "8"],
      ],
    });
    expect(studies[0]).toMatchObject({ split: "test", readers: ["consensus"] });
    expect(studies[0]!.boxes).toEqual([{ finding: "Other diseases", x: 1, y: 2, width: 3, height: 6 }]);
    expect(labels.values.get(0, vinDrCxrFindings.indexOf("Other diseases"))).toBe(1);
    expect(Object.keys(labelSets!)).toEqual(["consensus"]);
  });

  it("reads a blank as unknown, and counts a No finding beside a finding, which counts", () => {
    const { labels, account } = vinDrCxrDefinition({ edition: "physionet-train" }).fromTables({
      labels: [
        ["image_id", "rad_id", ...columns("Other diseases")],
        ["a", "R9", ...cells(["Tuberculosis"], "1", "")],
      ],
    });
    expect([labels.values.get(0, tb), labels.values.get(0, 0)]).toEqual([1, unknown]);
    expect(account.changed[0]).toEqual({
      rule: '"No finding" beside a finding of the same reader: the finding counts',
      count: 1,
    });
  });

  it("refuses a reader's second record, another word, a class that is none, and a table without the last column", () => {
    const head = ["image_id", "rad_id", ...columns("Other diseases")];
    const train = vinDrCxrDefinition({ edition: "physionet-train" });
    const twice = [head, ["a", "R9", ...cells([])], ["a", "R9", ...cells([])]];
    expect(faultsOf(() => train.fromTables({ labels: twice }))).toEqual([[3, "image_id"]]);
    const word = [head, ["a", "", ...cells([]).with(0, "yes")]];
    expect(faultsOf(() => train.fromTables({ labels: word }))).toEqual([
      [2, "rad_id"],
      [2, "Aortic enlargement"],
    ]);
    const boxes = [
      ["image_id", "rad_id", "class_name", "x_min", "y_min", "x_max", "y_max"],
      ["a", "R9", "Cavity", "1", "2", "4", "8"],
    ];
    expect(faultsOf(() => train.fromTables({ labels: [head], boxes }))).toEqual([[2, "class_name"]]);
    const without = [head.filter((name) => name !== "Other diseases"), ["a", "R9", ...cells([]).slice(1)]];
    expect(faultsOf(() => train.fromTables({ labels: without }))).toEqual([[2, "Other disease"]]);
  });
});
