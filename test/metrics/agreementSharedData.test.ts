import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { cohenKappa } from "radiolucent/metrics";
import { describe, expect, test } from "vitest";
import { sharedData } from "../shared-data.js";

const table = (name: string) =>
  gunzipSync(readFileSync(`${sharedData}nih-metadata/${name}`))
    .toString()
    .trim()
    .split(/\r?\n/)
    .slice(1)
    .map((line) => line.split(","));

describe.skipIf(sharedData === undefined)("NIH boxes against labels (needs shared/data)", () => {
  test("kappa on the 880 images with a box has the figures that scikit-learn gives", () => {
    const boxes = new Map<string, Set<string>>();
    for (const [image, finding] of table("BBox_List_2017.csv.gz")) {
      const findings = boxes.get(image!) ?? new Set();
      boxes.set(image!, findings.add(finding === "Infiltrate" ? "Infiltration" : finding!));
    }
    const labels = table("Data_Entry_2017_v2020.csv.gz").filter(([image]) => boxes.has(image!));
    expect(labels).toHaveLength(880);
    const wanted = {
      Mass: 0.73,
      Pneumonia: 0.949,
      Atelectasis: 0.66,
      Pneumothorax: 0.711,
      Infiltration: 0.457,
      Nodule: 0.608,
      Cardiomegaly: 0.855,
      Effusion: 0.554,
    };
    for (const [name, kappa] of Object.entries(wanted)) {
      const boxed = labels.map(([image]) => Number(boxes.get(image!)!.has(name)));
      const labelled = labels.map(([, findings]) => Number(findings!.split("|").includes(name)));
      expect(cohenKappa(boxed, labelled), name).toBeCloseTo(kappa, 3);
    }
  });
});
