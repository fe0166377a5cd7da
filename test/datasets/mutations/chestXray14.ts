import { chestXray14Definition } from "../../../src/datasets/chestXray14.js";
import { chestXray14Findings } from "../../../src/labels/chestXray14Findings.js";
import { box, groups, type MutationCase, note, refuse, type Said, sides, table } from "./mutationCase.js";

export const chestXray14Case: MutationCase = {
  name: "chestXray14",
  definition: chestXray14Definition(),
  joins: {
    boxes: ["Image Index", "Image Index"],
    google2019Test: ["Image Index", "Image Index"],
    trainList: ["name", "Image Index"],
    testList: ["name", "Image Index"],
  },
  words: [
    "Mass",
    "Effusion|Mass",
    "No Finding",
    "No Finding|Mass",
    "YES",
    "NO",
    "yes",
    "Infiltrate",
    "058Y",
    "Pneumo",
    "Mass|Hernia|",
  ],
  tables: {
    boxes: table(`Image Index,Finding Label,Bbox [x,y,w,h],,,
        1_0.png,Infiltrate,225.1,547.0,86.8,79.2
        1_0.png,Mass,1,2,3,4
        3_0.png,Nodule,0,0,5,5
        9_9.png,Nodule,0,0,5,5`),
    google2019Test: table(`Image Index,Fracture,Pneumothorax,Airspace opacity,Nodule or mass,Set Id
        1_0.png,YES,NO,NO,YES,test
        2_0.png,NO,NO,YES,NO,val`),
    trainList: table("1_0.png 0 1\n2_0.png 0 0"),
    testList: table("3_0.png"),
    entries:
      table(`Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age,Patient Gender,View Position,OriginalImage[Width,Height],OriginalImagePixelSpacing[x,y]
        1_0.png,Infiltration|Mass,0,1,57,M,PA,2682,2749,0.143,0.143
        1_1.png,No Finding,1,1,58,M,PA,2894,2729,0.143,0.143
        2_0.png,Effusion,0,2,011M,F,AP,2500,2048,0.168,0.168
        3_0.png,Nodule|Hernia,0,3,81,F,AP,2500,2048,0.171,0.171`),
  },
  said({ boxes, google2019Test, trainList, testList, entries }) {
    const images = new Map<string, Said>();
    const drawn = groups(
      boxes!.map((record) => ({ at: record["Image Index"], record })),
      () => "all",
    );
    const google = new Map<string, (0 | 1)[]>();
    for (const record of google2019Test!) {
      const at = record["Image Index"]!;
      if (google.has(at)) refuse();
      const cells = ["Fracture", "Pneumothorax", "Airspace opacity", "Nodule or mass"].map((f) => record[f]);
      google.set(
        at,
        cells.map((cell) => (cell === "YES" ? 1 : cell === "NO" ? 0 : refuse())),
      );
    }
    const splits = new Map<string, string>();
    for (const [split, list] of [
      ["train", trainList!],
      ["test", testList!],
    ] as const) {
      for (const { name } of list) {
        if (splits.has(name!)) refuse();
        splits.set(name!, split);
      }
    }
    const ofBoxes = (drawn.get("all") ?? []).map(({ at, record }) => {
      const finding = record["Finding Label"] === "Infiltrate" ? "Infiltration" : record["Finding Label"]!;
      if (!(chestXray14Findings as readonly string[]).includes(finding)) refuse();
      return { at, text: box(finding, "", sides(record, ["Bbox [x", "y", "w", "h]"])) };
    });
    for (const record of entries!) {
      const at = record["Image Index"]!;
      const parts = record["Finding Labels"]!.split("|").map((part) => part.trim());
      const none = parts.length === 1 && parts[0] === "No Finding";
      if (!none && parts.some((part) => !(chestXray14Findings as readonly string[]).includes(part))) refuse();
      const here = ofBoxes.filter((one) => one.at === at).map(({ text }) => text);
      note(images, at, {
        patientId: record["Patient ID"]!,
        labels: chestXray14Findings.map((finding) => (parts.includes(finding) ? 1 : 0)),
        sets: { google2019: google.get(at) ?? [null, null, null, null] },
        ...(here.length > 0 && { boxes: here }),
        ...(splits.has(at) && { split: splits.get(at)! }),
      });
    }
    return images;
  },
};
