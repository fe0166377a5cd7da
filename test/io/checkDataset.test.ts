import ndarray from "ndarray";
import { describe, expect, it } from "vitest";
import { isRadiolucentError } from "../../src/errors.js";
import { checkDataset } from "../../src/io/checkDataset.js";
import type { Dataset, Study } from "../../src/labels/dataset.js";
import { labelMatrix } from "../../src/labels/labelMatrix.js";
import { phantomDataset } from "../../src/phantom/phantomDataset.js";

const sound = phantomDataset({ patients: 3, size: 32, findings: ["Effusion"], seed: 2 });
const [first, second] = sound.studies;

async function problemsOf(changes: Partial<Dataset<Study>>): Promise<string> {
  const error = await checkDataset({ ...(sound as Dataset<Study>), ...changes }).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isRadiolucentError(error, "argument")) throw error ?? new Error("no error was thrown");
  return error.message;
}

const withFirst = (changes: Partial<Study>) => ({
  studies: [{ ...first!, ...changes }, ...sound.studies.slice(1)],
});

describe("checkDataset", () => {
  it("passes a sound dataset and says what it looked at", async () => {
    const check = await checkDataset(() => phantomDataset({ patients: 3, size: 32, seed: 2 }), { images: 2 });
    expect(check.studies).toBe(phantomDataset({ patients: 3, size: 32, seed: 2 }).studies.length);
    expect([check.images, check.masks]).toEqual([2, 12]);
  });

  it.each<[string, Partial<Dataset<Study>>]>([
    ["its imageId stands twice", withFirst({ imageId: second!.imageId })],
    ["has no patientId", withFirst({ patientId: " " })],
    ["is 414 years old", withFirst({ ageYears: 414 })],
    ["pixelSpacingMm of [0,1]", withFirst({ pixelSpacingMm: [0, 1] })],
    [
      "a box outside of it",
      withFirst({ boxes: [{ finding: "Effusion", x: 30, y: 0, width: 5, height: 5 }] }),
    ],
    [
      'has the box {"finding":"Effusion","x":0,"y":0,"width":5,"height":0}',
      withFirst({ boxes: [{ finding: "Effusion", x: 0, y: 0, width: 5, height: 0 }] }),
    ],
    ['the mask "Spine", which is not in maskNames', withFirst({ maskPaths: { Spine: [] } })],
    ["labels has shape [1,1]", { labels: labelMatrix(["Effusion"], [[1]]) }],
    [
      "uncertain and yet not NaN",
      {
        uncertain: labelMatrix(
          ["Effusion"],
          sound.studies.map(() => [1]),
        ),
      },
    ],
    [
      "is NaN in uncertain",
      {
        uncertain: labelMatrix(
          ["Effusion"],
          sound.studies.map(() => [Number.NaN]),
        ),
      },
    ],
    [
      'its path "/films/1.png" stands twice',
      { studies: sound.studies.map((study) => ({ ...study, path: "/films/1.png" })) },
    ],
    ["second has shape [0,1]", { labelSets: { second: labelMatrix(["Effusion"], []) } }],
    ["reads 99 rows", { account: { ...sound.account, rowsRead: 99 } }],
    [
      `drops "${first!.imageId}" (blurred), which is a study`,
      {
        account: {
          ...sound.account,
          rowsRead: sound.studies.length + 1,
          dropped: [{ reason: "blurred", count: 1, examples: [first!.imageId] }],
        },
      },
    ],
    [
      "holds 300, outside its range",
      { loadImage: () => ({ pixels: ndarray(new Uint16Array(4).fill(300), [2, 2]), range: [0, 255] }) },
    ],
    ['its mask "Lungs" [2,2]', { loadMasks: () => ({ Lungs: ndarray(new Uint8Array(4), [2, 2]) }) }],
    [
      'mask "Lungs" of image',
      { loadMasks: () => ({ Lungs: ndarray(new Uint8Array(1024).fill(255), [32, 32]) }) },
    ],
    ["does not load", withFirst({ path: "/nowhere/at/all.png" })],
  ])("says that %s", async (words, changes) => {
    expect(await problemsOf(changes)).toContain(words);
  });

  it("says in what two openings differ", async () => {
    let seed = 0;
    const open = () => phantomDataset({ patients: 2, size: 32, seed: seed++ });
    await expect(checkDataset(open)).rejects.toThrow(/opened twice, it differs in studies, labels/);
  });

  it("lists all faults of a dataset at once", async () => {
    const message = await problemsOf({
      ...withFirst({ patientId: "", ageYears: -1 }),
      labelSets: { a: sound.labels, b: labelMatrix([], []) },
    });
    expect(message.match(/\n- /g)).toHaveLength(3);
  });
});
