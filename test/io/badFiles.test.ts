import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readDicom } from "../../src/dicom/readDicom.js";
import { isRadiolucentError } from "../../src/errors.js";
import { chestXray14 } from "../../src/io/chestXray14.js";
import { csvDataset } from "../../src/io/csvDataset.js";
import { decodeImage } from "../../src/io/decodeImage.js";
import { folderDataset } from "../../src/io/folderDataset.js";
import { lungSegmentation } from "../../src/io/lungSegmentation.js";
import { siimPneumothorax } from "../../src/io/siimPneumothorax.js";
import { sharedData } from "../shared-data.js";

const missing = sharedData === undefined ? " (skipped: ../shared/data is absent)" : "";
const folder = join(sharedData ?? "", "bad");
const files = sharedData === undefined ? [] : readdirSync(folder);

/** Files that a reader takes; all others are a typed error that names the file, whatever the reader expects. */
const readable: Readonly<Record<string, readonly string[]>> = {
  decodeImage: [],
  readDicom: [],
  chestXray14: ["entry-plain.csv", "entry-crlf-bom.csv"],
  csvDataset: ["quoted-commas.csv"],
  siimPneumothorax: [],
};

const readers: Readonly<Record<string, (path: string) => Promise<unknown>>> = {
  decodeImage: (path) => decodeImage(path),
  readDicom: async (path) => readDicom(readFileSync(path), { file: path }),
  chestXray14: (path) => chestXray14({ csv: path }),
  csvDataset: (path) =>
    csvDataset({ csv: path, imageColumn: "image", patientColumn: "patient", classes: [] }),
  siimPneumothorax: (path) => siimPneumothorax({ rle: path }),
};

describe.skipIf(sharedData === undefined)(`every broken or awkward file${missing}`, () => {
  it.each(Object.keys(readers).flatMap((reader) => files.map((file) => [reader, file] as const)))(
    "%s of %s: what it says it reads, or a typed error that names the file",
    async (reader, file) => {
      const path = join(folder, file);
      const outcome = await readers[reader]!(path).then(
        () => "read",
        (error: unknown) => error,
      );
      if (readable[reader]!.includes(file)) expect(outcome).toBe("read");
      else {
        if (!isRadiolucentError(outcome)) throw outcome;
        expect(outcome.message).toContain(file);
      }
    },
  );

  it("a folder of them as a dataset: an error that says what is missing, or every file accounted for", async () => {
    await expect(lungSegmentation({ root: folder })).rejects.toSatisfy((error) => isRadiolucentError(error));
    await expect(folderDataset({ root: folder })).rejects.toSatisfy((error) => isRadiolucentError(error));
  });
});
