// # Pneumothorax, found and drawn
// The study of the SIIM-ACR contest: DICOM films and run-length masks, who is ill by age and sex, CLAHE, a U-Net on a
// ResNet34 encoder that draws the pneumothorax, a ResNet34 classifier that is shown its worst predicted films more often, a
// threshold for recall, both in two stages, and both quantised. By default on phantoms in the contest's layout, with a small
// encoder; with `--data DIR` on the contest's folder: train-rle.csv or stage_2_train.csv, and the DICOM files, however deep.
//
//     npm run example:pneumothorax
//     npm run example:pneumothorax -- --data DIR --encoder resnet34 --image-size 256 --epochs 30 --classifier-epochs 15

// %% Settings
import assert from "node:assert/strict";
import { join } from "node:path";
import {
  ageBands,
  assertNoLeakage,
  type BackendName,
  binaryCrossentropyDiceLoss,
  chooseThresholds,
  compareModels,
  cosineSchedule,
  equalizeAdaptiveHistogram,
  evaluatePredictions,
  evaluateSubgroups,
  everySample,
  filterStudies,
  fit,
  forestPlot,
  formatEvaluation,
  formatSubgroups,
  type Image,
  type MaskEvaluation,
  maskOverlayGrid,
  maskTally,
  phantomDataset,
  predict,
  renderPhantom,
  repeatHardest,
  resizeMask,
  resNet,
  type SamplingPlan,
  sampleLosses,
  segmentPositives,
  selectStudies,
  splitByPatient,
  subgroupPlot,
  thresholdSweepPlot,
  unet,
  useBackend,
  weightedBinaryCrossentropy,
} from "radiolucent";
import {
  contactSheet,
  epochLog,
  imageBatches,
  loadModel,
  loadStudyImage,
  loadStudyMasks,
  maskPictures,
  quantizeModel,
  saveModel,
  siimPneumothorax,
} from "radiolucent/node";
import { phantomFolder } from "./common/phantomFolder.js";
import { savePicture } from "./common/savePicture.js";
import { settings } from "./common/settings.js";

const option = settings({
  data: "",
  patients: 160,
  imageSize: 96,
  encoder: "small",
  epochs: 12,
  classifierEpochs: 2,
  moreEpochs: 5,
  recall: 0.9,
  backend: "auto",
  seed: 1,
  out: "runs/pneumothorax",
});
const { imageSize: size, seed, out } = option;
const backend = await useBackend(option.backend as BackendName);
const finding = "Pneumothorax";
const rounded = (value: number) => Number(value.toPrecision(3));

// %% DICOM files and run lengths: several rows of an image are one mask, their union
const phantoms = { patients: option.patients, seed, size: 256, prevalence: 0.3 };
const root = option.data || (await phantomFolder({ format: "siimPneumothorax", ...phantoms }));
const dataset = await siimPneumothorax({ root });
const { rowsRead, rowsKept, merged, dropped, changed } = dataset.account;
console.log(`${dataset.name}: ${rowsRead} rows are ${rowsKept} films, ${backend.name} backend`);
console.log(`${merged ?? 0} rows hold a further part of a mask that an earlier row began`);
for (const { reason, count } of dropped) console.log(`${count} left out: ${reason}`);
for (const { rule, count } of changed) console.log(`${count} films: ${rule}`);

// %% Who is ill: age and sex come from the DICOM headers
const { studies, labels } = dataset;
const ill = studies.map((_, i) => labels.values.get(i, 0));
const ages = studies.map(({ ageYears }) => ageYears);
const shares = evaluateSubgroups(ill, ill, {
  by: { sex: studies.map(({ sex }) => sex), age: ageBands(ages, [40, 60]) },
  metric: (rows) => rows.reduce((sum, row) => sum + ill[row]!, 0) / rows.length,
  groups: studies.map(({ patientId }) => patientId),
});
console.log(`\nShare of films with a pneumothorax\n${formatSubgroups(shares)}`);
const measure = "share with a pneumothorax";
await savePicture(join(out, "age-and-sex.svg"), subgroupPlot(shares, { measure }));

// %% Films before and after CLAHE, and their masks
const clahe = {
  key: "CLAHE, defaults of scikit-image",
  apply: (film: Image) => equalizeAdaptiveHistogram(film),
  applyToMask: <Mask>(mask: Mask) => mask,
};
const positivesOf = (set: typeof dataset) =>
  filterStudies(set, (_, i) => set.labels.values.get(i, 0) === 1, "no pneumothorax");
const onePerPatient = (set: typeof dataset, most: number) =>
  [...new Map(positivesOf(set).studies.map((study) => [study.patientId, study])).values()].slice(0, most);
const shown = onePerPatient(dataset, 5);
const films = await Promise.all(shown.map((study) => loadStudyImage(dataset, study)));
const truths = await Promise.all(shown.map((study) => loadStudyMasks(dataset, study)));
const drawings = truths.map((masks): Image => ({ pixels: masks[finding]!, range: [0, 1] }));
const people = shown.map(({ sex, ageYears }) => `${sex}, ${ageYears} years`);
const sources = shown.map(({ runLengths }) => `of ${runLengths.length} table rows`);
const row = (title: string, images: readonly Image[], captions: readonly string[]) => {
  return { title, tiles: images.map((image, i) => ({ image, caption: captions.slice(i, i + 1) })) };
};
const evenedFilms = row("After CLAHE", films.map(clahe.apply), []);
const sheet = [row("Films", films, people), evenedFilms, row("Masks", drawings, sources)];
await savePicture(join(out, "films.png"), await contactSheet(sheet, { columns: 5, tile: 120 }));

// %% Split by patient. The contest names none: there each film counts as a patient of its own
const sets = splitByPatient(dataset, { fractions: { train: 0.6, validation: 0.2, test: 0.2 }, seed });
assertNoLeakage(sets);
const images = { size, masks: [finding], preprocess: clahe, cache: join(out, "cache") };
const augmentation = { rotation: 10, zoom: 0.1, shift: 0.05, brightness: 0.1, contrast: 0.1 };
const [validation, test] = [imageBatches(sets.validation, images), imageBatches(sets.test, images)];
const encoders = {
  small: { blocks: [1, 1, 1, 1], bottleneck: false, initialFilters: 16 },
  resnet18: { depth: 18 },
  resnet34: { depth: 34 },
} as const;
const encoder = encoders[option.encoder as keyof typeof encoders];
if (encoder === undefined) throw new Error(`--encoder is one of ${Object.keys(encoders).join(", ")}`);
const network = { ...test.format, ...encoder, momentum: 0.9, seed };

// %% The segmenter learns from films with a pneumothorax alone; film and mask are turned and zoomed together
const segmenter = unet({ encoder: resNet(network), masks: [finding], momentum: 0.9, seed });
await fit(segmenter, {
  training: imageBatches(positivesOf(sets.train), { ...images, augmentation, shuffle: true, seed }),
  validation: imageBatches(positivesOf(sets.validation), images),
  loss: binaryCrossentropyDiceLoss(),
  epochs: option.epochs,
  learningRate: cosineSchedule({ from: 0.003 }),
  monitor: "validationDice",
  onEpoch: epochLog(),
});

// %% The classifier, then more epochs in which the worst predicted tenth of the films comes again, augmented
const everyFilm = everySample(sets.train.studies.length, { seed });
const learn = (model: typeof segmenter, epochs: number, plan: SamplingPlan) =>
  fit(model, {
    training: imageBatches(sets.train, { ...images, augmentation, seed, plan }),
    validation,
    loss: weightedBinaryCrossentropy(),
    epochs,
    learningRate: cosineSchedule({ from: 0.001 }),
    monitor: "validationAuc",
    onEpoch: epochLog(),
  });
const classifier = resNet({ ...network, classes: test.classes });
await learn(classifier, option.classifierEpochs, everyFilm);
await saveModel(classifier, join(out, "first"));
const first = await predict(classifier, test);
const trained = await predict(classifier, imageBatches(sets.train, images));
const losses = sampleLosses(trained.labels.values, trained.probabilities);
await learn(classifier, option.moreEpochs, repeatHardest(everyFilm, losses, { times: 3, seed }));
const predictions = await predict(classifier, test);
// A copy learns as long without repetition: only what is better than this is owed to the repeated films.
const control = await loadModel(join(out, "first"));
await learn(control, option.moreEpochs, everyFilm);
const longer = await predict(control, test);
const stages = { first, "worst films repeated": predictions, "as long, none repeated": longer };
const aucs = Object.entries(stages).map(([label, scores]) => {
  return { label, ...evaluatePredictions(scores).classes[0]!.auc };
});
for (const { label, value } of aucs) console.log(`Test AUC, ${label}: ${value.toFixed(3)}`);
await savePicture(join(out, "auc.svg"), forestPlot(aucs, { measure: "AUC", evaluatedOn: "test" }));

// %% A threshold for recall, chosen on the validation patients
const validated = await predict(classifier, validation);
const criterion = { sensitivity: option.recall };
const thresholds = chooseThresholds(classifier, validated, { criterion, split: "validation" });
const chosen = evaluatePredictions(validated, { thresholds, split: "validation" });
const sweep = { predictions: validated, evaluation: chosen, evaluatedOn: "validation" };
await savePicture(join(out, "threshold.svg"), thresholdSweepPlot(sweep));
const tested = evaluatePredictions(predictions, { thresholds, split: "test" });
console.log(`\nThreshold ${thresholds.values[0]!.toFixed(3)}, chosen for a recall of ${option.recall}`);
console.log(`Recall on validation: ${chosen.classes[0]!.sensitivity!.toFixed(3)}`);
console.log(`\n${formatEvaluation(tested)}\n`);

// %% Two stages: only films that the classifier calls positive are segmented. Dice is that of the films' own size
async function drawFrom(decisionThreshold: number): Promise<MaskEvaluation> {
  const tally = maskTally({ distances: false, seed });
  const batches = (rows: readonly number[]) => imageBatches(selectStudies(sets.test, rows), images);
  const how = { finding, decisionThreshold, batches };
  for await (const { study, masks } of segmentPositives(predictions, segmenter, how)) {
    const truth = (await loadStudyMasks(sets.test, study))[finding]!;
    const prediction = resizeMask(masks[finding]!, ...study.maskSize);
    tally.add({ truth, prediction, id: study.imageId, group: study.patientId });
  }
  return tally.result();
}
const [oneStage, twoStages] = [await drawFrom(0), await drawFrom(thresholds.values[0]!)];
const scores = ({ siimAcrScore, positives, empties }: MaskEvaluation) => ({
  "Dice of all": rounded(siimAcrScore.value),
  "Dice of positives": rounded(positives.dice.value),
  "positives left empty": rounded(positives.predictedEmpty.value),
  "empties left empty": rounded(empties.predictedEmpty.value),
});
const nothing = { "Dice of all": rounded(oneStage.siimAcrScoreOfNothing), "Dice of positives": 0 };
console.table({ "one stage": scores(oneStage), "two stages": scores(twoStages), "nothing drawn": nothing });

// %% Masks over films: what the segmenter draws is a veil, the truth an outline
const some = onePerPatient(sets.test, 4).map((study) => sets.test.studies.indexOf(study));
const overlays = await maskPictures(segmenter, selectStudies(sets.test, some), {
  rows: 120,
  preprocess: clahe,
});
await savePicture(join(out, "masks.svg"), maskOverlayGrid(overlays));

// %% Both models quantised, side by side with the originals
const quantized = [];
for (const [name, model] of Object.entries({ segmenter, classifier })) {
  for (const method of ["float16", "uint8"] as const) {
    const folder = join(out, `${name}-${method}`);
    const { bytesBefore, bytesAfter } = await quantizeModel(model, folder, { method });
    const { heads } = await compareModels(model, await loadModel(folder), test);
    const { metrics, overlap, probabilities } = heads[0]!;
    const quality = (of: "first" | "second") =>
      rounded(metrics ? metrics[of].classes[0]!.auc.value : overlap![of][0]!.diceOfPositives);
    quantized.push({
      model: `${name}, ${method}`,
      kB: Math.round(bytesAfter / 1000),
      share: rounded(bytesAfter / bytesBefore),
      measure: metrics ? "AUC" : "Dice of positives",
      before: quality("first"),
      after: quality("second"),
      "mean change": rounded(probabilities.mean),
      "greatest change": rounded(probabilities.greatest),
    });
  }
}
console.table(quantized);

// %% What this shows
// Films with the label have a mask and no others have; drawing nothing scores exactly the share of empty films.
const isEmpty = sets.test.studies.map((_, i) => sets.test.labels.values.get(i, 0) === 0);
const hasEmptyMask = oneStage.images.map(({ truthPixels }) => truthPixels === 0);
assert.deepEqual(hasEmptyMask, isEmpty);
assert.equal(oneStage.siimAcrScoreOfNothing, isEmpty.filter(Boolean).length / isEmpty.length);
// The threshold keeps what it was chosen for, and the second stage can only take masks away.
assert.ok(chosen.classes[0]!.sensitivity! >= option.recall);
assert.ok(twoStages.empties.predictedEmpty.value >= oneStage.empties.predictedEmpty.value);
assert.ok(twoStages.positives.dice.value <= oneStage.positives.dice.value);
// A half and about a quarter of the bytes change probabilities by little.
for (const { model, share, "mean change": change } of quantized) {
  const half = model.endsWith("float16");
  assert.ok(share < (half ? 0.52 : 0.28) && change < (half ? 0.002 : 0.02), model);
}
if (option.data === "") {
  // What was read is what was drawn, although each mask came in two rows.
  const written = phantomDataset({ ...phantoms, findings: [finding] }).studies;
  for (const [i, study] of studies.entries()) {
    const { [finding]: drawn } = renderPhantom(written[i]!, phantoms.size).findingMasks;
    const { [finding]: read } = await loadStudyMasks(dataset, study);
    assert.deepEqual(read!.data, drawn?.data ?? new Uint8Array(phantoms.size ** 2));
  }
  assert.ok(oneStage.positives.dice.value > 0.5);
  assert.ok(tested.classes[0]!.auc.value > 0.6);
}
