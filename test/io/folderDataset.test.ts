import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkDataset } from "../../src/io/checkDataset.js";
import { folderDataset } from "../../src/io/folderDataset.js";
import { loadStudyImage } from "../../src/io/loadStudyImage.js";
import { sharedData } from "../shared-data.js";
import { temporaryFolders } from "./temporaryFolder.js";

const missing = sharedData === undefined ? " (skipped: ../shared/data is absent)" : "";
const folderOf = temporaryFolders();

describe("folderDataset", () => {
  it("gives each image the path of its own class, where another class has an image of the same name", async () => {
    const root = folderOf({ "A/1.png": "", "B/1.png": "", "B/notes.txt": "" });
    const { studies, account, name } = await folderDataset({ root, name: "hospital" });
    expect(name).toBe("hospital");
    expect(studies.map(({ imageId, path }) => [imageId, path])).toEqual([
      ["A/1.png", join(root, "A/1.png")],
      ["B/1.png", join(root, "B/1.png")],
    ]);
    expect(account.dropped).toMatchObject([{ count: 1, examples: ["B/notes.txt"] }]);
  });

  it("refuses a folder that is absent", async () => {
    await expect(folderDataset({ root: join(folderOf({}), "nowhere") })).rejects.toThrow(
      /^root: there is no folder/,
    );
  });

  it("ends with the signal's reason", async () => {
    const reason = new Error("stopped");
    const root = folderOf({ "A/1.png": "" });
    await expect(folderDataset({ root, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

describe.skipIf(sharedData === undefined)(`Kermany's children${missing}`, () => {
  it("reads 30 films with and 30 without pneumonia, and the patients of their names", async () => {
    const root = join(sharedData!, "kermany-sample");
    const dataset = await folderDataset({ root, negative: "NORMAL", patientOf: /person\d+|IM-\d+/ });
    await checkDataset(dataset);
    expect(dataset.labels.classes).toEqual(["PNEUMONIA"]);
    const values = dataset.labels.values.data;
    expect([values.length, values.reduce((sum, value) => sum + value, 0)]).toEqual([60, 30]);
    expect(dataset.account).toEqual({ rowsRead: 60, rowsKept: 60, dropped: [], changed: [] });
    const films = new Map<string, number>();
    for (const { patientId } of dataset.studies) films.set(patientId, (films.get(patientId) ?? 0) + 1);
    expect(films.size).toBe(47);
    expect(films.get("person155")).toBe(3);
    const { pixels } = await loadStudyImage(dataset, dataset.studies[0]!);
    expect(pixels.shape).toHaveLength(2);
  });
});
