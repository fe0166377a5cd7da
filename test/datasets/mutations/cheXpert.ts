import { cheXpertDefinition } from "../../../src/datasets/cheXpert.js";
import { mimicCxrDefinition } from "../../../src/datasets/mimicCxr.js";
import { cheXpertFindings } from "../../../src/labels/cheXpertFindings.js";
import { groups, type MutationCase, note, refuse, type Said, table } from "./mutationCase.js";

const cheXpertCell = (text = "") =>
  (({ "": null, "1.0": 1, "1": 1, "0.0": 0, "0": 0, "-1.0": "?", "-1": "?" }) as const)[
    text as "" | "1.0" | "1" | "0.0" | "0" | "-1.0" | "-1"
  ];
function cheXpertLabels(record: Readonly<Record<string, string>>): Said["labels"] {
  const none = record["No Finding"] ?? "";
  if (!["", "1.0", "1", "0.0", "0"].includes(none)) refuse();
  return cheXpertFindings.map((finding) => {
    const said = cheXpertCell(record[finding]);
    return said === undefined ? refuse() : said;
  });
}
const cheXpertRow = (cells: string) => [...cells.split(","), ...Array<string>(14).fill("")].slice(0, 14);

export const cheXpertCase: MutationCase = {
  name: "cheXpert",
  definition: cheXpertDefinition(),
  words: ["1.0", "0.0", "-1.0", "1", "Frontal", "Male", "patient00002/study1/view1_frontal.jpg"],
  tables: Object.fromEntries(
    (["train", "valid"] as const).map((set, s) => [
      set,
      [
        ["Path", "Sex", "Age", "Frontal/Lateral", "AP/PA", "No Finding", ...cheXpertFindings],
        ...[",1.0,-1.0", "1.0", ",,0.0,,,1.0", ""].map((cells, i) => [
          `CheXpert-v1.0/${set}/patient0000${i + 4 * s}/study1/view1_frontal.jpg`,
          ...["Female", `${i}8`, "Frontal", "AP"],
          ...cheXpertRow(cells),
        ]),
      ],
    ]),
  ),
  said(tables) {
    const images = new Map<string, Said>();
    for (const split of ["train", "valid"]) {
      for (const record of tables[split]!) {
        const inSet = /(?:^|[\\/])((patient\d+)[\\/].+)$/.exec(record.Path!) ?? refuse();
        const labels = cheXpertLabels(record);
        note(images, `${split}/${inSet[1]!.replaceAll("\\", "/")}`, {
          patientId: inSet[2]!,
          labels,
          split,
        });
      }
    }
    return images;
  },
};

export const mimicCxrCase: MutationCase = {
  name: "mimicCxr",
  definition: mimicCxrDefinition(),
  joins: { labels: ["study_id", "study_id"], splits: ["dicom_id", "dicom_id"] },
  words: ["1.0", "0.0", "-1.0", "101", "201", "202", "test", "a"],
  tables: {
    labels: [
      ["subject_id", "study_id", "No Finding", ...cheXpertFindings],
      ["101", "201", ...cheXpertRow(",1.0,-1.0")],
      ["101", "202", ...cheXpertRow("1.0")],
      ["109", "209", ...cheXpertRow("1.0")],
    ],
    splits: table(`dicom_id,study_id,subject_id,split
        a,201,101,train
        b,201,101,train
        c,203,103,test`),
    metadata: table(`dicom_id,subject_id,study_id,ViewPosition,Rows,Columns
        a,101,201,PA,3056,2544
        b,101,201,LATERAL,3056,2544
        c,103,203,,2022,1736
        d,101,202,AP,2022,1736`),
  },
  said({ labels, splits, metadata }) {
    const images = new Map<string, Said>();
    const id = (text = "") => (/^\d+$/.test(text) ? text : refuse());
    const ofStudy = groups(labels!, ({ study_id }) => id(study_id));
    const ofImage = groups(
      splits!.map((record) => ({ key: `=${record.dicom_id}`, record })),
      ({ key }) => key,
    );
    for (const same of [...ofStudy.values(), ...ofImage.values()]) if (same.length > 1) refuse();
    for (const record of labels!) cheXpertLabels(record);
    for (const { subject_id } of labels!) id(subject_id);
    for (const { subject_id, study_id, split } of splits!) {
      id(subject_id);
      id(study_id);
      if (!["train", "validate", "test"].includes(split!)) refuse();
    }
    for (const { dicom_id, subject_id, study_id } of metadata!) {
      const known = ofStudy.get(id(study_id))?.[0];
      const set = ofImage.get(`=${dicom_id}`)?.[0]?.record;
      if ([known, set].some((other) => other && other.subject_id !== subject_id)) refuse();
      if (set && set.study_id !== study_id) refuse();
      note(images, dicom_id, {
        patientId: id(subject_id),
        labels: known ? cheXpertLabels(known) : cheXpertFindings.map(() => null),
        ...(set && { split: set.split! }),
      });
    }
    return images;
  },
};
