import { beforeAll, describe, expect, test } from "vitest";
import { labelMatrix } from "../../src/labels/labelMatrix.js";
import { evaluateMultilabel } from "../../src/metrics/evaluateMultilabel.js";
import { htmlReport } from "../../src/report/index.js";
import { table } from "../../src/report/table.js";
import { auditLeakage } from "../../src/splits/leakage.js";
import { exampleInput, history, pixel } from "./example.js";

/** Opens and closes every element in order, and returns the start tags; throws where they don't match. */
function parse(page: string): { name: string; attributes: string }[] {
  const open: string[] = [];
  const tags: { name: string; attributes: string }[] = [];
  const body = page.replace(/^<!doctype html>/, "").replace(/<style>[\s\S]*?<\/style>/, "");
  for (const [, closing, name, attributes, selfClosing] of body.matchAll(
    /<(\/?)([a-z][a-z0-9]*)((?:\s+[\w:-]+="[^"<>]*")*)\s*(\/?)>/gi,
  )) {
    if (closing) {
      if (open.pop() !== name) throw new Error(`</${name}> closes another element`);
      continue;
    }
    tags.push({ name: name!, attributes: attributes! });
    if (!selfClosing && !["meta", "img", "br"].includes(name!)) open.push(name!);
  }
  if (open.length > 0) throw new Error(`${open.join(", ")} stay open`);
  const rest = body.replace(/<(\/?)([a-z][a-z0-9]*)((?:\s+[\w:-]+="[^"<>]*")*)\s*(\/?)>/gi, "");
  if (/[<>]/.test(rest)) throw new Error(`stray angle bracket: ${/.{0,40}[<>].{0,40}/.exec(rest)?.[0]}`);
  return tags;
}

const text = (page: string) =>
  page
    .replace(/<style>[\s\S]*?<\/style>/, "")
    .replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ");

/** The cells of a table's row as texts. */
function row(page: string, caption: string, heading: string): string[] {
  const table = page
    .split("<table>")
    .slice(1)
    .find((part) => text(part.split("</caption>")[0]!).includes(caption))!;
  const line = table.split("<tr>").find((part) => text(`<${part}`).trim().startsWith(heading))!;
  return [...line.matchAll(/<td>([\s\S]*?)<\/td>/g)].map(([, cell]) => text(cell!).trim());
}

describe("a report of everything", () => {
  let page = "";
  beforeAll(async () => {
    page = await htmlReport(exampleInput());
  });

  test("is one well-formed page in English with a title and one main heading", () => {
    const tags = parse(page);
    expect(page).toMatch(/^<!doctype html>\n<html lang="en">/);
    expect(page).toContain("<title>Example</title>");
    expect(tags.filter(({ name }) => name === "h1")).toHaveLength(1);
    const ids = tags.flatMap(({ attributes }) => /\bid="([^"]*)"/.exec(attributes)?.[1] ?? []);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("has every section, and a table of contents that leads to each", () => {
    const headings = [...page.matchAll(/<h2 id="([\w-]+)-title">([^<]*)<\/h2>/g)].map(([, id, title]) => [
      id,
      title,
    ]);
    expect(headings.map(([, title]) => title)).toEqual([
      "Intended use and limits",
      "Data",
      "Patients and sets",
      "How alike the sets are",
      "Leakage audit",
      "Prevalence",
      "Training",
      "Results on test",
      "Runs",
      "ROC curves",
      "Precision and recall",
      "Decisions",
      "Calibration",
      "Models and readers",
      "Where the model looks",
      "Masks",
      "How it was made",
    ]);
    const links = [...page.matchAll(/<a href="#([\w-]+)">([^<]*)<\/a>/g)].map(([, id, title]) => [id, title]);
    expect(links).toEqual(headings);
    for (const [id] of headings) expect(page).toContain(`<section id="${id}"`);
    expect(text(page)).toContain("It is not a medical device");
  });

  test("asks for nothing outside itself", () => {
    expect(page).not.toMatch(/https?:|\/\/[a-z]|url\(|@import|<link|<script|<iframe/i);
    for (const [, address] of page.matchAll(/(?:src|href)="([^"]*)"/g)) expect(address).toMatch(/^(data:|#)/);
    expect(page).toContain("default-src 'none'");
  });

  test("holds pictures as their bytes, with alternative texts, and names every plot", () => {
    expect(page).toContain(`src="data:image/png;base64,${Buffer.from(pixel).toString("base64")}"`);
    expect(page).toContain('alt="Grad-CAM for Mass on image test-1.png of test"');
    expect(text(page)).toContain("Mass predicted 0.750, label present test-1.png hit");
    for (const [tag] of page.matchAll(/<svg[^>]*>/g))
      expect(tag).toMatch(/aria-label="[^"]+"|aria-hidden="true"/);
    expect(page).toContain('aria-label="ROC curves on test: Edema"');
    expect(page).toContain('aria-label="Reliability diagrams on test: Edema"');
    expect(page).toContain('alt="Predicted mask Lungs on image test-2.png of test"');
    expect(text(page)).toContain("Lungs Dice 0.938 test-2.png");
  });

  test("every plot and every row of pictures stands above a table of its numbers", () => {
    const groups = page.split(/<div class="(?:panels|cams)"/).slice(1);
    expect(groups).toHaveLength(18);
    for (const group of groups) {
      const after = group.slice(group.lastIndexOf("</figure>"));
      expect(after).toMatch(/^<\/figure>\s*<\/div>\s*<div class="scroll[^"]*" tabindex="0"><table>/);
    }
    expect(page.match(/<table>/g)!.length).toBeGreaterThanOrEqual(groups.length);
  });

  test("a fact stands in one table: measures at thresholds below the sweeps, counts below the matrices", () => {
    const { evaluation } = exampleInput();
    const [mass] = evaluation.classes;
    const sweeps = row(page, "Threshold sweeps on test", "Mass");
    expect(sweeps).toHaveLength(5);
    expect(sweeps.slice(0, 3)).toEqual([
      "0.500",
      mass!.sensitivity!.toFixed(3),
      mass!.specificity!.toFixed(3),
    ]);
    const [threshold, ...counts] = row(page, "Confusion matrices on test", "Mass").map(Number);
    expect(threshold).toBe(0.5);
    expect(counts).toHaveLength(5);
    expect(counts[0]! + counts[1]!).toBe(mass!.positives);
    expect(counts[2]! + counts[3]!).toBe(mass!.negatives);
  });

  test("shows who is in all sets, and how alike the sets are", () => {
    expect(
      row(page, "Age by sex, all sets", "20–29")
        .map(Number)
        .reduce((a, b) => a + b),
    ).toBe(270);
    expect(row(page, "View, all sets", "unknown")).toEqual(["260 (20.0%)"]);
    expect(text(page)).toContain("Hernia has no positive in training");
    expect(row(page, "The sets beside each other", "age")).toHaveLength(6);
    expect(row(page, "Images that show both findings", "Hernia")).toEqual(["0", "0", "0"]);
  });

  test("shows the runs, what calibration changed, models and readers", () => {
    const { runs } = exampleInput();
    const { mean, standardDeviation, values } = runs!.macro.auc;
    const shown = [mean, standardDeviation, ...values].map((value) => value.toFixed(3));
    expect(row(page, "AUC of 2 runs", "mean")).toEqual(shown);
    expect(row(page, "Calibration before and after on test", "Mass")).toHaveLength(4);
    expect(row(page, "Cohen&#39;s kappa", "Mass")[0]).toBe("reader 1, reader 2");
    expect(text(page)).toContain("This model beside another, and two readers.");
  });

  test("long tables say how many rows they have; headings of many columns stand upright", () => {
    expect(text(page)).toMatch(/Reliability diagrams on test \(\d+ rows\)/);
    const rows = [Array.from({ length: 13 }, (_, c) => c)];
    const wide = table({ caption: "Wide", head: rows[0]!, rows }).source;
    expect(wide).toContain('<div class="scroll upright"');
    expect(wide).not.toContain("rows)");
    expect(page).not.toContain('upright"');
  });

  test("counts what was read, dropped and changed, with thousands separators and percentages", () => {
    expect(row(page, "what became of them", "read")[0]).toBe("1,310");
    expect(row(page, "what became of them", "dropped: image missing")).toEqual([
      "10 (0.76%)",
      "a.png, b.png",
    ]);
    expect(row(page, "what became of them", "kept")[0]).toBe("1,300 (99.2%)");
    expect(row(page, "something else than they say", "age 058Y read as 58")).toEqual(["7"]);
  });

  test("describes each set: images, patients, age quartiles, sex, view and what is unknown", () => {
    const cohort = (heading: string) => row(page, "Images and patients by set", heading);
    expect(cohort("images")).toEqual(["1,200", "40", "60"]);
    expect(cohort("patients")).toEqual(["600", "20", "30"]);
    // Ages of the validation set: 20, 21, ..., 59.
    expect(cohort("age in years")[1]).toBe("40 (30 to 49)");
    expect(cohort("sex F")[2]).toBe("20 (33.3%)");
    expect(cohort("view unknown")[1]).toBe("8 (20.0%)");
  });

  test("gives the measures with intervals, digits and counts of the evaluation", () => {
    const { evaluation } = exampleInput();
    const [mass] = evaluation.classes;
    const ends = ({ value, lower, upper }: { value: number; lower: number; upper: number }) =>
      `${value.toFixed(3)} [${lower.toFixed(3)}, ${upper.toFixed(3)}]`;
    expect(row(page, "Measures on test", "Mass")).toEqual([
      ends(mass!.auc),
      "",
      mass!.averagePrecision.toFixed(3),
      mass!.brier.toFixed(3),
      ends(mass!.calibrationError),
      String(mass!.positives),
      String(mass!.negatives),
      "0",
    ]);
    expect(row(page, "Measures on test", "mean")[0]).toBe(ends(evaluation.macro.auc));
    expect(text(page)).toContain("Intervals are bootstrap intervals over 30 patients (50 resamples)");
  });

  test("shows what is undefined as such, with the reason, and never NaN", () => {
    expect(row(page, "Measures on test", "Hernia").slice(0, 3)).toEqual([
      "undefined no positive image",
      "",
      "undefined",
    ]);
    expect(text(page)).toContain("over 2 of 3 findings, without Hernia");
    expect(page).not.toMatch(/NaN|Infinity|\[object/);
  });

  test("tells how training went and gives the weights", () => {
    expect(text(page)).toContain("3 epochs in 60 seconds; training stopped early");
    expect(text(page)).toContain(
      "By validation loss, epoch 2 was best: validation loss 0.000, mean validation AUC 0.700",
    );
    expect(row(page, "term of the loss", "Hernia")).toEqual(["1.000", "0.000"]);
  });

  test("names Dice where it says which epoch was best", async () => {
    const epochs = history.epochs.map((epoch) => ({
      ...epoch,
      validation: { ...epoch.validation!, meanDice: 0.25 * epoch.epoch },
    }));
    const drawn = await htmlReport({
      ...exampleInput(),
      history: { ...history, epochs, monitor: "validationDice", bestEpoch: 3 },
    });
    expect(text(drawn)).toContain("By mean validation Dice, epoch 3 was best:");
    expect(text(drawn)).toContain("mean validation AUC 0.800, mean validation Dice 0.750.");
  });
});

describe("a report of odd things", () => {
  test("texts from the data are escaped, in pages and in plots", async () => {
    const nasty = `<img src=x onerror="alert('1')">&amp;`;
    const example = exampleInput([nasty, "Edema", "Hernia"]);
    const { training, validation, test: last } = example.sets;
    const page = await htmlReport({
      ...example,
      title: nasty,
      dataset: {
        name: nasty,
        account: {
          rowsRead: 1,
          rowsKept: 0,
          dropped: [{ reason: nasty, count: 1, examples: [nasty] }],
          changed: [{ rule: nasty, count: 1 }],
        },
      },
      sets: { [`${nasty}1`]: training!, [`${nasty}2`]: validation!, [nasty]: last! },
      audit: auditLeakage({ [`${nasty}1`]: ["1", nasty], [nasty]: [nasty] }),
      evaluatedOn: nasty,
      masks: [{ imageId: nasty, mask: nasty, dice: Number.NaN, png: pixel }],
      sections: [{ title: nasty, text: nasty, figures: [] }],
      purpose: { intendedUse: nasty, outOfScope: [nasty], limits: [nasty] },
      cams: [
        { imageId: nasty, finding: nasty, probability: 0.5, label: Number.NaN, png: pixel, note: nasty },
      ],
      settings: { [nasty]: nasty },
    });
    parse(page);
    expect(page).not.toMatch(/<img src=x/);
    expect(page.match(/<img /g)).toHaveLength(2);
  });

  test("parts that are not given are left out", async () => {
    const { title, dataset, sets, audit, evaluation, predictions, evaluatedOn, settings } = exampleInput();
    const classes = evaluation.classes.map(({ threshold, sensitivity, specificity, ...rest }) => rest);
    const one = { test: sets.test! };
    const page = await htmlReport({
      title,
      dataset,
      sets: one,
      audit,
      evaluation: { ...evaluation, classes },
      predictions,
      evaluatedOn,
      settings,
    });
    parse(page);
    const ids = [...page.matchAll(/<section id="([\w-]+)"/g)].map(([, id]) => id);
    expect(ids).toEqual(
      "data cohort leakage prevalence measures roc precision calibration settings".split(" "),
    );
    expect(page).not.toMatch(/term of the loss|calibrated probabilities/);
  });

  test("warnings of the evaluation stand above the decisions", async () => {
    const example = exampleInput();
    const warnings = [{ kind: "same-split" as const, message: "Thresholds were chosen on test." }];
    const page = await htmlReport({ ...example, evaluation: { ...example.evaluation, warnings } });
    expect(page).toContain('<p class="bad">Thresholds were chosen on test.</p>');
  });

  test("rows that were merged into another's study stand between those read and those kept", async () => {
    const example = exampleInput();
    const account = { rowsRead: 12_954, rowsKept: 12_047, merged: 907, dropped: [], changed: [] };
    const page = await htmlReport({ ...example, dataset: { ...example.dataset, account } });
    const merged = "merged: more of a study that an earlier row began";
    expect(row(page, "what became of them", merged).slice(0, 1)).toEqual(["907 (7.0%)"]);
  });

  test("leakage is shown for each pair, with counts and examples", async () => {
    const example = exampleInput();
    const { training, validation, test: last } = example.sets;
    const sets = {
      training: { ...training!, studies: [...training!.studies.slice(0, -2), ...last!.studies.slice(0, 2)] },
      validation: validation!,
      test: last!,
    };
    const page = await htmlReport({ ...example, sets, audit: auditLeakage(sets) });
    expect(text(page)).toContain("Some sets share patients, studies or images.");
    expect(row(page, "each pair of sets", "training and test")).toEqual([
      "overlap",
      "1 test-p0",
      "0",
      "2 test-0.png, test-1.png",
    ]);
    expect(row(page, "each pair of sets", "training and validation")).toEqual(["disjoint", "0", "0", "0"]);
    expect(text(await htmlReport(example))).toContain("No patient, study or image stands in two sets.");
  });

  test("an evaluation in which everything is unknown is all undefined", async () => {
    const example = exampleInput();
    const unknown = labelMatrix(
      ["Mass", "Edema", "Hernia"],
      Array.from({ length: 60 }, () => [Number.NaN, Number.NaN, Number.NaN]),
    );
    const { probabilities } = example.predictions;
    const page = await htmlReport({
      ...example,
      predictions: { labels: unknown, probabilities },
      evaluation: evaluateMultilabel(unknown, probabilities, { resamples: 5 }),
    });
    parse(page);
    expect(page).not.toMatch(/NaN|Infinity/);
    expect(row(page, "Measures on test", "Mass")[0]).toBe("undefined no known label");
  });

  test("inputs that don't fit together are refused", async () => {
    const example = exampleInput();
    await expect(htmlReport({ ...example, evaluatedOn: "holdout" })).rejects.toThrow(
      'evaluatedOn: "holdout" is none of the sets: training, validation, test',
    );
    const weights = { positive: new Float64Array(2), negative: new Float64Array(2) };
    await expect(htmlReport({ ...example, weights })).rejects.toThrow("weights: are 2 for 3 classes");
  });
});
