import { type Dataset, type DefinedDataset, defineDataset, type Study } from "radiolucent";
import { type DatasetPlace, openDataset, type ReadOptions } from "radiolucent/node";

/** What the folders and names tell: any pneumonia, and which. */
export const kermanyFindings = ["Pneumonia", "Bacterial_pneumonia", "Viral_pneumonia"] as const;

/** Labels by the kind that a name tells; a name may tell none. */
const labelsOf: Readonly<Record<string, readonly number[]>> = {
  normal: [0, 0, 0],
  bacteria: [1, 1, 0],
  virus: [1, 0, 1],
  pneumonia: [1, Number.NaN, Number.NaN],
};

/**
 * The names that films have in each folder; two forms of them are about. The short numbers count the children of each folder
 * anew, so what stands before them is a part of the patient: person1 is not IM-0001.
 */
const namesIn: Readonly<Record<string, readonly RegExp[]>> = {
  NORMAL: [/^(?:NORMAL2-)?(?<patient>IM-\d+)-/, /^(?<kind>NORMAL)-(?<patient>\d+)-/],
  PNEUMONIA: [
    /^(?<patient>person\d+)_(?:(?<kind>bacteria|virus)_)?/,
    /^(?<kind>BACTERIA|VIRUS)-(?<patient>\d+)-/,
  ],
};

/**
 * Chest X-rays of children with and without pneumonia (Kermany et al., Cell 2018; Mendeley Data rscbjbr9sj, CC BY 4.0). There
 * is no table: the folders NORMAL and PNEUMONIA are the labels, a folder train, val or test above them is the study's `split`,
 * and names tell the patient and most often the kind of pneumonia, which is unknown (NaN) otherwise. Files of other
 * folders and other names are counted in `account.dropped`.
 *
 * Where it is not told whether two are one child, as of "person1" of train and of test, or of "IM-0001" and
 * "NORMAL2-IM-0001", they count as one: a split by patient may then keep together what need not be, but nothing leaks.
 */
export function kermanyPneumoniaDefinition(): DefinedDataset {
  return defineDataset({
    name: "Kermany's children",
    tables: {},
    idColumns: { image: "path", patient: "path" },
    imageFiles: ({ imageId }) => [imageId],
    read: () => ({
      classes: kermanyFindings,
      tables: {},
      *files(paths, report) {
        for (const path of paths) {
          const [name = "", folder = "", above = ""] = path.split("/").reverse();
          const film = (namesIn[folder] ?? []).map((names) => names.exec(name)?.groups).find(Boolean);
          if (film === undefined || !/\.(jpe?g|png)$/i.test(name)) {
            const reason =
              folder in namesIn ? `no name of a film in ${folder}` : "in neither NORMAL nor PNEUMONIA";
            report.drop("files", reason, path);
            continue;
          }
          const kind = folder === "NORMAL" ? "normal" : (film.kind?.toLowerCase() ?? "pneumonia");
          const split = /^(train|val|test)$/.test(above) ? { split: above } : {};
          const study: Study = { imageId: path, patientId: film.patient!, ...split };
          yield { study, labels: labelsOf[kind]! };
        }
      },
    }),
  });
}

/**
 * Reads the dataset, whole or in part.
 *
 * ```ts
 * const dataset = await kermanyPneumonia({ root: "chest_xray" });
 * const sets = splitByPatient(dataset, { fractions: { train: 0.8, test: 0.2 }, seed: 1 });
 * ```
 *
 * @throws ArgumentError as `openDataset` does
 */
export function kermanyPneumonia(place: DatasetPlace & ReadOptions): Promise<Dataset> {
  return openDataset(kermanyPneumoniaDefinition(), place);
}
