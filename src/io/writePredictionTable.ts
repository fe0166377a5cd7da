import { basename, dirname } from "node:path";
import type { NdArray } from "ndarray";
import { ArgumentError } from "../errors.js";
import { columnsOf } from "../matrix.js";
import { csvText } from "./csvText.js";
import {
  imageColumn,
  type PredictionTable,
  patientColumn,
  predictionColumn,
  predictionOf,
} from "./predictionTable.js";
import { replaceFiles } from "./replaceFiles.js";
import { shortestFloat } from "./shortestFloat.js";

/**
 * Writes the predictions of several runs as one CSV file (RFC 4180), one row an image: `imageId`, `patientId` if all
 * studies have one, the label of each class under the class's name (1, 0, or NaN for unknown), and for each class and run
 * the probability, under `preds_<class>_model<run>`, runs counted from 1. The columns are those of the analyses of
 * trer2547/LabelReliability_and_PathologyDetection_in_ChestXrays, but for the first two.
 *
 * Each probability is the shortest decimal number that gives the same float32, so {@link readPredictionTable} gives back
 * the same bits. A file of that name is replaced as a whole.
 *
 * @param file its folder is made where it is absent
 * @param predictions as `predictRuns` gives them; those of `predict`, of one model, as `combineRuns([predictions])`
 * @throws ArgumentError without a run, when matrices do not fit the studies and classes, when two columns would have one
 *   name, or for an id with space around it
 */
export async function writePredictionTable(file: string, predictions: PredictionTable): Promise<void> {
  await replaceFiles(dirname(file), { [basename(file)]: csvText(recordsOf(predictions)) });
}

function* recordsOf({ classes, studies, labels, runs }: PredictionTable): Generator<(string | number)[]> {
  if (runs.length === 0) throw new ArgumentError("predictions.runs", "is empty; expected at least one run");
  const patients = studies.every(({ patientId }) => patientId !== undefined);
  const header = [imageColumn, ...(patients ? [patientColumn] : []), ...classes];
  for (const name of classes) header.push(...runs.map((_, r) => predictionColumn(name, r)));
  const twice = header.find((name, i) => header.indexOf(name) < i) ?? classes.find(predictionOf);
  if (twice !== undefined) {
    throw new ArgumentError(
      "predictions.classes",
      `give the column "${twice}" two meanings; rename the class`,
    );
  }
  const columns = (matrix: NdArray<Float32Array>, argument: string) => {
    if (`${matrix.shape}` !== `${[studies.length, classes.length]}`) {
      throw new ArgumentError(
        argument,
        `has shape [${matrix.shape}]; expected [${[studies.length, classes.length]}]`,
      );
    }
    return columnsOf(matrix, argument).columns;
  };
  const known = columns(labels.values, "predictions.labels");
  const predicted = runs.map((run, r) => columns(run.probabilities, `predictions.runs[${r}].probabilities`));
  const padded = studies.find(({ imageId, patientId = "" }) =>
    [imageId, patientId].some((id) => id !== id.trim()),
  );
  if (padded !== undefined) {
    throw new ArgumentError("predictions.studies", `have space around an id, of image "${padded.imageId}"`);
  }
  yield header;
  for (const [s, { imageId, patientId = "" }] of studies.entries()) {
    const row = [
      imageId,
      ...(patients ? [patientId] : []),
      ...known.map((column) => shortestFloat(column[s]!)),
    ];
    classes.forEach((_, c) => {
      row.push(...predicted.map((run) => shortestFloat(run[c]![s]!)));
    });
    yield row;
  }
}
