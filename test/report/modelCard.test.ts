import { describe, expect, test } from "vitest";
import { modelCard } from "../../src/report/index.js";
import { exampleInput } from "./example.js";

const purpose = {
  intendedUse: "Research on *triage* of adult films.",
  outOfScope: ["Children | and pregnancy"],
  limits: ["Portable films\nwere not tested."],
};
const card = (more: object = {}) => modelCard({ ...exampleInput(), purpose, ...more });
const section = (text: string, heading: string) =>
  text.split(/^## /m).find((part) => part.startsWith(heading)) ?? "";

describe("modelCard", () => {
  test("has a section for each thing, in order, and says that it is no medical device", () => {
    expect([...card().matchAll(/^## (.*)$/gm)].map(([, heading]) => heading)).toEqual([
      "Intended use",
      "Out of scope",
      "Model",
      "Data",
      "Split",
      "Training",
      "Results on test",
      "Runs",
      "Calibration",
      "Limits",
      "How it was made",
    ]);
    expect(card()).toMatch(
      /^# Example\n\n> This report describes a statistical model\. It is not a medical device/,
    );
  });

  test("texts are escaped: what would be markup, a table's bar, a line end", () => {
    expect(section(card(), "Intended")).toContain("Research on \\*triage\\* of adult films.");
    expect(section(card(), "Out of scope")).toContain("- Children \\| and pregnancy");
    expect(section(card(), "Limits")).toContain("- Portable films were not tested.");
  });

  test("every row of a table has the columns of its head", () => {
    const lines = card().split("\n");
    const cells = (line: string) => line.replaceAll("\\|", "").split("|").length;
    lines.forEach((line, i) => {
      if (!line.startsWith("|") || lines[i - 1]?.startsWith("|")) return;
      for (let j = i; lines[j]?.startsWith("|"); j++) expect(cells(lines[j]!)).toBe(cells(line));
    });
    expect(lines.filter((line) => line.startsWith("| ---")).length).toBe(6);
  });

  test("measures stand with their intervals and counts; what cannot be measured is undefined", () => {
    const { evaluation } = exampleInput();
    const [mass] = evaluation.classes;
    const results = section(card(), "Results");
    expect(results).toContain(
      `| Mass | ${mass!.positives} / ${mass!.negatives} / ${mass!.unknown} | ${mass!.auc.value.toFixed(3)} [${mass!.auc.lower.toFixed(3)}, ${mass!.auc.upper.toFixed(3)}] |`,
    );
    expect(results).toMatch(/\| Hernia \| 0 \/ 60 \/ 0 \| undefined \| undefined \|/);
  });

  test("the limits that the numbers show are added: no label, wide intervals, what is unknown of the patients", () => {
    const limits = section(card(), "Limits");
    expect(limits).toContain("Not measured, for want of both labels: Hernia (0 positive).");
    expect(limits).toMatch(/known to no better than 0\.2 .*Edema/);
    expect(limits).toContain("The view is unknown for 20.0% of the images of test.");
    expect(limits).not.toContain("The age is unknown");
  });

  test("leakage stands out in the split and among the limits", () => {
    const input = exampleInput();
    const overlaps = [{ sets: ["training", "test"], patients: ["p1"], studies: [], images: [] }];
    const leaking = card({ audit: { ...input.audit, clean: false, overlaps } });
    expect(section(leaking, "Split")).toContain(
      "**Leakage: these sets share patients, studies or images: training and test.**",
    );
    expect(section(leaking, "Limits")).toContain("so the figures are too good");
  });

  test("runs stand as mean and sample deviation, calibration as error before and after", () => {
    const { runs, evaluation } = exampleInput();
    const { mean, standardDeviation } = runs!.classes[0]!.auc;
    expect(section(card(), "Runs")).toContain(
      `| Mass | ${mean.toFixed(3)} (${standardDeviation.toFixed(3)}) |`,
    );
    expect(section(card(), "Runs")).toContain("| Hernia | undefined (undefined) |");
    const before = evaluation.macro.calibrationError.value.toFixed(3);
    expect(section(card(), "Calibration")).toContain(`| **mean** | ${before} |`);
    const without = card({ runs: undefined, calibratedProbabilities: undefined });
    expect(without).not.toMatch(/^## (Runs|Calibration)/m);
  });

  test("warnings of the evaluation are limits", () => {
    const { evaluation } = exampleInput();
    const warnings = [{ kind: "same-split" as const, message: "Thresholds were chosen on *test*." }];
    expect(section(card({ evaluation: { ...evaluation, warnings } }), "Limits")).toContain(
      "- Thresholds were chosen on \\*test\\*.",
    );
  });

  test("the contract says what the model takes, gives, and what was chosen where", () => {
    const contract = {
      version: 1 as const,
      architecture: "denseNet121",
      input: { height: 224, width: 224, channels: 1, normalization: { method: "per-image" } as const },
      heads: [
        {
          name: "findings",
          classes: ["Mass", "Edema", "Hernia"],
          output: "logits" as const,
          thresholds: { values: [0.1, 0.2, 0.3], criterion: "youden", chosenOn: "validation" },
          calibration: {
            method: "platt" as const,
            fittedOn: "validation",
            classes: ["Mass", "Hernia"],
            perClass: [
              { known: 9, positives: 4, map: { kind: "platt" as const, slope: 1, intercept: 0 } },
              { known: 9, positives: 0, map: { kind: "identity" as const, because: "one-label" as const } },
            ],
          },
        },
      ],
    };
    const model = section(card({ contract }), "Model");
    expect(model).toContain("| input | 224 x 224 pixels, 1 channel |");
    expect(model).toContain("| its thresholds | by youden, chosen on validation |");
    expect(model).toContain(
      "| its calibration | platt, fitted on validation; left as they are: Hernia (one-label) |",
    );
  });
});
