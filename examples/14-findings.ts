// # Fourteen findings
// The chest X-ray exercise of "AI for Medical Diagnosis" (deeplearning.ai), rebuilt on ChestX-ray14 (Wang et al., CVPR
// 2017): patients that leak, class frequencies, the weighted loss, a DenseNet, ROC curves and Grad-CAM. By default on
// phantoms that lie on disk as ChestX-ray14 does, with a small network; with `--data DIR` on the films themselves.
//
//     npm run example:14-findings
//     npm run example:14-findings -- --data ChestX-ray14 --image-size 320 --model densenet121 [--weights FILE.h5]

// %% Settings
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fill, tensor2d } from "@tensorflow/tfjs-core";
import {
  assertNoLeakage,
  auditLeakage,
  type BackendName,
  balancedContributionWeights,
  boxesToMask,
  type ChestXray14Study,
  camGrid,
  checkForLeakage,
  classFrequencies,
  cosineSchedule,
  denseNet,
  evaluatePredictions,
  fit,
  formatEvaluation,
  formatWeightReport,
  isRadiolucentError,
  predict,
  prevalencePlot,
  randomStream,
  rocPlot,
  scaleBox,
  selectClasses,
  selectStudies,
  splitByIds,
  splitByPatient,
  useBackend,
  weightedBinaryCrossentropy,
} from "radiolucent";
import {
  camPictures,
  chestXray14,
  epochLog,
  imageBatches,
  imageStatistics,
  loadKerasWeights,
} from "radiolucent/node";
import { phantomFolder } from "./common/phantomFolder.js";
import { savePicture } from "./common/savePicture.js";
import { settings } from "./common/settings.js";

const option = settings({
  data: "",
  patients: 300,
  train: 1000,
  validation: 200,
  test: 420,
  imageSize: 128,
  model: "small",
  weights: "",
  epochs: 6,
  learningRate: 0.003,
  backend: "auto",
  seed: 1,
  out: "runs/14-findings",
});
const { imageSize: size, epochs, seed } = option;
const backend = await useBackend(option.backend as BackendName);

// %% Data: what nobody has can't be learned, so it is named and left out
const { patients } = option;
const root = option.data || (await phantomFolder({ format: "chestXray14", patients, size: 128, seed }));
const all = await chestXray14({ root });
const { positiveCount } = classFrequencies(all.labels);
const classes = all.labels.classes.filter((_, c) => positiveCount[c]! > 0);
const nowhere = all.labels.classes.filter((finding) => !classes.includes(finding));
const dataset = { ...all, labels: selectClasses(all.labels, classes) };
const images = dataset.studies.length;
const people = new Set(dataset.studies.map(({ patientId }) => patientId)).size;
console.log(`${images} films of ${people} patients, ${backend.name} backend`);
if (nowhere.length > 0) console.log(`On no film, and left out: ${nowhere.join(", ")}.`);

// %% Leakage: the course's two lists of ids, its split by image, and a split by patient
// The course's own training and validation films share patients. A model that knows a patient again looks better than it is.
const courseLists = [checkForLeakage([0, 1, 2], [2, 3, 4]), checkForLeakage([0, 1, 2], [3, 4, 5])];
console.log(`{0, 1, 2} and {2, 3, 4} share patients: ${courseLists[0]}; and {3, 4, 5}: ${courseLists[1]}`);
const shuffled = randomStream(seed).shuffle(dataset.studies.map(({ imageId }) => imageId));
const half = Math.ceil(images / 2);
const lists = { train: shuffled.slice(0, half), validation: shuffled.slice(half) };
const byImage = auditLeakage(splitByIds(dataset, lists, { overlap: "allow" }).sets);
const leaked = byImage.overlaps[0]?.patients.length ?? 0;
console.log(`Split by image, the two halves share ${leaked} of ${people} patients.`);

// The course's sizes, as shares where there are fewer films; where there are more, other patients are left alone.
const wanted = option.train + option.validation + option.test;
const [used, unused] = [wanted / images, 1 - wanted / images];
const subset = unused > 0 ? splitByPatient(dataset, { fractions: { used, unused }, seed }).used : dataset;
const [train, validate, test] = [option.train, option.validation, option.test].map((films) => films / wanted);
const sets = splitByPatient(subset, {
  fractions: { train: train!, validation: validate!, test: test! },
  seed,
});
const audit = assertNoLeakage(sets);
for (const set of audit.sets) console.log(`${set.name}: ${set.images} films of ${set.patients} patients`);

// %% Class frequencies, and weights that let present and absent films of a finding contribute alike
const frequencies = classFrequencies(sets.train.labels);
const weights = balancedContributionWeights(frequencies);
console.log("Share of the training films, and what present and absent ones contribute to the loss:");
classes.forEach((finding, c) => {
  const [present, absent] = [frequencies.positive[c]!, frequencies.negative[c]!];
  const contributions = [present * weights.positive[c]!, absent * weights.negative[c]!];
  const numbers = [present, ...contributions].map((share) => share.toFixed(3));
  console.log(`  ${finding.padEnd(20)}${numbers.join("  ")}`);
});
await savePicture(join(option.out, "prevalence.svg"), prevalencePlot(sets));

// %% Images. The course standardises each training film by itself, but validation and test films by the mean and deviation
// of 100 training films: the network is then tested on other values than it learned from. One rule must hold for all sets;
// `fit` refuses two, and the model carries the rule with it. Of the two, this is the course's for films that are new.
const { mean, standardDeviation } = await imageStatistics(sets.train, { size, sample: 100, seed });
const channels = option.weights ? 3 : 1; // Grey is repeated only for weights that come from colour pictures.
const format = {
  size,
  channels,
  batchSize: 8,
  normalization: { method: "statistics", mean, standardDeviation },
} as const;
const training = imageBatches(sets.train, { ...format, shuffle: true, seed });
const validation = imageBatches(sets.validation, format);
console.log(`Mean ${mean.toFixed(3)}, deviation ${standardDeviation.toFixed(3)} of 100 training films`);

// %% Network and training. The full one has 32 times fewer rows in its last maps than the film, too few below 160 px to
// see where it looks; the small one has 8 times fewer.
const networks = {
  small: { blocks: [3, 4], growthRate: 12, initialFilters: 16 },
  densenet121: { depth: 121 },
} as const;
const network = networks[option.model as keyof typeof networks];
if (network === undefined) throw new Error(`--model is one of ${Object.keys(networks).join(", ")}`);
const model = denseNet({ ...training.format, ...network, classes, momentum: 0.9, seed });
if (option.weights) {
  const file = await readFile(option.weights);
  console.log(formatWeightReport(await loadKerasWeights(model, file, { skip: ["predictions"] })));
}
const loss = weightedBinaryCrossentropy(weights);
const learning = { loss, epochs, learningRate: cosineSchedule({ from: option.learningRate }) };
await fit(model, { ...learning, training, validation, onEpoch: epochLog() });

// %% ROC curves of the test patients
const predictions = await predict(model, imageBatches(sets.test, format));
const evaluation = evaluatePredictions(predictions, { split: "test", seed });
console.log(`\n${formatEvaluation(evaluation)}\n`);
await savePicture(join(option.out, "roc.svg"), rocPlot({ predictions, evaluation, evaluatedOn: "test" }));

// %% Grad-CAM of the four findings of highest AUC, on the surest of the films that show them
const best = evaluation.classes
  .filter(({ auc }) => !Number.isNaN(auc.value))
  .sort((a, b) => b.auc.value - a.auc.value)
  .slice(0, 4)
  .map(({ name }) => name);
const rows = option.data ? 256 : 104;
const side = { width: rows, height: rows };
const cams = [];
for (const finding of best) {
  const c = classes.indexOf(finding);
  const [surest] = predictions.studies
    .map((_, i) => i)
    .filter((i) => predictions.labels.values.get(i, c) === 1)
    .sort((a, b) => predictions.probabilities.get(b, c) - predictions.probabilities.get(a, c));
  const film = selectStudies(sets.test, [surest!]);
  const truth = ({ boxes = [], boxSize: [height, width] = [1024, 1024] }: ChestXray14Study) => {
    const drawn = boxes.filter((box) => box.finding === finding);
    const scaled = drawn.map((box) => scaleBox(box, { width, height }, side));
    return drawn.length > 0 ? boxesToMask(scaled, side) : undefined;
  };
  const [cam] = await camPictures(model, film, { finding, rows, truth });
  cams.push({ ...cam!, note: cam!.note ? "outlined: the dataset's box" : "no box" });
}
await savePicture(join(option.out, "cams.svg"), camGrid(cams));

// %% What this shows
// The course's check values: leakage, frequencies, and the loss of four films, predicted at .7 and at .3 throughout.
assert.deepEqual(courseLists, [true, false]);
const table = [[1, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, 1], [1, 0, 1]]; // biome-ignore format: one row a film
assert.deepEqual([...classFrequencies(table).positive], [0.8, 0.4, 0.8]);
const known = tensor2d([[1, 1, 1], [1, 1, 0], [0, 1, 0], [1, 0, 1]]); // biome-ignore format: one row a film
const courseLoss = weightedBinaryCrossentropy({
  positive: [0.25, 0.25, 0.5],
  negative: [0.75, 0.75, 0.5],
  fromLogits: false,
  epsilon: 1,
});
for (const predicted of [0.7, 0.3]) {
  const [value] = await courseLoss(known, fill([4, 3], predicted)).data();
  assert.ok(Math.abs(Math.abs(value!) - 0.4956203) < 1e-6, `the loss at ${predicted} is ${value}`);
}

// No patient is in two sets, and two rules for the images are refused before anything is trained.
assert.ok(audit.clean);
const alone = imageBatches(sets.train, { ...format, normalization: { method: "per-image" }, shuffle: true });
await assert.rejects(fit(model, { ...learning, training: alone, validation }), (error) =>
  isRadiolucentError(error, "model"),
);

// A finding that no test patient has, or all have, has no AUC: it is named, and is not a half.
for (const { name, positives, negatives, auc } of evaluation.classes) {
  const undefinedAuc = positives === 0 || negatives === 0;
  assert.equal(Number.isNaN(auc.value), undefinedAuc);
  assert.equal(evaluation.macro.undefinedClasses.includes(name), undefinedAuc);
}
assert.equal(cams.length, best.length);
if (!option.data) {
  assert.ok(leaked > people / 4, "a split by image shares patients");
  assert.ok(evaluation.macro.auc.value > 0.6, "phantoms are easy");
}
