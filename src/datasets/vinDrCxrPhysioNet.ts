import type { AggregationRule } from "../labels/aggregateVotes.js";
import type { FindingBox } from "../labels/dataset.js";
import { vinDrCxrFindings } from "../labels/vinDrCxrFindings.js";
import { readBox } from "./box.js";
import type { DatasetDefinition, DatasetReader } from "./defineDataset.js";
import { gatheredByImage } from "./gatheredByImage.js";
import { joinedByImage } from "./joinedByImage.js";
import { type ReaderVotes, type ReadStudy, readerStudies } from "./readerVotes.js";
import type { TableRow } from "./tableRecords.js";

const corners = { left: "x_min", top: "y_min", right: "x_max", bottom: "y_max" } as const;
const none = "No finding";

/** The training tables say "Other diseases", those of the test set "Other disease". */
const last = "Other diseases";
const lastInTest = "Other disease";

/** The tables of VinDr-CXR as PhysioNet has them; see `vinDrCxrDefinition`. */
export function physioNetTables(
  edition: "physionet-train" | "physionet-test",
  aggregate: AggregationRule,
): Pick<DatasetDefinition<ReadStudy>, "tables" | "read"> {
  const split = edition === "physionet-train" ? "train" : "test";
  return {
    tables: {
      boxes: {
        files: [`annotations_${split}.csv`],
        columns: ["image_id", "class_name", ...Object.values(corners)],
        optionalColumns: ["rad_id"],
        optional: true,
      },
      labels: {
        files: [`image_labels_${split}.csv`],
        columns: [
          "image_id",
          ...(split === "train" ? ["rad_id"] : []),
          ...vinDrCxrFindings.filter((finding) => finding !== last),
          none,
        ],
        optionalColumns: [last, lastInTest],
      },
    },
    read: () => physioNetReader(split, aggregate),
  };
}

function physioNetReader(split: "train" | "test", aggregate: AggregationRule): DatasetReader<ReadStudy> {
  const images = gatheredByImage<ReaderVotes>(() => ({ readers: new Map() }));
  const boxes = joinedByImage<FindingBox[]>();
  return {
    classes: vinDrCxrFindings,
    tables: {
      boxes(row) {
        const imageId = row.text("image_id");
        const drawn = boxes.get(imageId) ?? [];
        boxes.add("boxes", imageId, drawn);
        const named = row.text("class_name");
        if (named === none) return undefined;
        const finding = named === lastInTest ? last : named;
        if (!(vinDrCxrFindings as readonly string[]).includes(finding)) {
          row.fault("class_name", `"${named}" is not one of the ${vinDrCxrFindings.length} findings`);
        }
        const annotator = row.text("rad_id");
        const box = readBox(row, corners);
        if (box) drawn.push({ finding, ...box, ...(annotator !== "" && { annotator }) });
        return undefined;
      },
      labels(row) {
        const image = images.take(row, "image_id");
        if (image === undefined) return undefined;
        const reader = split === "test" ? "consensus" : row.text("rad_id");
        if (reader === "") row.fault("rad_id", "is empty; expected the reader's name");
        if (image.value.readers.has(reader)) {
          row.fault("image_id", `"${image.imageId}" has a record of ${reader} already`);
        }
        const votes = vinDrCxrFindings.map((finding) =>
          readVote(row, finding === last && !row.has(last) ? lastInTest : finding),
        );
        if (readVote(row, none) === 1 && votes.includes(1)) {
          row.change(`"${none}" beside a finding of the same reader: the finding counts`);
        }
        image.value.readers.set(reader, votes);
        return undefined;
      },
    },
    *finish(report) {
      for (const image of images) {
        const drawn = boxes.take(image.imageId);
        if (drawn) image.value.boxes = drawn;
      }
      yield* readerStudies(images, vinDrCxrFindings, aggregate, report, split);
      boxes.reportRest(report, "its image is not among the labels");
    },
  };
}

function readVote(row: TableRow, column: string): number {
  const text = row.text(column);
  if (/^[01](\.0+)?$/.test(text)) return Number(text);
  if (!row.has(column)) row.fault(column, `is absent from the header, and "${last}" too`);
  else if (text !== "") row.fault(column, `is "${text}"; expected 0, 1 or nothing`);
  return Number.NaN;
}
