// # The model of the web page
// Trains the network that the page ships with: findings and lungs from one encoder, thresholds and calibration in its
// contract, its weights in half the bytes, and a card that says what it can't do. By default on phantoms, synthetic films
// whose findings and lungs lie at known places: the model is for showing the page, never for a person's film. With
// `--data DIR` the same code learns the findings of ChestX-ray14 (no lungs: nobody has drawn them there), for the page to load.
//
//     npm run web:model                                          the shipped model
//     npm run web:model -- --data DIR [--epochs 12] [--out runs/web-model]

// %% Settings
import assert from "node:assert/strict";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import {
  adamW,
  assertNoLeakage,
  type BackendName,
  balancedContributionWeights,
  binaryCrossentropyDiceLoss,
  calibratedProbabilities,
  calibrateModel,
  calibrationChange,
  calibrationReport,
  chooseThresholds,
  classFrequencies,
  compareModels,
  contractOf,
  cosineSchedule,
  type Dataset,
  decisions,
  evaluatePredictions,
  evaluateSegmentation,
  fit,
  formatCalibrationChange,
  formatEvaluation,
  gradCam,
  multitaskModel,
  type PhantomFilm,
  type PhantomFinding,
  type PhantomStudy,
  phantomDataset,
  pointingGame,
  predict,
  renderPhantom,
  resNet,
  type Study,
  selectStudies,
  splitByPatient,
  useBackend,
  warmUp,
  weightedBinaryCrossentropy,
} from "radiolucent";
import {
  chestXray14,
  epochLog,
  imageBatches,
  loadModel,
  progressBar,
  quantizeModel,
  writeModelCard,
} from "radiolucent/node";
import { settings } from "../common/settings.js";

const shipped = { data: "", patients: 280, imageSize: 224, epochs: 12, batchSize: 8, rate: 0.004, seed: 1 };
const option = settings({ ...shipped, backend: "auto", out: "" });
const { data, patients, imageSize: size, epochs, batchSize, rate, seed } = option;
const asShipped = Object.entries(shipped).every(
  ([name, value]) => option[name as keyof typeof shipped] === value,
);
const folder = option.out || (asShipped ? "examples/web/public/models/phantoms" : "runs/web-model");
const backend = await useBackend(option.backend as BackendName);

// %% Films: a phantom is drawn once and kept, with its lungs; real films are decoded in every epoch
const drawn = new Map<string, PhantomFilm>();
const draw = (study: Study) => {
  const film = drawn.get(study.imageId) ?? renderPhantom(study as PhantomStudy, size);
  drawn.set(study.imageId, film);
  return film;
};
const dataset: Dataset = data
  ? await chestXray14({ root: data })
  : {
      ...phantomDataset({ patients, seed, size }),
      loadImage: (study) => draw(study).image,
      loadMasks: (study) => ({ Lungs: draw(study).lungMask }),
      maskNames: ["Lungs"],
    };
const { classes } = dataset.labels;
const masks = dataset.maskNames ?? [];
const sets = splitByPatient(dataset, { fractions: { train: 0.7, validation: 0.15, test: 0.15 }, seed });
const audit = assertNoLeakage(sets);
console.log(
  `${dataset.name}: ${dataset.studies.length} films, ${classes.join(", ")}; backend ${backend.name}`,
);

// %% Batches: turned, shifted and scaled, lighter and darker, harder and softer, so that no one exposure is learnt by heart
const images = { size, batchSize, masks, normalization: { method: "per-image" } } as const;
const training = imageBatches(sets.train, {
  ...images,
  shuffle: true,
  seed,
  augmentation: { rotation: 10, zoom: 0.12, shift: 0.06, contrast: 0.25, gamma: 1.4, noise: 0.02 },
});
const validation = imageBatches(sets.validation, images);
const test = imageBatches(sets.test, images);

// %% One small encoder with a head for the findings and, where lungs are drawn, one for the lungs. Three short groups end in
// maps of 14 x 14 cells, each of which sees 99 pixels: deeper networks rank films as well, but their maps point elsewhere
const encoder = resNet({
  ...training.format,
  blocks: [1, 1, 1],
  bottleneck: false,
  initialFilters: 24,
  momentum: 0.9,
  seed,
});
const lungs = { masks, decoderFilters: [32, 16, 8, 4] };
const heads = { findings: classes, ...(masks.length > 0 && { lungs }) };
const model = multitaskModel(encoder, heads, { momentum: 0.9, seed });
console.log(`${model.countParams()} parameters`);
const weights = balancedContributionWeights(classFrequencies(sets.train.labels));
const history = await fit(model, {
  training,
  validation,
  loss: {
    findings: weightedBinaryCrossentropy(weights),
    ...(masks.length > 0 && { lungs: { loss: binaryCrossentropyDiceLoss(), weight: 0.5 } }),
  },
  optimizer: adamW({ weightDecay: 1e-4 }),
  learningRate: warmUp({ epochs: 0.5 }, cosineSchedule({ from: rate })),
  clipGradients: { norm: 5 },
  epochs,
  monitor: "validationAuc",
  earlyStopping: { patience: epochs },
  ...(process.stderr.isTTY && { onBatch: progressBar() }),
  onEpoch: epochLog(),
});

// %% Thresholds and calibration from the validation patients, then the files with half of the bytes
const head = "findings";
const validated = await predict(model, validation, { head });
const thresholds = chooseThresholds(model, validated, { split: "validation" });
calibrateModel(model, validated, { method: "platt", smoothedTargets: true, split: "validation" });
const { bytesBefore, bytesAfter } = await quantizeModel(model, folder, { method: "float16" });
const saved = await loadModel(folder);
const { heads: compared } = await compareModels(model, saved, test);
console.log(`\nWeights: ${bytesBefore} bytes as trained, ${bytesAfter} as float16`);
for (const { head: name, probabilities, decisions: same } of compared) {
  console.log(
    `${name}: probabilities differ by at most ${probabilities.greatest.toExponential(1)}, ${probabilities.mean.toExponential(1)} ` +
      `on average; ${(100 * same.overall).toFixed(3)}% of the decisions are the same`,
  );
}

// %% The saved model on the test patients
const predictions = await predict(saved, test, { head });
const evaluation = evaluatePredictions(predictions, { thresholds, split: "test", seed });
const calibrated = calibratedProbabilities(saved, predictions);
const { labels, probabilities } = predictions;
const change = calibrationChange(
  calibrationReport(labels, probabilities),
  calibrationReport(labels, calibrated),
);
console.log(`\nTest patients\n${formatEvaluation(evaluation)}\n\n${formatCalibrationChange(change)}`);
const dice = masks.length > 0 ? (await evaluateSegmentation(saved, test)).masks[0]!.dice : Number.NaN;
const decided = decisions(saved, predictions);
let [found, pointed] = [0, 0];
for (const [c, finding] of data ? [] : classes.entries()) {
  const positive = (i: number) => labels.values.get(i, c) === 1 && decided.values.get(i, c) === 1;
  const truePositives = selectStudies(sets.test, [...predictions.studies.keys()].filter(positive));
  for await (const batch of imageBatches(truePositives, images)) {
    const { peaks } = await gradCam(saved, batch.images, { target: finding, head });
    found += peaks.length;
    for (const [i, study] of batch.studies.entries()) {
      if (pointingGame(peaks[i], draw(study).findingMasks[finding as PhantomFinding]!)) pointed++;
    }
  }
}

const share = pointed / found;
const localization =
  `lungs with a mean Dice of ${dice.toFixed(3)}, and the peak of Grad-CAM inside the finding in ` +
  `${pointed} of ${found} true positives (${(100 * share).toFixed(0)}%)`;
if (!data) console.log(`\nTest patients: ${localization}`);

// %% The card that the page shows beside the model
await writeModelCard(join(folder, "model-card.md"), {
  title: `Model of the web page, trained on ${dataset.name} films`,
  dataset,
  sets,
  audit,
  history,
  weights,
  predictions,
  evaluation,
  evaluatedOn: "test",
  calibratedProbabilities: calibrated,
  contract: contractOf(saved),
  purpose: {
    intendedUse: data
      ? "To try the web page on the films that it learnt from; for research only."
      : "To show what the web page does: for demonstration, with synthetic films only.",
    outOfScope: [...(data ? [] : ["Any film of a person."]), "Any decision about a patient."],
    limits: data
      ? ["It learnt findings only; it segments no lungs."]
      : [
          "It never saw a real film. Phantoms are drawn by a program and are much easier than films of people.",
          `On the phantoms of the test patients it found ${localization}: elsewhere a map points beside the finding.`,
        ],
  },
  settings: {
    patients,
    imageSize: size,
    epochs,
    batchSize,
    rate,
    seed,
    backend: backend.name,
    weights: "float16",
  },
});

// %% What this shows
const files = await readdir(folder);
const sizes = await Promise.all(files.map(async (file) => (await stat(join(folder, file))).size));
const total = sizes.reduce((sum, bytes) => sum + bytes, 0);
console.log(`\n${folder}: ${files.join(", ")}, ${total} bytes`);
assert.ok(files.includes("model.json") && files.includes("model-card.md"));
assert.ok(total < 3e6, "all files together are below 3 MB");
assert.ok(bytesAfter < 0.52 * bytesBefore, "float16 takes half of the bytes");
assert.deepEqual(contractOf(saved), contractOf(model), "thresholds and calibration are in the files");
for (const { probabilities: difference, decisions: same } of compared) {
  assert.ok(
    difference.greatest < 0.02 && difference.mean < 1e-3,
    "the saved model gives what the trained one gives",
  );
  assert.ok(same.overall > 0.99, "and decides alike");
}
if (asShipped) {
  assert.ok(evaluation.macro.auc.value > 0.98, "phantoms are told apart");
  assert.ok(
    change.mean.equalWidth.after < change.mean.equalWidth.before,
    "calibration holds on other patients",
  );
  assert.ok(dice > 0.98, "lungs are found");
  assert.ok(share > 0.5, "most maps point at the finding");
}
