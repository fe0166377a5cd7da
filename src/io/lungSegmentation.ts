import { access, readFile } from "node:fs/promises";
import { join } from "node:path";
import { readClinicalReading } from "../datasets/clinicalReading.js";
import {
  type LungSegmentationOptions,
  type LungStudy,
  lungSegmentationDefinition,
  noMaskRule,
} from "../datasets/lungSegmentation.js";
import type { Dataset } from "../labels/dataset.js";
import { type FileIndex, fileIndex } from "./fileIndex.js";
import { openDataset, type ReadOptions } from "./openDataset.js";

/**
 * Reads films with lung masks: the Montgomery and Shenzhen sets, JSRT with the SCR masks, or any folder of images with a
 * folder of masks. Without `layout` the files say which it is; a folder with index.csv has the layout "index". What each
 * layout is, `lungSegmentationDefinition` says. Text files in folders named ClinicalReadings, as Montgomery and Shenzhen
 * have them, give sex, age and reading.
 *
 * ```ts
 * const dataset = await lungSegmentation({ root: "MontgomerySet" });
 * const { Lungs } = await loadStudyMasks(dataset, dataset.studies[0]);
 * ```
 *
 * @throws TableError and ArgumentError as `openDataset` does; ArgumentError also for a film that is there twice
 */
export async function lungSegmentation(
  options: LungSegmentationOptions & ReadOptions & { readonly root: string },
): Promise<Dataset<LungStudy>> {
  const { root, missingImages, signal } = options;
  const layout = options.layout ?? ((await hasIndex(root)) ? "index" : undefined);
  const definition = lungSegmentationDefinition({ ...options, ...(layout && { layout }) });
  const dataset = await openDataset(definition, {
    root,
    ...(missingImages && { missingImages }),
    ...(signal && { signal }),
  });
  if (layout === "index") return withMaskCount(dataset);
  return withReadings(dataset, await fileIndex(root, "root", signal), signal);
}

async function hasIndex(root: string): Promise<boolean> {
  const present = await Promise.all(
    ["index.csv", "index.csv.gz"].map((name) =>
      access(join(root, name)).then(
        () => true,
        () => false,
      ),
    ),
  );
  return present.includes(true);
}

/** Counts the films without masks, which are known only now that the files were looked for. */
function withMaskCount(dataset: Dataset<LungStudy>): Dataset<LungStudy> {
  const count = dataset.studies.filter(({ maskPaths }) => maskPaths === undefined).length;
  return withChange(dataset, noMaskRule, count);
}

async function withReadings(
  dataset: Dataset<LungStudy>,
  index: FileIndex,
  signal: AbortSignal | undefined,
): Promise<Dataset<LungStudy>> {
  const studies: LungStudy[] = [];
  let unread = 0;
  for (const study of dataset.studies) {
    signal?.throwIfAborted();
    const file = index.find(`ClinicalReadings/${study.imageId}.txt`);
    const reading = file === undefined ? {} : readClinicalReading(await readFile(file, "utf8"));
    if (file && (reading.sex === undefined || reading.ageYears === undefined)) unread++;
    studies.push({ ...study, ...reading });
  }
  return withChange({ ...dataset, studies }, "clinical reading whose sex or age was not understood", unread);
}

function withChange(dataset: Dataset<LungStudy>, rule: string, count: number): Dataset<LungStudy> {
  if (count === 0) return dataset;
  const { account } = dataset;
  return { ...dataset, account: { ...account, changed: [...account.changed, { rule, count }] } };
}
