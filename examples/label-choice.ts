// # Label choice
// What does it cost a model to learn from bad labels, and what to be measured against them? The same network learns from
// labels of differing quality, and each model is measured against each label set of its test films. By default on
// phantoms, whose truth is known, with simulated readers of stated error rates (those of the example label-reliability);
// with `--data DIR` on ChestX-ray14, measured against its entries and against the labels of Google's radiologists.
//
//     npm run example:label-choice
//     npm run example:label-choice -- --data DIR [--tables DIR] [--image-size 224] [--epochs 10] [--runs 3] [--resume]

// %% Settings
import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import {
  aggregateAnnotations,
  assertNoLeakage,
  type BackendName,
  balancedContributionWeights,
  classFrequencies,
  cosineSchedule,
  evaluateRuns,
  filterStudies,
  forestPlot,
  formatRuns,
  type LabelMatrix,
  phantomFindings,
  predictRuns,
  type RunsEvaluation,
  selectClasses,
  simpleCnn,
  splitByPatient,
  useBackend,
  weightedBinaryCrossentropy,
  withLabelSet,
} from "radiolucent";
import { chestXray14, imageBatches, trainRuns, writePredictionTable } from "radiolucent/node";
import { chestXray14LabelSets, googleFindings } from "./common/chestXray14LabelSets.js";
import { phantomFolder } from "./common/phantomFolder.js";
import { simulatedReaders } from "./common/readerSimulation.js";
import { savePicture } from "./common/savePicture.js";
import { settings } from "./common/settings.js";

const option = settings({
  data: "",
  tables: "", // where they don't lie beside the images
  patients: 240,
  imageSize: 64,
  epochs: 6,
  runs: 2,
  resume: false, // goes on with the trainings that the folder `--out` holds
  backend: "auto",
  seed: 1,
  out: "runs/label-choice",
});
const { patients, imageSize: size, epochs, runs, seed, out } = option;
const real = option.data !== "";
const backend = await useBackend(option.backend as BackendName);

// %% Films and their label sets, the most trusted first on phantoms
const films = await chestXray14(
  real
    ? { root: option.tables || option.data, images: option.data }
    : { root: await phantomFolder({ format: "chestXray14", patients, size, seed }) },
);
type LabelSets = Readonly<Record<string, LabelMatrix>>;
/** Readers miss, invent or doubt what the phantoms show; of annotators only what they are sure of makes a label. */
function truthAndReaders(): LabelSets {
  const truth = selectClasses(films.labels, phantomFindings);
  const { annotators, textMiner } = simulatedReaders(truth, seed);
  const consensus = (scores: LabelSets) =>
    aggregateAnnotations(scores, { rule: "consensus", minimumVotes: Object.keys(scores).length }).labels;
  const { "annotator 1": _, ...second } = annotators;
  const ofAnnotators = { "both annotators": consensus(annotators), "annotator 2": consensus(second) };
  return { truth, ...ofAnnotators, "text miner": textMiner };
}
function entriesAndGoogle(): LabelSets {
  const { entries, Google } = chestXray14LabelSets(films, googleFindings);
  if (Google === undefined) throw new Error("Google's labels are not there; name their folder by --tables");
  return { entries, Google };
}
const labelSets = real ? entriesAndGoogle() : truthAndReaders();
const dataset = { ...films, labels: Object.values(labelSets)[0]!, labelSets };
const { classes } = dataset.labels;

// %% Films to learn from and films to test on; those with Google's labels are too few to learn from
function testedByGoogle({ Google }: LabelSets) {
  const isTest = (i: number) => !Number.isNaN(Google!.values.get(i, 0));
  const tested = new Set(films.studies.filter((_, i) => isTest(i)).map(({ patientId }) => patientId));
  return {
    train: filterStudies(dataset, ({ patientId }) => !tested.has(patientId), "of a test patient"),
    test: filterStudies(dataset, (_, i) => isTest(i), "without Google's labels"),
  };
}
const sets = real
  ? testedByGoogle(labelSets)
  : splitByPatient(dataset, { fractions: { train: 0.6, test: 0.4 }, seed });
assertNoLeakage(sets);
console.log(`\n${sets.train.studies.length} films to learn from, ${sets.test.studies.length} to test on`);

// %% A network learns from each label set, and each model is measured against each set
const learned = real ? ["entries"] : Object.keys(labelSets);
const images = { size, batchSize: 16, normalization: { method: "per-image" } } as const;
if (!option.resume) await rm(join(out, "runs"), { recursive: true, force: true });
const against = (predictions: Parameters<typeof evaluateRuns>[0]): Record<string, RunsEvaluation> =>
  Object.fromEntries(
    Object.entries(sets.test.labelSets!).map(([name, labels]) => [
      `against ${name}`,
      evaluateRuns({ ...predictions, labels }),
    ]),
  );
const results: Record<string, Record<string, RunsEvaluation>> = {};
for (const name of learned) {
  const train = withLabelSet(sets.train, name);
  const trained = await trainRuns({
    directory: join(out, "runs", name.replaceAll(" ", "-")),
    runs,
    backend,
    resume: option.resume,
    sets,
    configuration: { labels: name, size, epochs },
    model: ({ seed: ofRun }) =>
      simpleCnn({
        ...{ height: size, width: size, classes, seed: ofRun },
        ...{ filters: [16, 32, 64, 64], kernelSize: 3, padding: "same", momentum: 0.9 },
      }),
    options: ({ seed: ofRun }) => ({
      training: imageBatches(train, { ...images, shuffle: true, seed: ofRun }),
      loss: weightedBinaryCrossentropy(balancedContributionWeights(classFrequencies(train.labels))),
      learningRate: cosineSchedule({ from: 0.004 }),
      epochs,
    }),
  });
  const predictions = await predictRuns(trained.runs, imageBatches(sets.test, images));
  await writePredictionTable(join(out, `predictions-${name.replaceAll(" ", "-")}.csv`), predictions);
  results[name] = against(predictions);
  console.log(
    `\nLearned from ${name}: AUC in %, mean (deviation) of runs 1 to ${runs}\n${formatRuns(results[name])}`,
  );
}

// %% What is lost, even to a model that knows the truth; and what of it in learning, what in measuring
const knowing = "a model that knows the truth";
if (!real) {
  const probabilities = sets.test.labels.values;
  results[knowing] = against({ labels: sets.test.labels, runs: [{ classes, probabilities }] });
  console.log(`\nLearned from nothing: ${knowing}\n${formatRuns(results[knowing])}`);
}
const auc = (from: string, by: string) => results[from]?.[`against ${by}`]?.macro.auc.mean ?? Number.NaN;
for (const name of learned.slice(1)) {
  const learning = auc("truth", "truth") - auc(name, "truth");
  const measuring = auc(name, "truth") - auc(name, name);
  const [lost, ...of] = [learning + measuring, learning, measuring].map((value) => (100 * value).toFixed(1));
  console.log(
    `${name} instead of the truth, to learn from and to measure against: mean AUC lower by ${lost} points, ` +
      `${of[0]} of them lost in learning and ${of[1]} in measuring`,
  );
}
const marks = Object.entries(results).flatMap(([name, evaluations]) =>
  Object.entries(evaluations).map(([group, { macro }]) => ({
    label: name === knowing ? name : `learned from ${name}`,
    ...{ group, value: macro.auc.mean, lower: Number.NaN, upper: Number.NaN },
  })),
);
const title = `Mean AUC of ${classes.length} findings, by the labels learned from and those measured against`;
await savePicture(join(out, "label-choice-auc.svg"), forestPlot(marks, { measure: "AUC", title }));

// %% What this shows
if (real) {
  const known = sets.test.labelSets!.Google!.values.data.every((label) => !Number.isNaN(label));
  assert.ok(known, "every test film has all of Google's labels");
} else {
  const perfect = Object.keys(labelSets).map((by) => auc(knowing, by)); // from the best labels to the worst
  assert.equal(perfect[0], 1);
  for (const [i, value] of perfect.slice(1).entries())
    assert.ok(value < perfect[i]! && value > 0.6, `${perfect}`);
  assert.ok(auc("truth", "truth") > 0.65, "it learns");
  assert.ok(auc("truth", "truth") - auc("truth", "text miner") > 0.03, "bad labels make it seem worse");
}
