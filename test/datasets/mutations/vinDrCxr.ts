import { vinDrCxrDefinition } from "../../../src/datasets/vinDrCxr.js";
import { vinBigDataFindings, vinDrCxrFindings } from "../../../src/labels/vinDrCxrFindings.js";
import {
  box,
  corners,
  fromCorners,
  groups,
  type MutationCase,
  majority,
  note,
  number,
  refuse,
  type Said,
  sides,
  table,
  zeroOne,
} from "./mutationCase.js";

export const contestCase: MutationCase = {
  name: "vinDrCxr, the contest",
  definition: vinDrCxrDefinition(),
  words: ["No finding", "ILD", "Nodule/Mass", "5", "8", "14", "R1", "R2", "a", "10"],
  tables: {
    annotations: table(`image_id,class_name,class_id,rad_id,x_min,y_min,x_max,y_max,width,height
        a,Nodule/Mass,8,R1,10,20,30,50,512,600
        a,ILD,5,R2,0,0,5.5,4,512,600
        a,Nodule/Mass,8,R2,10,20,30,50,512,600
        a,No finding,14,R3,,,,,512,600
        b,No finding,14,R1,,,,,,
        b,Other lesion,9,R2,1,1,2,2,,
        b,No finding,14,R4,,,,,,`),
  },
  said({ annotations }) {
    const names = [...vinBigDataFindings, "No finding"];
    const readers = [...new Set(annotations!.map(({ rad_id }) => rad_id || refuse()))];
    const images = new Map<string, Said>();
    for (const [at, records] of groups(annotations!, ({ image_id }) => image_id)) {
      const boxes: string[] = [];
      for (const { width, height } of records) {
        const other = records.find(
          (one) =>
            one.width && one.height && width && height && (one.width !== width || one.height !== height),
        );
        // Equal numbers may be spelt in two ways.
        if (other && (number(other.width) !== number(width) || number(other.height) !== number(height)))
          refuse();
      }
      const votesOf = (reader: string) => {
        const own = records.filter(({ rad_id }) => rad_id === reader);
        if (own.length === 0) return vinBigDataFindings.map(() => null);
        for (const record of own) {
          const { class_name: named, class_id: id } = record;
          if (!names.includes(named!) || (id && number(id) !== names.indexOf(named!))) refuse();
          if (named !== "No finding") boxes.push(box(named!, reader, fromCorners(sides(record, corners))));
          else if (own.length > 1 || corners.some((corner) => record[corner] !== "")) refuse();
        }
        return vinBigDataFindings.map((finding) => (own.some((one) => one.class_name === finding) ? 1 : 0));
      };
      const sets = Object.fromEntries(readers.map((reader) => [reader, votesOf(reader)]));
      const labels = vinBigDataFindings.map((_, c) =>
        majority(Object.values(sets).map((votes) => votes[c]!)),
      );
      note(images, at, { patientId: at, labels, sets, boxes });
    }
    return images;
  },
};

export const physioNetCase: MutationCase = {
  name: "vinDrCxr of PhysioNet",
  definition: vinDrCxrDefinition({ edition: "physionet-train" }),
  joins: { boxes: ["image_id", "image_id"] },
  words: ["0", "1", "1.0", "", "R1", "R2", "ILD", "No finding", "a"],
  tables: {
    boxes: table(`image_id,rad_id,class_name,x_min,y_min,x_max,y_max
        a,R1,ILD,10,20,30,50
        a,R2,No finding,,,,
        z,R2,No finding,,,,`),
    labels: [
      ["image_id", "rad_id", ...vinDrCxrFindings, "No finding"],
      ...["a,R1", "a,R2", "a,R3", "b,R1", "b,R3"].map((ids, i) => [
        ...ids.split(","),
        ...vinDrCxrFindings.map((finding, c) =>
          finding === "ILD" && i < 2 ? "1" : c === 3 && i === 2 ? "" : "0",
        ),
        i < 2 ? "0" : "1",
      ]),
    ],
  },
  said({ boxes, labels }) {
    const images = new Map<string, Said>();
    const readers = [...new Set(labels!.map(({ rad_id }) => rad_id || refuse()))];
    const vote = (text = "") => (text === "" ? null : zeroOne(text));
    const drawn = boxes!.map((record) => {
      const named = record.class_name === "Other disease" ? "Other diseases" : record.class_name!;
      if (named === "No finding") return { at: record.image_id, text: undefined };
      if (!(vinDrCxrFindings as readonly string[]).includes(named)) refuse();
      return { at: record.image_id, text: box(named, record.rad_id!, fromCorners(sides(record, corners))) };
    });
    for (const [at, records] of groups(labels!, ({ image_id }) => image_id)) {
      const votesOf = (reader: string) => {
        const own = records.filter(({ rad_id }) => rad_id === reader);
        if (own.length > 1) refuse();
        return vinDrCxrFindings.map((finding) => (own[0] ? vote(own[0][finding]) : null));
      };
      for (const record of records) vote(record["No finding"]);
      const sets = Object.fromEntries(readers.map((reader) => [reader, votesOf(reader)]));
      const here = drawn.filter((one) => one.at === at);
      note(images, at, {
        patientId: at,
        labels: vinDrCxrFindings.map((_, c) => majority(Object.values(sets).map((votes) => votes[c]!))),
        sets,
        ...(here.length > 0 && { boxes: here.flatMap(({ text }) => text ?? []) }),
        split: "train",
      });
    }
    return images;
  },
};
