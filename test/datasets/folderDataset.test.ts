import { describe, expect, it } from "vitest";
import { datasetBuilder } from "../../src/datasets/datasetBuilder.js";
import { type FolderDatasetOptions, folderDatasetDefinition } from "../../src/datasets/folderDataset.js";

const read = (paths: readonly string[], options?: FolderDatasetOptions) => {
  const builder = datasetBuilder(folderDatasetDefinition(options));
  builder.files(paths);
  return builder.finish().dataset;
};
const rowsOf = ({ labels }: ReturnType<typeof read>) => {
  const [rows, width] = labels.values.shape as [number, number];
  return Array.from({ length: rows }, (_, r) =>
    Array.from({ length: width }, (_, c) => labels.values.get(r, c)),
  );
};

describe("folderDatasetDefinition", () => {
  const files = ["BACTERIA/1.jpeg", "NORMAL/1.jpeg", "VIRUS/1.PNG", "VIRUS/a/b/2.dcm"];

  it("takes the folders as classes, sorted: one for the image's own, zero for the others", () => {
    const dataset = read(files);
    expect(dataset.labels.classes).toEqual(["BACTERIA", "NORMAL", "VIRUS"]);
    expect(rowsOf(dataset)).toEqual([
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
      [0, 0, 1],
    ]);
  });

  it("takes the negative folder as no class: all zeros", () => {
    const dataset = read(files, { negative: "NORMAL" });
    expect(dataset.labels.classes).toEqual(["BACTERIA", "VIRUS"]);
    expect(rowsOf(dataset)).toEqual([
      [1, 0],
      [0, 0],
      [0, 1],
      [0, 1],
    ]);
  });

  it("keeps the folder in the image's id, so equal names in two classes stay apart", () => {
    expect(read(files).studies.map(({ imageId }) => imageId)).toEqual(files);
  });

  it("takes the classes that are given, in their order, at any depth; the folders above one are the split", () => {
    const paths = ["test/NORMAL/1.png", "train/a/PNEUMONIA/p7/1.png", "PNEUMONIA/1.png", "other/1.png"];
    const dataset = read(paths, { classes: ["PNEUMONIA", "NORMAL"] });
    expect(rowsOf(dataset)).toEqual([
      [0, 1],
      [1, 0],
      [1, 0],
    ]);
    expect(dataset.studies.map(({ split }) => split)).toEqual(["test", "train/a", undefined]);
    expect(dataset.account).toMatchObject({ rowsRead: 4, rowsKept: 3 });
    expect(dataset.account.dropped).toEqual([
      { reason: "in none of the class folders", count: 1, examples: ["other/1.png"] },
    ]);
  });

  it("counts files that are no images, hidden ones though they end in .jpeg: read = kept + dropped", () => {
    const { account } = read(["A/._1.jpeg", "A/.DS_Store", "A/1.jpeg", "A/notes.txt", "labels.csv", "x.png"]);
    expect(account.dropped).toEqual([
      { reason: "a hidden file", count: 2, examples: ["A/._1.jpeg", "A/.DS_Store"] },
      { reason: "not an image file by its name", count: 2, examples: ["A/notes.txt", "labels.csv"] },
      { reason: "in none of the class folders", count: 1, examples: ["x.png"] },
    ]);
    expect(account.rowsRead).toBe(
      account.rowsKept + account.dropped.reduce((sum, { count }) => sum + count, 0),
    );
  });

  it("takes the patient from the path by an expression's first group or whole match, or by a function", () => {
    const paths = ["A/person7_virus_1.jpeg", "B/person7_virus_2.jpeg", "B/x-IM-0007-1.jpeg"];
    const patients = (patientOf: NonNullable<FolderDatasetOptions["patientOf"]>) =>
      read(paths, { patientOf }).studies.map(({ patientId }) => patientId);
    expect(patients(/person\d+|IM-\d+/g)).toEqual(["person7", "person7", "IM-0007"]);
    expect(patients(/(?:person|IM-)(\d+)/)).toEqual(["7", "7", "0007"]);
    expect(patients((path) => path.split("/")[0]!)).toEqual(["A", "B", "B"]);
  });

  it("counts each image as a patient of its own where nothing names patients", () => {
    const { studies, account } = read(files);
    expect(studies.map(({ patientId }) => patientId)).toEqual(files);
    expect(account.changed).toEqual([
      { rule: "no patient is named: the image counts as a patient of its own", count: 4 },
    ]);
  });

  it("refuses a path that the patient's expression does not match, and an empty patient", () => {
    expect(() => read(["A/1.png"], { patientOf: /person\d+/ })).toThrow(
      /^options.patientOf: .* does not match "A\/1.png"/,
    );
    expect(() => read(["A/1.png"], { patientOf: () => "" })).toThrow('gives no patient for "A/1.png"');
  });

  it("refuses a class or negative folder without images, with the nearest name", () => {
    const classes = ["PNEUMONA"];
    expect(() => read(["PNEUMONIA/1.png", "x/1.png"], { classes })).toThrow('is it "PNEUMONIA"?');
    expect(() => read(["A/1.png"], { negative: "NORMAL" })).toThrow('no image in a folder "NORMAL"');
  });

  it("takes no folder for a class that is named as a set is, unless it is told to", () => {
    const paths = ["test/NORMAL/1.png", "train/PNEUMONIA/1.png"];
    expect(() => read(paths)).toThrow(/^options.classes: is absent, and "test" looks like a set/);
    expect(() => read(paths, { negative: "NORMAL" })).toThrow(/^options.classes: is absent/);
    expect(read(paths, { classes: ["train", "test"] }).labels.classes).toEqual(["train", "test"]);
  });

  it("drops copies in hidden folders, which notebooks leave beside the images", () => {
    const copy = "A/.ipynb_checkpoints/1-checkpoint.png";
    const { studies, account } = read([copy, "A/1.png"]);
    expect(studies.map(({ imageId }) => imageId)).toEqual(["A/1.png"]);
    expect(account.dropped).toEqual([{ reason: "a hidden file", count: 1, examples: [copy] }]);
  });

  it("refuses an image in two class folders, a class that stands twice, and a folder without class folders", () => {
    expect(() => read(["A/B/1.png", "B/2.png"])).toThrow('"A/B/1.png" lies inside two class folders');
    expect(() => folderDatasetDefinition({ classes: ["A", "B", "A"] })).toThrow('"A" stands twice');
    expect(() => folderDatasetDefinition({ classes: ["A"], negative: "A" })).toThrow('"A" stands twice');
    expect(() => read(["1.png"])).toThrow(/^root: holds no folder/);
  });
});
