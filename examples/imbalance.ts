// # Imbalance
// A study of all 112,120 films of ChestX-ray14, rebuilt: a small network with 7 x 7 kernels, trained with plain and with
// weighted binary cross-entropy on the same batches, in which films with a rare finding come a second time, turned and
// zoomed. The original held over 20 GB in memory; here the batches stream from the disk. By default on phantoms with rare
// findings, laid out as ChestX-ray14 is; with `--data DIR` on the films themselves.
//
//     npm run example:imbalance
//     npm run example:imbalance -- --data ChestX-ray14 --image-size 224 --epochs 20 --batch-size 32

// %% Settings
import assert from "node:assert/strict";
import { join } from "node:path";
import {
  assertNoLeakage,
  type BackendName,
  classFrequencies,
  classificationReport,
  compareAucs,
  detectionRates,
  evaluatePredictions,
  evaluationRows,
  fit,
  forestPlot,
  formatClassificationReport,
  inverseFrequencyWeights,
  type Loss,
  oversampleRare,
  predict,
  rocPlot,
  selectClasses,
  selectRows,
  simpleCnn,
  splitByPatient,
  trainingPlot,
  useBackend,
  weightedBinaryCrossentropy,
} from "radiolucent";
import {
  checkpointFolder,
  chestXray14,
  csvLog,
  epochLog,
  imageBatches,
  imageStatistics,
} from "radiolucent/node";
import { phantomFolder } from "./common/phantomFolder.js";
import { savePicture } from "./common/savePicture.js";
import { settings } from "./common/settings.js";

const option = settings({
  data: "",
  patients: 300,
  imageSize: 112,
  batchSize: 16,
  epochs: 10,
  backend: "auto",
  seed: 1,
  resume: false,
  out: "runs/imbalance",
});
const { imageSize: size, batchSize, epochs, seed, out } = option;
const { name: backend } = await useBackend(option.backend as BackendName);

// %% Data, split by patient
const prevalence = { Cardiomegaly: 0.2, Effusion: 0.3, Nodule: 0.08, Pneumothorax: 0.06 };
const phantoms = { format: "chestXray14", patients: option.patients, prevalence, size: 128, seed } as const;
const all = await chestXray14({ root: option.data || (await phantomFolder(phantoms)) });
const { positiveCount } = classFrequencies(all.labels);
const classes = all.labels.classes.filter((_, c) => positiveCount[c]! > 0); // Phantoms have four of the fourteen.
const dataset = { ...all, labels: selectClasses(all.labels, classes) };
console.log(`${dataset.studies.length} films, ${classes.length} findings, ${backend} backend`);
const sets = splitByPatient(dataset, { fractions: { train: 0.6, validation: 0.2, test: 0.2 }, seed });
const audit = assertNoLeakage(sets);
for (const { name, images, patients } of audit.sets)
  console.log(`${name}: ${images} films of ${patients} patients`);

// %% Rare findings a second time. Rarer than the average finding is rare: of all of ChestX-ray14 that is ten findings.
const { positive } = classFrequencies(sets.train.labels);
const maxPrevalence = positive.reduce((sum, share) => sum + share, 0) / classes.length;
const plan = oversampleRare(sets.train.labels, { maxPrevalence, seed });
console.log(`${plan.copied} films come a second time, for ${plan.classes.join(", ")}`);

// %% Images, standardised by the training films' mean and deviation. They are decoded once and then read from the cache.
const cache = join(out, "cache");
const { mean, standardDeviation } = await imageStatistics(sets.train, { size, sample: 1000, seed, cache });
const normalization = { method: "statistics", mean, standardDeviation } as const;
const format = { size, batchSize, normalization, cache } as const;
const augmentation = { rotation: 36, zoom: 0.2 }; // A tenth of a turn, as the original; only for the second copies.
const training = imageBatches(sets.train, { ...format, plan, augmentation, seed });
const validation = imageBatches(sets.validation, format);
const test = imageBatches(sets.test, format);

// %% Two networks from the same first weights, on the same batches: only the loss differs. The weights are those of the
// films as they come, copies included.
const seen = selectRows(
  sets.train.labels,
  plan.epoch(0).map(({ index }) => index),
);
const weights = inverseFrequencyWeights(classFrequencies(seen));
const plain = await trained("plain", weightedBinaryCrossentropy());
const weighted = await trained("weighted", weightedBinaryCrossentropy(weights));

async function trained(name: string, loss: Loss) {
  console.log(`\nTraining with ${name} cross-entropy`);
  const model = simpleCnn({ ...training.format, classes, momentum: 0.9, seed }); // 7 x 7 kernels without padding
  const history = await fit(model, {
    training,
    validation,
    loss,
    epochs,
    learningRate: (epoch) => 1e-3 * 0.95 ** epoch,
    earlyStopping: { patience: 5 }, // ends with the weights of the best epoch
    checkpoint: checkpointFolder(join(out, name)),
    resume: option.resume,
    onEpoch: [epochLog(), csvLog(join(out, `${name}.csv`))],
  });
  const predictions = await predict(model, test);
  model.dispose();
  const { labels, probabilities } = predictions;
  const evaluation = evaluatePredictions(predictions, { split: "test", seed });
  const report = classificationReport(labels, probabilities, { classes });
  const rates = detectionRates(labels, probabilities, { classes });
  console.log(`\n${name}, decided at 0.5\n${formatClassificationReport(report)}`);
  await savePicture(join(out, `training-${name}.svg`), trainingPlot(history));
  return { predictions, evaluation, evaluatedOn: "test", rates };
}

// %% What a threshold of 0.5 finds, and whether the models rank films differently
const percent = (share: number) => `${(100 * share).toFixed(1)}%`;
for (const [name, { rates, evaluation }] of Object.entries({ plain, weighted })) {
  const { sensitivity, specificity } = rates.pooled;
  const found = `${percent(sensitivity)} of the positives and ${percent(specificity)} of the negatives`;
  console.log(`At 0.5 the ${name} model finds ${found}; mean AUC ${evaluation.macro.auc.value.toFixed(3)}`);
}
const meanProbability = ({ predictions: { probabilities, studies } }: typeof plain, finding: string) =>
  studies.reduce((sum, _, i) => sum + probabilities.get(i, classes.indexOf(finding)), 0) / studies.length;
for (const finding of plan.classes) {
  const [unweighted, raised] = [plain, weighted].map((model) => meanProbability(model, finding).toFixed(3));
  console.log(`${finding}: mean probability ${unweighted} plain, ${raised} weighted`);
}
const groups = plain.predictions.studies.map(({ patientId }) => patientId);
const { labels, probabilities } = plain.predictions;
const comparison = compareAucs(labels, weighted.predictions.probabilities, probabilities, {
  classes,
  groups,
});
for (const { name, difference, lower, upper, adjustedPValue } of comparison.classes) {
  const [d, l, u] = [difference, lower, upper].map((value) => value.toFixed(3));
  console.log(`${name}: AUC weighted - plain ${d} [${l}, ${u}], adjusted p ${adjustedPValue.toFixed(2)}`);
}
const both = { plain: plain.evaluation, weighted: weighted.evaluation };
await savePicture(join(out, "roc.svg"), rocPlot({ plain, weighted }, { columns: 2 }));
await savePicture(
  join(out, "auc.svg"),
  forestPlot(evaluationRows(both), { measure: "AUC", evaluatedOn: "test" }),
);
const rows = classes.flatMap((finding, c) =>
  (["sensitivity", "specificity"] as const).flatMap((rate) =>
    Object.entries({ plain, weighted }).map(([group, { rates }]) => ({
      label: `${finding}, ${rate === "sensitivity" ? "positives" : "negatives"}`,
      group,
      value: rates.classes[c]![rate],
      lower: Number.NaN,
      upper: Number.NaN,
    })),
  ),
);
await savePicture(
  join(out, "rates.svg"),
  forestPlot(rows, { measure: "share found at a threshold of 0.5", evaluatedOn: "test" }),
);
const peak = process.resourceUsage().maxRSS / 2 ** 20; // of kB
console.log(`Peak memory: ${peak.toFixed(2)} GiB`);

// %% What this shows
assert.ok(audit.clean);
assert.ok(plan.classes.length > 0 && plan.classes.length < classes.length);
assert.deepEqual(plain.predictions.labels, weighted.predictions.labels);
// Memory goes with the batch and the network, not with the dataset.
assert.ok(peak < 2, `peak memory was ${peak} GiB`);
// Weights raise the probabilities of what is rare; single findings go their own ways in small sets.
const ofRare = (model: typeof plain) =>
  plan.classes.reduce((sum, finding) => sum + meanProbability(model, finding), 0) / plan.classes.length;
if (!option.data) assert.ok(ofRare(weighted) > ofRare(plain), `${ofRare(weighted)}, ${ofRare(plain)}`);
if (!option.data && epochs >= 10) {
  // Only networks that learned enough tell by what they find: a few films with a rare finding decide it.
  const [of, than] = [weighted.rates.pooled, plain.rates.pooled];
  assert.ok(of.sensitivity > than.sensitivity, "weights find more positives");
  assert.ok(of.specificity < than.specificity, "and call more negatives");
  const [a, b] = [weighted.evaluation.macro.auc.value, plain.evaluation.macro.auc.value];
  assert.ok(Math.abs(a - b) < 0.15, "while both rank films about alike");
}
