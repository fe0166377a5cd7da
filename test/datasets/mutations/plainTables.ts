import { csvDefinition } from "../../../src/datasets/csvDataset.js";
import { lungSegmentationDefinition } from "../../../src/datasets/lungSegmentation.js";
import { type MutationCase, note, type Said, table, zeroOne } from "./mutationCase.js";

export const csvCase: MutationCase = {
  name: "csvDataset",
  definition: csvDefinition(
    {
      imageColumn: "file",
      patientColumn: "person",
      classes: ["x", "y"],
      values: { "-1": Number.NaN, no: 0 },
    },
    "rows",
  ),
  words: ["0", "1", "1.0", "-1", "no", "a.png"],
  tables: {
    rows: table(`file,x,person,y,note
        a.png,1,p1,0,
        b.png,0.0,p1,-1,n
        c.png,no,p2,1.0,`),
  },
  said({ rows }) {
    const images = new Map<string, Said>();
    const label = (text = "") => (text === "-1" ? null : text === "no" ? 0 : zeroOne(text));
    for (const { file, x, person, y } of rows!)
      note(images, file, { patientId: person!, labels: [label(x), label(y)] });
    return images;
  },
};

export const lungIndexCase: MutationCase = {
  name: "lungSegmentation, the index",
  definition: lungSegmentationDefinition({ layout: "index" }),
  words: ["a.png", "PA"],
  tables: {
    index: table(`id,patientid,view,finding
        a.png,1,PA,
        b.png,1,AP,Tuberculosis
        c.png,2,,`),
  },
  said({ index }) {
    const images = new Map<string, Said>();
    for (const { id, patientid } of index!) note(images, id, { patientId: patientid!, labels: [] });
    return images;
  },
};
