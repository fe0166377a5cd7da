import { symlinkSync } from "node:fs";
import { join, relative } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { defineDataset } from "../../src/datasets/defineDataset.js";
import { isRadiolucentError } from "../../src/errors.js";
import { chestXray14 } from "../../src/io/chestXray14.js";
import { csvDataset } from "../../src/io/csvDataset.js";
import { fileIndex } from "../../src/io/fileIndex.js";
import { openDataset, type ReadOptions } from "../../src/io/openDataset.js";
import { temporaryFolders } from "./temporaryFolder.js";

const folderOf = temporaryFolders();

/** Films of a table `t.csv`, found in its folder. */
function films(root: string, options: ReadOptions & { readonly images?: string } = {}) {
  const columns = { imageColumn: "image", patientColumn: "patient", classes: ["x"] };
  return csvDataset({ csv: join(root, "t.csv"), images: root, ...columns, ...options });
}
const tableOf = (...names: readonly string[]) =>
  `image,patient,x\n${names.map((name, i) => `${name},${i},1\n`).join("")}`;
const errorOf = (reading: Promise<unknown>) =>
  reading.then(
    () => undefined,
    (error: unknown) => error,
  );

describe("the files of a dataset", () => {
  it("are found by names as tables have them: with folders, from Windows, absolute, with spaces and accents", async () => {
    const names = ["a/1.png", "b\\2.png", "./3.png", "4 (copy) é.png", "deep.png"];
    const files = ["a/1.png", "b/2.png", "3.png", "4 (copy) é.png", "x/y/deep.png", "z/5.PNG", "z/6\\7.png"];
    const root = folderOf(Object.fromEntries(files.map((file) => [file, ""])));
    const table = tableOf(...names, join(root, "z/5.PNG"), "z/6\\7.png");
    const csv = join(folderOf({ "t.csv": table }), "t.csv");
    const columns = { csv, imageColumn: "image", patientColumn: "patient", classes: ["x"] };
    for (const images of [root, `${root}/`, relative(process.cwd(), root)]) {
      const { studies, account } = await csvDataset({ ...columns, images });
      expect(studies.map(({ path }) => path)).toEqual(files.map((file) => join(root, file)));
      expect(account.dropped).toEqual([]);
    }
  });

  it("are not found by less than the name says, nor in another case", async () => {
    const root = folderOf({
      "t.csv": tableOf("a.png", "train/b.png", "C.png"),
      "a.png": "",
      "b.png": "",
      "c.png": "",
    });
    const { studies, account } = await films(root);
    expect(studies.map(({ imageId }) => imageId)).toEqual(["a.png"]);
    expect(account.dropped).toMatchObject([{ count: 2, examples: ["train/b.png", "C.png"] }]);
  });

  it("are the image of one study each: two names of one file are refused, not kept as two patients", async () => {
    const root = folderOf({
      "t.csv": tableOf("1.png", "2.png", "train/1.png"),
      "train/1.png": "",
      "2.png": "",
    });
    await expect(films(root)).rejects.toThrow(
      /^images: ".*1\.png" is the image of both "1\.png" \(row 2 of .*\) and "train\/1\.png" \(row 4 of /,
    );
  });

  it("are refused where a name may be either of two", async () => {
    const root = folderOf({ "t.csv": tableOf("1.png"), "a/1.png": "", "b/1.png": "" });
    await expect(films(root)).rejects.toThrow(/"1\.png" is ambiguous in .*: a\/1\.png, b\/1\.png/);
  });

  it("that are absent are dropped, an error, or kept without path, and no other word is taken for these", async () => {
    const root = folderOf({ "t.csv": tableOf("1.png", "2.png"), "1.png": "" });
    expect((await films(root, { missingImages: "drop" })).account.rowsKept).toBe(1);
    const error = await errorOf(films(root, { missingImages: "error" }));
    expect(isRadiolucentError(error, "table") && error.problems).toMatchObject([{ row: 3, column: "image" }]);
    const { studies, labels, account } = await films(root, { missingImages: "keep" });
    expect(studies.map(({ imageId, path }) => [imageId, path])).toEqual([
      ["1.png", join(root, "1.png")],
      ["2.png", undefined],
    ]);
    expect(studies[1]).not.toHaveProperty("path");
    expect([...labels.values.data]).toEqual([1, 1]);
    expect(account).toMatchObject({ rowsRead: 2, rowsKept: 2, dropped: [] });
    expect(account.changed).toEqual([
      { rule: `no image file in "${root}": the study has no path`, count: 1 },
    ]);
    const word = "throw" as "error";
    await expect(films(root, { missingImages: word })).rejects.toThrow(/^missingImages: "throw" is none of/);
  });

  it("may all be absent with keep, and only with keep: nothing is counted where all are there", async () => {
    const root = folderOf({ "t.csv": tableOf("1.png", "2.png") });
    for (const missingImages of ["drop", "error"] as const)
      await expect(films(root, { missingImages })).rejects.toThrow(/^images: not one of the 2 .* "keep"$/);
    const { studies, account } = await films(root, { missingImages: "keep" });
    expect(studies.map(({ path }) => path)).toEqual([undefined, undefined]);
    expect(account.changed).toMatchObject([{ count: 2 }]);
    const whole = folderOf({ "t.csv": tableOf("1.png"), "1.png": "" });
    expect((await films(whole, { missingImages: "keep" })).account.changed).toEqual([]);
    const nowhere = films(root, { missingImages: "keep", images: join(root, "nowhere") });
    await expect(nowhere).rejects.toThrow(/^images: there is no folder/);
  });

  it("in a folder that cannot be read make an error that names the argument and the folder", async () => {
    const root = folderOf({ "t.csv": tableOf("1.png") });
    const loop = join(root, "loop");
    symlinkSync("loop", loop);
    await expect(films(root, { images: loop })).rejects.toThrow(/^images: ".*loop" cannot be read \(ELOOP/);
    await expect(chestXray14({ root: loop })).rejects.toThrow(/^root: ".*loop" cannot be read \(ELOOP/);
    await expect(chestXray14({ root: join(root, "t.csv") })).rejects.toThrow(/^root: there is no folder/);
  });

  it("are listed through links until the signal ends it", async () => {
    const root = folderOf({ "a.png": "", "links/b.png": "" });
    symlinkSync("../a.png", join(root, "links/a.png"));
    symlinkSync("nowhere.png", join(root, "links/broken.png"));
    symlinkSync("..", join(root, "links/up"));
    expect((await fileIndex(root, "root")).paths).toEqual(["a.png", "links/a.png", "links/b.png"]);
    const stop = new AbortController();
    const listing = fileIndex(join(root, "links"), "root", stop.signal);
    stop.abort(new Error("stopped"));
    await expect(listing).rejects.toThrow("stopped");
  });
});

describe("the tables of a dataset", () => {
  it("that are folders are named in the error", async () => {
    const root = folderOf({ "t.csv/t.csv": tableOf("1.png") });
    const error = await errorOf(films(root));
    expect(isRadiolucentError(error, "table") && error.file).toBe(join(root, "t.csv"));
  });

  it("are read from a folder that holds nothing else, plain or compressed, with missingImages keep", async () => {
    const root = folderOf({
      "Data_Entry_2017_v2020.csv": "Image Index,Finding Labels,Patient ID\n1.png,Mass,1\n",
      "BBox_List_2017.csv.gz": gzipSync("Image Index,Finding Label,Bbox [x,y,w,h]\n1.png,Mass,1,2,3,4\n"),
    });
    const { studies, account } = await chestXray14({ root, missingImages: "keep" });
    expect(studies).toMatchObject([{ imageId: "1.png", boxes: [{ finding: "Mass" }] }]);
    expect(studies[0]).not.toHaveProperty("path");
    expect(account).toMatchObject({ rowsKept: 1, dropped: [], changed: [{ count: 1 }] });
  });

  it("of ChestX-ray14 are all read where the entries are given as csv", async () => {
    const root = folderOf({
      "entries.csv": "Image Index,Finding Labels,Patient ID\n1.png,Mass,1\n",
      "boxes.csv": "Image Index,Finding Label,Bbox [x,y,w,h]\n1.png,Mass,1,2,3,4\n",
    });
    const source = { csv: join(root, "entries.csv"), tables: { boxes: join(root, "boxes.csv") } };
    const { studies } = await chestXray14(source);
    expect(studies[0]!.boxes).toHaveLength(1);
  });
});

describe("masks of several files", () => {
  const lungs = defineDataset({
    name: "Lungs",
    tables: { films: { files: ["films.csv"], columns: ["file"] } },
    idColumns: { image: "file", patient: "file" },
    maskNames: ["Lungs"],
    imageFiles: ({ imageId }) => [imageId],
    maskFiles: ({ imageId }) => ({ Lungs: [`left/${imageId}`, `right/${imageId}`] }),
    read: () => ({
      classes: [],
      tables: {
        films: (row) => ({ study: { imageId: row.text("file"), patientId: row.text("file") }, labels: [] }),
      },
    }),
  });

  it("are whole or left out and counted: half of the lungs is a wrong mask", async () => {
    const files = ["left/1.png", "right/1.png", "left/2.png", "1.png", "2.png", "3.png"];
    const root = folderOf({
      "films.csv": "file\n1.png\n2.png\n3.png\n",
      ...Object.fromEntries(files.map((file) => [file, ""])),
    });
    const { studies, account } = await openDataset(lungs, { root });
    expect(studies.map(({ maskPaths }) => maskPaths?.Lungs)).toEqual([
      [join(root, "left/1.png"), join(root, "right/1.png")],
      undefined,
      undefined,
    ]);
    expect(account.changed).toEqual([
      { rule: expect.stringContaining("only some files of a mask"), count: 1 },
    ]);
  });
});
