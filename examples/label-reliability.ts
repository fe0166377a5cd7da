// # Label reliability
// How far can labels be trusted? Two parts, after a study of PadChest and ChestX-ray14: the scores of two annotators become
// labels, and label sets of the same films are compared by Cohen's kappa. By default on phantoms, whose truth is known,
// with simulated readers of stated error rates. Each part takes the real thing instead, and neither needs an image:
//
//     npm run example:label-reliability
//     npm run example:label-reliability -- --annotations DIR   (a) Annotations_raw.csv and Annotations_aggregated.csv
//     npm run example:label-reliability -- --tables DIR        (b) tables of ChestX-ray14, plain or .gz
//
// What it costs a model to learn from bad labels, and what to be measured against them, the example label-choice shows.

// %% Settings
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  aggregateAnnotations,
  forestPlot,
  formatAgreement,
  kappaPlot,
  type LabelMatrix,
  pairwiseAgreement,
  percentAgreement,
  phantomFindings,
  selectClasses,
} from "radiolucent";
import { chestXray14 } from "radiolucent/node";
import { boxedFindings, chestXray14LabelSets, googleFindings } from "./common/chestXray14LabelSets.js";
import { matrixOf } from "./common/matrixOf.js";
import { phantomFolder } from "./common/phantomFolder.js";
import { simulatedReaders } from "./common/readerSimulation.js";
import { savePicture } from "./common/savePicture.js";
import { settings } from "./common/settings.js";

const option = settings({
  annotations: "",
  tables: "",
  patients: 240,
  seed: 1,
  out: "runs/label-reliability",
});
const picture = (what: string) => join(option.out, `label-reliability-${what}.svg`);

// %% Phantoms in the layout of ChestX-ray14: their entries are the truth, which readers miss, invent or doubt
const { patients, seed } = option;
const phantoms = await chestXray14({
  root: await phantomFolder({ format: "chestXray14", patients, size: 64, seed }),
});
const truth = selectClasses(phantoms.labels, phantomFindings);
const { annotators, textMiner } = simulatedReaders(truth, seed);

// %% (a) Annotators score 0, .25, .5, .75 or 1: both above .5 is present, both below is absent, the rest is unknown
const tubes = ["Chest_drain", "NSG_tube", "Endotracheal_tube", "Tracheostomy_tube"];
async function tubeTable(file: string, columns: readonly string[]): Promise<LabelMatrix> {
  const lines = (await readFile(join(option.annotations, file), "utf8")).trim().split(/\r?\n/);
  const [header, ...rows] = lines.map((line) => line.split(",")); // no field of these tables is quoted
  return matrixOf(tubes, rows.length, (r, c) => Number(rows[r]![header!.indexOf(columns[c]!)]));
}
function scoresOf(annotator: string): Promise<LabelMatrix> {
  const columns = ["Chest_drain_tube", ...tubes.slice(1)].map((tube) => `${tube}_${annotator}`);
  return tubeTable("Annotations_raw.csv", columns);
}
const scores: Readonly<Record<string, LabelMatrix>> = option.annotations
  ? { "annotator 1": await scoresOf("a1"), "annotator 2": await scoresOf("a2") }
  : annotators;
const { labels: aggregated, counts } = aggregateAnnotations(scores, { rule: "consensus", minimumVotes: 2 });
console.log(`\n(a) Scores of two annotators for ${aggregated.values.shape[0]} films`);
for (const { finding, present, absent, disagreement } of counts)
  console.log(`${finding}: ${present} present, ${absent} absent, ${disagreement} unknown`);

const alone = Object.fromEntries(
  Object.entries(scores).map(([name, of]) => [
    name,
    aggregateAnnotations([of], { rule: "consensus" }).labels,
  ]),
);
console.log(`\nThe labels that each of them alone would give\n${formatAgreement(pairwiseAgreement(alone))}`);
const wrong = (labels: LabelMatrix) => 1 - percentAgreement(labels.values.data, truth.values.data);
if (!option.annotations) {
  for (const [who, labels] of Object.entries({ ...alone, "both, where they agree": aggregated }))
    console.log(`Wrong labels of ${who}: ${(100 * wrong(labels)).toFixed(1)}% of those known`);
}

// %% (b) Label sets of the same films: the entries, the boxes that radiologists drew, and a third opinion
const real = option.tables !== "";
const films = real ? await chestXray14({ root: option.tables, missingImages: "keep" }) : phantoms;
const agreement = pairwiseAgreement(
  real
    ? chestXray14LabelSets(films, [...new Set([...boxedFindings(films), ...googleFindings])])
    : { ...chestXray14LabelSets(films, phantomFindings), "text miner": textMiner },
);
const compared = {
  ...agreement, // without the findings that only one of two sets knows
  pairs: agreement.pairs.filter(({ n }) => n > 0),
  complete: agreement.complete.filter(({ n }) => n > 0),
};
console.log(`\n(b) ${films.studies.length} ${real ? "films" : "phantoms"}\n${formatAgreement(compared)}`);
const kappas = compared.pairs.map(({ class: label, a, b, kappa: value, lower, upper, n }) => {
  return { label, group: `${a}, ${b}`, value, lower, upper, n };
});
const which = real ? "" : "-phantoms";
const chance = { value: 0, label: "chance" };
await savePicture(
  picture(`kappas${which}`),
  forestPlot(kappas, { measure: "Cohen's kappa", reference: chance }),
);
const ofAll = compared.complete.map(({ class: finding }) => finding); // known to all label sets on some films
await savePicture(picture(`agreement${which}`), kappaPlot({ ...compared, classes: ofAll }));

const published = {
  Mass: 0.73,
  Pneumonia: 0.949,
  Atelectasis: 0.66,
  Pneumothorax: 0.711,
  Infiltration: 0.457,
  Nodule: 0.608,
  Cardiomegaly: 0.855,
  Effusion: 0.554,
};
const ofBoxes = compared.pairs.filter(({ a, b }) => a === "entries" && b === "boxes");
const kappaOfBoxes = (finding: string) => ofBoxes.find((pair) => pair.class === finding)?.kappa ?? Number.NaN;
const whole = films.studies.length === 112_120; // the published kappas are of all of ChestX-ray14
if (whole) {
  console.log("\nKappa of the boxes against the entries: published, from these tables");
  for (const [finding, kappa] of Object.entries(published))
    console.log(`${finding.padEnd(12)}  ${kappa.toFixed(3)}  ${kappaOfBoxes(finding).toFixed(3)}`);
}

// %% What this shows
if (option.annotations) {
  const original = await tubeTable("Annotations_aggregated.csv", tubes); // -1 is unknown
  const ours = Array.from(aggregated.values.data, (label) => (Number.isNaN(label) ? -1 : label));
  assert.deepEqual(ours, [...original.values.data]);
  console.log(`\nThe aggregated table is reproduced on all of its ${original.values.shape[0]} rows.`);
} else {
  for (const [name, labels] of Object.entries(alone))
    assert.ok(wrong(aggregated) < 0.6 * wrong(labels), name);
}
for (const { present, absent, disagreement, tooFewVotes } of counts)
  assert.equal(present + absent + disagreement + tooFewVotes, aggregated.values.shape[0]);
if (whole) {
  for (const [finding, kappa] of Object.entries(published))
    assert.equal(kappaOfBoxes(finding).toFixed(3), kappa.toFixed(3), finding);
}
if (!real) {
  for (const { kappa, class: finding } of ofBoxes) assert.equal(kappa, 1, finding);
  const mined = agreement.pairs.filter(({ a, b }) => a === "entries" && b === "text miner");
  for (const { kappa, class: finding } of mined) assert.ok(kappa > 0.3 && kappa < 0.8, finding);
}
