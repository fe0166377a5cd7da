import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import ndarray from "ndarray";
import { afterAll, describe, expect, it } from "vitest";
import { checkDataset } from "../../src/io/checkDataset.js";
import { encodePng } from "../../src/io/encodePng.js";
import { padChest } from "../../src/io/padChest.js";
import { sharedData } from "../shared-data.js";

const missing = sharedData === undefined ? " (skipped: ../shared/data is absent)" : "";

const folder = mkdtempSync(join(tmpdir(), "radiolucent-padchest-"));
afterAll(() => rmSync(folder, { recursive: true }));

const tableName = "PADCHEST_chest_x_ray_images_labels_160K_01.02.19.csv.gz";

/** The table with the columns that are read, packed, and some files, of 16 bits. */
async function miniature(
  name: string,
  records: readonly (readonly string[])[],
  files: readonly string[],
): Promise<string> {
  const root = join(folder, name);
  mkdirSync(root);
  const lines = records.map((fields, i) => [`${i}`, ...fields].join());
  writeFileSync(
    join(root, tableName),
    gzipSync([",ImageID,ImageDir,PatientID,Projection,Report,Labels", ...lines, ""].join("\n")),
  );
  const png = await encodePng(ndarray(new Uint16Array([0, 80, 4000, 65_535]), [2, 2]));
  for (const file of files) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), png);
  }
  return root;
}

const report = '"placa ""ap"",\nderrame"';

describe("padChest", () => {
  const records = [
    ["a.png", "0", "1", "PA", report, `"['pleural effusion', 'NSG tube']"`],
    ["b.png", "47", "1", "L", report, `"[""Kerley's lines"", '']"`],
    ["c.png", "47", "2", "PA", report, "['normal']"],
    ["d.png", "3", "3", "PA", report, ""],
  ];

  it("finds images in the numbered folders or anywhere, drops records without one and counts them", async () => {
    const root = await miniature("whole", records, ["images/0/a.png", "images/47/b.png", "flat/d.png"]);
    const { studies, labels, labelSets, account } = await padChest({ root });
    expect(studies.map(({ path }) => path)).toEqual(
      ["images/0/a.png", "images/47/b.png", "flat/d.png"].map((file) => join(root, file)),
    );
    expect(Array.from(labels.values.data)).toEqual([
      ...[1, 0, 0, 0, 0],
      ...[0, 0, 0, 0, 0],
      ...Array(5).fill(Number.NaN),
    ]);
    expect(labelSets!.tubes!.values.get(0, 1)).toBe(1);
    expect(studies[1]!.findings).toEqual(["Kerley's lines"]);
    expect(account).toMatchObject({
      rowsRead: 4,
      rowsKept: 3,
      dropped: [{ reason: `no image file in "${root}"`, count: 1, examples: ["c.png"] }],
    });
    await checkDataset(() => padChest({ root }), { images: 3 });
  });

  it("takes the folder that the table names where two hold an image of one name", async () => {
    const root = await miniature("two", records, ["0/a.png", "47/a.png"]);
    expect((await padChest({ root })).studies.map(({ path }) => path)).toEqual([join(root, "0/a.png")]);
  });

  it("leaves out what options say and the images of invalid_images.txt, before it looks for files", async () => {
    const root = await miniature("options", records, ["0/a.png"]);
    writeFileSync(join(root, "invalid_images.txt"), "c.png\n");
    const { account } = await padChest({
      root,
      projections: ["PA"],
      dropUnlabelled: true,
      missingImages: "error",
    });
    expect(account.dropped.map(({ reason, examples }) => [reason, examples])).toEqual([
      ["projection L", ["b.png"]],
      ["invalid image", ["c.png"]],
      ["no labels", ["d.png"]],
    ]);
  });

  it("opens all classes twice alike", async () => {
    const root = await miniature("all", records, []);
    const options = { tables: { entries: join(root, tableName) }, classes: "all" } as const;
    await checkDataset(() => padChest(options), { images: 0 });
    expect((await padChest(options)).labels.classes).toEqual([
      "Kerley's lines",
      "NSG tube",
      "pleural effusion",
    ]);
  });

  it.skipIf(sharedData === undefined)(
    `keeps the ids and folders of 1,011 real images${missing}`,
    async () => {
      const annotations = readFileSync(join(sharedData!, "annotations/Annotations_aggregated.csv"), "utf8");
      const lines = annotations.trim().split("\n").slice(1);
      const ids = lines.map((line) => line.split(",").slice(1, 3) as [string, string]);
      const root = await miniature(
        "real",
        ids.map(([id, dir], i) => [id, dir, `${i}`, "PA", "", "['chest drain tube']"]),
        ids.slice(0, 3).map(([id, dir]) => `${dir}/${id}`),
      );
      const { studies, account } = await padChest({ root });
      expect(studies.map(({ imageId, imageDir }) => [imageId, imageDir])).toEqual(ids.slice(0, 3));
      expect(studies.map(({ path }) => path)).toEqual(
        ids.slice(0, 3).map(([id, dir]) => join(root, dir, id)),
      );
      expect(account).toMatchObject({ rowsRead: 1011, rowsKept: 3, dropped: [{ count: 1008 }] });
    },
  );
});
