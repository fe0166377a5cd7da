import { rsnaPneumoniaDefinition } from "../../../src/datasets/rsnaPneumonia.js";
import { siimPneumothoraxDefinition } from "../../../src/datasets/siimPneumothorax.js";
import { box, groups, type MutationCase, note, refuse, type Said, sides, table } from "./mutationCase.js";

export const siimPneumothoraxCase: MutationCase = {
  name: "siimPneumothorax",
  definition: siimPneumothoraxDefinition({ size: [8, 8] }),
  words: ["-1", "5 3", "0 64", "60 5", "5 0", "1 2 3", "a"],
  tables: {
    rle: table(`ImageId, EncodedPixels
        a,5 3 2 4
        b,-1
        a,0 8
        c,60 4
        d,-1`),
  },
  said({ rle }) {
    const images = new Map<string, Said>();
    for (const [at, records] of groups(rle!, ({ ImageId }) => ImageId)) {
      const cells = records.map(({ EncodedPixels }) => EncodedPixels!);
      if (cells.includes("-1") && cells.length > 1) refuse();
      for (const cell of cells.filter((text) => text !== "-1")) {
        const numbers = cell.split(/\s+/).map((word) => (/^\d+$/.test(word) ? Number(word) : refuse()));
        const fits = numbers.reduce((sum, one) => sum + one, 0) <= 64;
        if (!fits || numbers.length % 2 === 1 || numbers.some((one, i) => i % 2 === 1 && one === 0)) refuse();
      }
      note(images, at, { patientId: at, labels: [cells.includes("-1") ? 0 : 1] });
    }
    return images;
  },
};

export const rsnaPneumoniaCase: MutationCase = {
  name: "rsnaPneumonia",
  definition: rsnaPneumoniaDefinition(),
  joins: { classes: ["patientId", "patientId"], headers: ["PatientID", "patientId"] },
  words: ["0", "1", "Normal", "Lung Opacity", "264.0", "1000", "a", "b"],
  tables: {
    classes: table(`patientId,class
        a,Lung Opacity
        a,Lung Opacity
        b,Normal
        c,No Lung Opacity / Not Normal`),
    headers: table(`,PatientAge,PatientID,PatientSex,PixelSpacing,ViewPosition
        0,51,a,F,0.139,PA
        1,148,b,M,0.139\\0.14,AP`),
    labels: table(`patientId,x,y,width,height,Target
        a,264.0,152.0,213.0,379.0,1
        a,562.0,152.0,256.0,453.0,1
        b,,,,,0
        c,,,,,0
        d,1,2,3,4,1`),
  },
  said({ classes, headers, labels }) {
    const images = new Map<string, Said>();
    const columns = ["x", "y", "width", "height"];
    const filmClass = new Map<string, string>();
    for (const { patientId, class: named } of classes!) {
      if (!["Normal", "Lung Opacity", "No Lung Opacity / Not Normal"].includes(named!)) refuse();
      if ((filmClass.get(patientId!) ?? named) !== named) refuse();
      filmClass.set(patientId!, named!);
    }
    if (new Set(headers!.map(({ PatientID }) => PatientID)).size < headers!.length) refuse();
    for (const [at, records] of groups(labels!, ({ patientId }) => patientId)) {
      const target = records[0]!.Target;
      if (!["0", "1"].includes(target!) || records.some(({ Target }) => Target !== target)) refuse();
      if (target === "0" && (records.length > 1 || columns.some((column) => records[0]![column] !== "")))
        refuse();
      const boxes =
        target === "0" ? [] : records.map((record) => box("Pneumonia", "", sides(record, columns)));
      for (const [x, y, w, h] of target === "0" ? [] : records.map((record) => sides(record, columns))) {
        if (x! + w! > 1024 || y! + h! > 1024) refuse();
      }
      if (new Set(boxes).size < boxes.length) refuse();
      if (filmClass.has(at) && (filmClass.get(at) === "Lung Opacity") !== (target === "1")) refuse();
      note(images, at, { patientId: at, labels: [target === "1" ? 1 : 0], boxes });
    }
    return images;
  },
};
