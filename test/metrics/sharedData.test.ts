import { existsSync, readFileSync } from "node:fs";
import { bootstrapInterval, delongInterval, rocAuc } from "radiolucent/metrics";
import { describe, expect, test } from "vitest";
import { sharedData } from "../shared-data.js";

const golden = `${sharedData}weights/golden.json`;

describe.skipIf(!existsSync(golden))(
  "a trained model on 200 radiographs (skipped: ../shared/data is absent)",
  () => {
    function read() {
      const { probabilities, roc_auc_against_any_finding: published } = JSON.parse(
        readFileSync(golden, "utf8"),
      ) as {
        probabilities: Record<string, number>;
        roc_auc_against_any_finding: number;
      };
      const [header, ...lines] = readFileSync(`${sharedData}nih-64/labels.csv`, "utf8").trim().split(/\r?\n/);
      const findings = header!
        .split(",")
        .flatMap((name, c) => (["Image", "PatientId", "Split"].includes(name) ? [] : [c]));
      const rows = lines.map((line) => line.split(",")).filter((cells) => cells[0]! in probabilities);
      return {
        published,
        labels: rows.map((cells) => (findings.some((c) => cells[c] === "1") ? 1 : 0)),
        scores: rows.map((cells) => probabilities[cells[0]!]!),
        patients: rows.map((cells) => cells[0]!.slice(0, 8)),
      };
    }

    test("the AUC for any finding is the published one", () => {
      const { labels, scores, published } = read();
      expect(labels).toHaveLength(200);
      expect(rocAuc(labels, scores)).toBeCloseTo(published, 4);
    });

    test("its interval by patient is wider than DeLong's, which takes images of a patient as independent", () => {
      const { labels, scores, patients, published } = read();
      const clustered = bootstrapInterval(
        (rows) =>
          rocAuc(
            Array.from(rows, (row) => labels[row]!),
            Array.from(rows, (row) => scores[row]!),
          ),
        { groups: patients, resamples: 500 },
      );
      const delong = delongInterval(labels, scores);
      expect(clustered.lower).toBeLessThan(delong.lower);
      expect(clustered.upper).toBeGreaterThan(delong.upper);
      expect(delong.lower).toBeLessThan(published);
      expect(delong.upper).toBeGreaterThan(published);
    });
  },
);
