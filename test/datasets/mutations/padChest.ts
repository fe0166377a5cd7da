import { padChestDefinition } from "../../../src/datasets/padChest.js";
import { type MutationCase, note, refuse, type Said, table } from "./mutationCase.js";

export const padChestCase: MutationCase = {
  name: "padChest",
  definition: padChestDefinition({ classes: ["Effusion", "nodule"] }),
  joins: { invalidImages: ["name", "ImageID"] },
  words: [
    "['nodule']",
    "['normal', 'nodule']",
    "[]",
    "['Pleural Effusion ']",
    "['pleural efusion']",
    "['exclude']",
  ],
  tables: {
    invalidImages: table("5.png"),
    entries: table(`,ImageID,ImageDir,StudyDate_DICOM,PatientID,PatientBirth,Projection,Labels
        0,1.png,0,20140915,11,1941.0,PA,['pleural effusion'; 'NSG tube']
        1,2.png,0,20140916,11,1941.0,L,['normal']
        2,3.png,3,20140917,12,,PA,['nodule'; 'unchanged']
        3,4.png,3,20140918,13,nan,PA,['suboptimal study']
        4,5.png,3,20140918,13,nan,PA,['nodule']
        5,6.png,3,20140918,14,nan,PA,`).map((row) => row.map((cell) => cell.replaceAll(";", ","))),
  },
  said({ invalidImages, entries }) {
    const images = new Map<string, Said>();
    const missing = (text = "") => (["nan", "None"].includes(text) ? "" : text);
    for (const record of entries!) {
      const text = record.Labels === "nan" ? "" : record.Labels!;
      if (!/^(\[('[^']*'(, ?'[^']*')*)?\])?$/.test(text)) refuse();
      const at = missing(record.ImageID);
      if (at !== "" && invalidImages!.some(({ name }) => name === at)) continue;
      const words = [...text.matchAll(/'([^']*)'/g)].map((match) => match[1]!.trim().toLowerCase());
      const findings = words.filter(
        (word) => !["normal", "exclude", "suboptimal study", "unchanged"].includes(word),
      );
      const known = words.includes("normal") || (findings.length > 0 && !words.includes("unchanged"));
      const labelsOf = (classes: readonly string[]) =>
        classes.map((word) => {
          if (words.includes("exclude")) return null;
          if (words.includes(word)) return 1;
          if (word === "pleural effusion" && words.includes("pleural efusion")) return null;
          return known ? 0 : null;
        });
      const labels = labelsOf(["pleural effusion", "nodule"]);
      const tubes = labelsOf(["chest drain tube", "nsg tube", "endotracheal tube", "tracheostomy tube"]);
      note(images, at, { patientId: missing(record.PatientID), labels, sets: { tubes } });
    }
    return images;
  },
};
