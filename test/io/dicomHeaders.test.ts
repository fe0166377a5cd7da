import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { defineDataset } from "../../src/datasets/defineDataset.js";
import { openDataset } from "../../src/io/openDataset.js";
import type { Study } from "../../src/labels/dataset.js";
import { type SmallHeader, smallDicom } from "./smallDicom.js";
import { temporaryFolders } from "./temporaryFolder.js";

const folderOf = temporaryFolders();

const films = defineDataset<Study>({
  name: "Films",
  tables: { films: { files: ["films.csv"], columns: ["film"] } },
  idColumns: { image: "film", patient: "film" },
  imageFiles: ({ imageId }) => [`${imageId}.dcm`, `${imageId}.png`],
  nameInHeader: ({ identifying }) => identifying?.sopInstanceUid && `${identifying.sopInstanceUid}.dcm`,
  fromHeader(study, { sex, identifying }, change) {
    if (identifying?.patientId) change("patient of the header");
    return { ...study, patientId: identifying?.patientId ?? study.patientId, ...(sex && { sex }) };
  },
  read: () => ({
    classes: [],
    tables: {
      films: (row) => ({
        study: { imageId: row.text("film"), patientId: row.text("film") },
        labels: [],
      }),
    },
  }),
});

const sex = (value: string): SmallHeader => ({ 1048640: ["CS", value] });
const patient = (value: string): SmallHeader => ({ 1048608: ["LO", value] });
const uid = (value: string): SmallHeader => ({ 524312: ["UI", value] });
const table = (...names: readonly string[]) => `film\n${names.join("\n")}\n`;

describe("openDataset, headers of DICOM images", () => {
  it("adds what each header says to its study, and counts what the definition changes", async () => {
    const root = folderOf({
      "films.csv": table("a", "b", "c"),
      "x/y/a.dcm": smallDicom({ ...sex("F"), ...patient("p7") }),
      "b.dcm": smallDicom(sex("M")),
      "c.png": "",
    });
    const { studies, account } = await openDataset(films, { root });
    expect(studies).toEqual([
      { imageId: "a", patientId: "p7", sex: "F", path: join(root, "x/y/a.dcm") },
      { imageId: "b", patientId: "b", sex: "M", path: join(root, "b.dcm") },
      { imageId: "c", patientId: "c", path: join(root, "c.png") },
    ]);
    expect(account.changed).toEqual([{ rule: "patient of the header", count: 1 }]);
  });

  it("reads on where a header is longer than the file's first part", async () => {
    const root = folderOf({
      "films.csv": table("a"),
      "a.dcm": smallDicom({
        ...sex("F"),
        ...Object.fromEntries(
          Array.from({ length: 3 }, (_, i) => [0x00211001 + i, ["LO", "x".repeat(40_000)]] as const),
        ),
      }),
    });
    const { studies, account } = await openDataset(films, { root });
    expect([studies[0]!.sex, account.changed]).toEqual(["F", []]);
  });

  it("keeps the study of a header that cannot be read as the table has it, and counts by kind of fault", async () => {
    const root = folderOf({
      "films.csv": table("a", "b", "c", "d"),
      "a.dcm": "",
      "b.dcm": "not DICOM",
      "c.dcm": smallDicom(sex("F")).subarray(0, 200),
      "d.dcm": smallDicom(sex("F")),
    });
    const { studies, account } = await openDataset(films, { root });
    expect(studies.map((study) => study.sex)).toEqual([undefined, undefined, undefined, "F"]);
    const counts = new Map(account.changed.map(({ rule, count }) => [rule, count]));
    const rule = (problem: string) =>
      `DICOM header not read (${problem}): the study keeps what the tables say`;
    expect(Object.fromEntries(counts)).toEqual({
      [rule("empty")]: 1,
      [rule("not-an-image")]: 1,
      [rule("truncated")]: 1,
    });
  });

  it("counts what a header holds and is read as absent, such as an age above 120 years", async () => {
    const age = { 1052688: ["AS", "155Y"] } as const;
    const root = folderOf({ "films.csv": table("a"), "a.dcm": smallDicom(age) });
    const { account } = await openDataset(films, { root });
    expect(account.changed).toEqual([{ rule: "DICOM header: (0010,1010) is above 120 years", count: 1 }]);
  });

  it("finds images by the UID in their headers where no file has their names, and counts them", async () => {
    const root = folderOf({
      "films.csv": table("1.2.3", "1.2.4", "1.2.5"),
      "film-one.dcm": smallDicom({ ...uid("1.2.3"), ...sex("F") }),
      "1.2.4.dcm": smallDicom(uid("1.2.3")),
      "other.dcm": smallDicom(uid("9.9")),
      "copy/film-one.dcm": smallDicom(uid("1.2.3")),
      "broken.dcm": "",
    });
    const { studies, account } = await openDataset(films, { root });
    expect(studies.map(({ imageId, path }) => [imageId, path])).toEqual([
      ["1.2.3", join(root, "copy/film-one.dcm")],
      ["1.2.4", join(root, "1.2.4.dcm")],
    ]);
    expect(account.dropped).toEqual([
      { reason: `no image file in "${root}"`, count: 1, examples: ["1.2.5"] },
    ]);
    expect(account.changed).toEqual([
      { rule: "DICOM header not read (empty): the file is no image of the tables", count: 1 },
      { rule: "image found by its DICOM header, not by its name", count: 1 },
    ]);
  });

  it("reads no header with headers: false", async () => {
    const root = folderOf({
      "films.csv": table("a", "1.2"),
      "a.dcm": smallDicom(sex("F")),
      "b.dcm": smallDicom(uid("1.2")),
    });
    const { studies, account } = await openDataset(films, { root, headers: false });
    expect(studies).toEqual([{ imageId: "a", patientId: "a", path: join(root, "a.dcm") }]);
    expect(account.changed).toEqual([]);
  });

  it("ends with the signal's reason while headers are read", async () => {
    const names = Array.from({ length: 40 }, (_, i) => `f${i}`);
    const files = Object.fromEntries(names.map((name) => [`${name}.dcm`, smallDicom()]));
    const root = folderOf({ "films.csv": table(...names), ...files });
    const controller = new AbortController();
    const reason = new Error("stopped");
    const stopping = defineDataset<Study>({
      ...films,
      imageFiles(study) {
        controller.abort(reason);
        return films.imageFiles!(study);
      },
    });
    await expect(openDataset(stopping, { root, signal: controller.signal })).rejects.toBe(reason);
  });
});
