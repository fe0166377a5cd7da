import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { perceptualHash } from "radiolucent/images";
import { type Dataset, type ImageFingerprint, labelMatrix, mergeDatasets } from "radiolucent/labels";
import { decodeImage } from "radiolucent/node";
import { auditLeakage, splitByField } from "radiolucent/splits";
import { describe, expect, test } from "vitest";
import { sharedData } from "../shared-data.js";

/** Images of a folder as a dataset in which each is a patient of its own, so that no patient id gives them away. */
function folder(name: string, files: readonly string[]): Dataset {
  return {
    name,
    studies: files.map((file) => ({
      imageId: file,
      patientId: `${name} ${file}`,
      path: `${sharedData}${name}/images/${file}`,
    })),
    labels: labelMatrix(
      ["Effusion"],
      files.map(() => [NaN]),
    ),
    account: { rowsRead: files.length, rowsKept: files.length, dropped: [], changed: [] },
  };
}

async function fingerprint(path: string): Promise<ImageFingerprint> {
  const image = await decodeImage(path);
  const [height, width] = image.pixels.shape;
  const pixels = createHash("sha256").update(`${height} ${width}`).update(image.pixels.data).digest("hex");
  return { pixels, perceptual: perceptualHash(image) };
}

describe.skipIf(sharedData === undefined)("films in two datasets (skipped: ../shared/data is absent)", () => {
  test("the 40 films of nih-1024 are found among those of nih-256, a quarter of the size, and no others", async () => {
    const originals = readdirSync(`${sharedData}nih-1024/images`);
    const others = readdirSync(`${sharedData}nih-256/images`).filter((file) => !originals.includes(file));
    const merged = mergeDatasets({
      original: folder("nih-1024", originals),
      small: folder("nih-256", [...originals, ...others.slice(0, 80)]),
    });
    const fingerprints = new Map<string, ImageFingerprint>();
    for (const { imageId, path } of merged.studies) fingerprints.set(imageId, await fingerprint(path!));
    const { sets } = splitByField(merged, "source");
    const audit = auditLeakage(sets, { fingerprints });
    expect(audit.clean).toBe(true);
    expect(audit.sets.map((set) => set.fingerprints)).toEqual([40, 120]);
    const expected = originals.map((file) => `original/${file} small/${file}`);
    expect(audit.suspects.map(({ reason, count }) => [reason, count])).toEqual([
      ["near-duplicate", 40],
      ["file name", 40],
    ]);
    for (const { pairs } of audit.suspects) {
      expect(pairs.map(({ images }) => images.join(" ")).sort()).toEqual(expected);
    }
  });
});
