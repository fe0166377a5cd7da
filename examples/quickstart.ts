// # Quickstart
// From chest X-rays to one HTML report: split by patient, prove that nothing leaks, weigh the findings, train, measure
// with intervals, and see where the model looks. By default on phantoms, synthetic films whose findings lie at known
// places; with `--data DIR` on ChestX-ray14, or with `--labels FILE` on any CSV with a column per finding.
//
//     npm run quickstart
//     npm run quickstart -- --data DIR [--labels FILE] [--image-size 224] [--model densenet121] [--epochs 5] [--out DIR]

// %% Settings
import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  assertNoLeakage,
  type BackendName,
  balancedContributionWeights,
  type CamPicture,
  chestXray14Findings,
  chooseThresholds,
  classFrequencies,
  type Dataset,
  decisions,
  denseNet,
  evaluatePredictions,
  fit,
  formatEvaluation,
  type Image,
  type PhantomFinding,
  type PhantomStudy,
  phantomDataset,
  predict,
  renderPhantom,
  type Study,
  selectStudies,
  simpleCnn,
  splitByPatient,
  useBackend,
  weightedBinaryCrossentropy,
} from "radiolucent";
import {
  camPictures,
  chestXray14,
  csvDataset,
  epochLog,
  imageBatches,
  progressBar,
  writeReport,
} from "radiolucent/node";
import { settings } from "./common/settings.js";

const option = settings({
  data: "",
  labels: "",
  patients: 360,
  imageSize: 96,
  model: "small-cnn",
  epochs: 6,
  backend: "auto",
  seed: 1,
  out: "runs/quickstart",
});
const { patients, imageSize: size, epochs, seed } = option;
const start = performance.now();
const backend = await useBackend(option.backend as BackendName);

// %% Data
const phantoms = phantomDataset({ patients, seed, size });
const films = new Map<string, Image>(); // A phantom is drawn once and kept; real films are decoded in every epoch.
const kept: typeof phantoms = {
  ...phantoms,
  loadImage(study) {
    const film = films.get(study.imageId) ?? renderPhantom(study, size).image;
    films.set(study.imageId, film);
    return film;
  },
};
const folder = option.data || ".";
const dataset: Dataset = option.labels
  ? await csvDataset({
      csv: option.labels,
      images: existsSync(join(folder, "images")) ? join(folder, "images") : folder,
      imageColumn: "Image",
      patientColumn: "PatientId",
      classes: chestXray14Findings,
    })
  : option.data
    ? await chestXray14({ root: option.data })
    : kept;
const classes = dataset.labels.classes;
console.log(
  `${dataset.name}: ${dataset.studies.length} images, ${classes.length} findings, ${backend.name} backend`,
);

// %% Split by patient, and the proof that nothing leaks
const sets = splitByPatient(dataset, { fractions: { train: 0.6, validation: 0.2, test: 0.2 }, seed });
const audit = assertNoLeakage(sets);
const weights = balancedContributionWeights(classFrequencies(sets.train.labels));

// %% Images, each standardised by its own mean and deviation, since exposures differ
const images = { size, batchSize: 16, normalization: { method: "per-image" } } as const;
const batches = {
  train: imageBatches(sets.train, { ...images, shuffle: true, seed }),
  validation: imageBatches(sets.validation, images),
  test: imageBatches(sets.test, images),
};

// %% Model and training
const input = { ...batches.train.format, classes, seed };
const models = {
  "small-cnn": () =>
    simpleCnn({ ...input, filters: [16, 32, 64, 64], kernelSize: 3, padding: "same", momentum: 0.9 }),
  "small-densenet": () =>
    denseNet({ ...input, blocks: [3, 4], growthRate: 12, initialFilters: 16, momentum: 0.9 }),
  densenet121: () => denseNet({ ...input, depth: 121, momentum: 0.9 }),
};
const build = models[option.model as keyof typeof models];
if (build === undefined) throw new Error(`--model is one of ${Object.keys(models).join(", ")}`);
const model = build();
const history = await fit(model, {
  training: batches.train,
  validation: batches.validation,
  loss: weightedBinaryCrossentropy(weights),
  epochs,
  learningRate: (epoch) => 0.004 * 0.5 * (1 + Math.cos((Math.PI * epoch) / epochs)),
  monitor: "validationAuc",
  earlyStopping: { patience: 5 },
  ...(process.stderr.isTTY && { onBatch: progressBar() }),
  onEpoch: epochLog(),
});

// %% Measure on the test patients, with thresholds chosen on the validation patients
const thresholds = chooseThresholds(model, await predict(model, batches.validation), { split: "validation" });
const predictions = await predict(model, batches.test);
const evaluation = evaluatePredictions(predictions, { thresholds, split: "test", seed });
console.log(`\nTest patients\n${formatEvaluation(evaluation)}`);

// %% Where the model looks: Grad-CAM of the test films that are rightly found positive, surest first
const isPhantom = (_study: Study): _study is PhantomStudy => dataset === kept;
const decided = decisions(model, predictions);
const cams: CamPicture[] = [];
let [peaks, inside] = [0, 0];
for (const [c, finding] of classes.entries()) {
  const truePositives = predictions.studies
    .map((_, i) => i)
    .filter((i) => predictions.labels.values.get(i, c) === 1 && decided.values.get(i, c) === 1)
    .sort((a, b) => predictions.probabilities.get(b, c) - predictions.probabilities.get(a, c));
  const shown = dataset === kept ? truePositives : truePositives.slice(0, 3);
  const truth = (study: Study, rows: number) =>
    isPhantom(study) ? renderPhantom(study, rows).findingMasks[finding as PhantomFinding] : undefined;
  const pictures = await camPictures(model, selectStudies(sets.test, shown), {
    finding,
    truth: (study) => truth(study, 256),
  });
  cams.push(...pictures.slice(0, 3));
  for (const { study, peak } of pictures) {
    const mask = truth(study, size);
    if (mask) peaks++;
    if (mask && peak && mask.get(peak.row, peak.column) === 1) inside++;
  }
}
if (peaks > 0) {
  console.log(
    `\nGrad-CAM peaks inside the finding: ${inside} of ${peaks} true positives (${((100 * inside) / peaks).toFixed(0)}%)`,
  );
}

// %% Report
const report = join(option.out, "report.html");
await writeReport(report, {
  title: `Quickstart on ${dataset.name}`,
  dataset,
  sets,
  audit,
  weights,
  history,
  predictions,
  evaluation,
  evaluatedOn: "test",
  cams,
  settings: { ...option, backend: backend.name, seconds: Math.round((performance.now() - start) / 1000) },
});
console.log(`\nReport: ${report}`);
