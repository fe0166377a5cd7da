// Uses the installed package as a stranger would: every entry point, a training epoch, a prediction, a report.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";

const entries = Object.keys(
  JSON.parse(readFileSync("node_modules/radiolucent/package.json", "utf8")).exports,
);
for (const entry of entries.filter((name) => name !== "./package.json")) {
  const module = await import(`radiolucent${entry.slice(1)}`);
  assert.ok(entry.startsWith("./backends/") || Object.keys(module).length > 0, `${entry} exports nothing`);
}

const {
  activationMaps,
  assertNoLeakage,
  adamW,
  calibratedProbabilities,
  calibrateModel,
  chooseThresholds,
  datasetBatches,
  encodeSafetensors,
  evaluatePredictions,
  fit,
  gradCam,
  integratedGradients,
  loadSafetensors,
  multitaskModel,
  phantomDataset,
  predict,
  predictHeads,
  resNet,
  segment,
  simpleCnn,
  splitByPatient,
  useBackend,
  weightedBinaryCrossentropy,
} = await import("radiolucent");
const {
  checkpointFolder,
  csvLog,
  imageBatches,
  loadKerasModel,
  loadModel,
  padChest,
  quantizeModel,
  saveModel,
  siimPneumothorax,
  tensorBoardLog,
  writeModelCard,
  writePhantomDataset,
  writeReport,
} = await import("radiolucent/node");

// Files: 16-bit PNG and DICOM decoded by workers, the second time from the cache, the same bits.
await writePhantomDataset({ format: "padChest", directory: "padchest", patients: 6, size: 96 });
await writePhantomDataset({ format: "siimPneumothorax", directory: "siim", patients: 6, size: 96 });
for (const films of [await padChest({ root: "padchest" }), await siimPneumothorax({ root: "siim" })]) {
  const epochs = [];
  for (const options of [{ workers: 0 }, { cache: "cache" }, { cache: "cache" }]) {
    const values = [];
    for await (const { images } of imageBatches(films, { size: 48, ...options })) values.push(...images.data);
    epochs.push(values);
  }
  assert.equal(epochs[0].length, films.studies.length * 48 * 48);
  assert.deepEqual(epochs[1], epochs[0]);
  assert.deepEqual(epochs[2], epochs[0]);
}

const backend = await useBackend("auto");
assert.equal(backend.name, "wasm");
const dataset = phantomDataset({ patients: 12, size: 48, seed: 1 });
const sets = splitByPatient(dataset, { fractions: { train: 0.5, test: 0.5 } });
const audit = assertNoLeakage(sets);
const training = datasetBatches(sets.train, { size: 48, shuffle: true });
const model = simpleCnn({
  ...training.format,
  classes: training.classes,
  filters: [4, 8],
  kernelSize: 3,
  padding: "same",
});
const history = await fit(model, { training, loss: weightedBinaryCrossentropy(), epochs: 2 });
assert.ok(history.epochs[1].trainingLoss < history.epochs[0].trainingLoss, "the loss does not fall");

const test = datasetBatches(sets.test, { size: 48 });
const predictions = await predict(model, test);
const thresholds = chooseThresholds(model, predictions, { split: "test" });
calibrateModel(model, predictions, { method: "temperature", split: "test" });
await saveModel(model, "model");
const loaded = await loadModel("model");
const again = await predict(loaded, test);
assert.deepEqual(again.probabilities.data, predictions.probabilities.data);
const calibrated = calibratedProbabilities(model, predictions);
assert.deepEqual(calibratedProbabilities(loaded, again).values.data, calibrated.values.data);

for await (const { images } of test) {
  const cam = await gradCam(model, images, { target: "Effusion" });
  assert.equal(cam.raw.shape[0], images.shape[0]);
  const methods = ["gradCam", "layerCam", "eigenCam"];
  assert.equal((await activationMaps(model, images, { targets: ["Effusion", "Nodule"], methods })).length, 6);
  const { completenessGap } = await integratedGradients(model, images, { target: "Nodule" });
  assert.ok(completenessGap.every((gap) => Math.abs(gap) < 0.05));
}
// Two heads on one encoder, with a state to go on from, and logs.
const both = datasetBatches(sets.train, { size: 32, batchSize: 4, masks: ["Lungs"] });
const build = (seed) =>
  multitaskModel(
    resNet({ blocks: [1, 1], initialFilters: 4, height: 32, width: 32, seed }),
    { findings: both.classes, lungs: { masks: ["Lungs"] } },
    { seed },
  );
const train = (model, epochs) =>
  fit(model, {
    training: both,
    loss: weightedBinaryCrossentropy(),
    epochs,
    optimizer: adamW(),
    checkpoint: checkpointFolder("checkpoint"),
    resume: true,
    onEpoch: [csvLog("epochs.csv"), tensorBoardLog("tensorboard")],
  });
await train(build(1), 1);
const heads = build(2); // whose own weights give way to those of the checkpoint
assert.equal((await train(heads, 2)).epochs.length, 2);
assert.equal(readFileSync("epochs.csv", "utf8").trim().split("\n").length, 3);
assert.deepEqual(Object.keys(await predictHeads(heads, both)), ["findings"]);
for await (const { masks } of segment(heads, both)) assert.deepEqual(masks.Lungs.shape, [32, 32]);
await saveModel(heads, "heads");
const sizes = await quantizeModel("heads", "small", { method: "uint8", perChannel: true });
assert.ok(sizes.bytesAfter < 0.5 * sizes.bytesBefore && (await loadModel("small")));

// Weights from elsewhere: WebAssembly and archives are found where the package was installed.
const { unzipSync } = await import("fflate");
const kerasFiles = unzipSync(readFileSync("keras.zip"));
for (const name of ["keras2.model.h5", "keras3.sequential.keras"]) {
  assert.ok((await loadKerasModel(kerasFiles[name])).countParams() > 0, name);
}
const network = resNet({ blocks: [1], initialFilters: 2, height: 16, width: 16 });
const stem = { dtype: "F32", shape: [2, 1, 7, 7], values: new Float32Array(98).fill(0.5) };
const report = loadSafetensors(network, encodeSafetensors(new Map([["conv1.weight", stem]])), {
  names: (module) => module,
  require: "some",
});
assert.equal(report.loaded[0].layer, "conv1");

const evaluation = evaluatePredictions(predictions, { thresholds, split: "test", resamples: 50 });
assert.equal(
  evaluation.warnings.length,
  1,
  "thresholds chosen on the samples themselves go without a warning",
);
const settings = { node: process.version };
const input = {
  title: "Smoke",
  dataset,
  sets,
  audit,
  history,
  predictions,
  evaluation,
  evaluatedOn: "test",
  calibratedProbabilities: calibrated,
  purpose: { intendedUse: "None.", limits: [] },
  settings,
};
await writeReport("report.html", input);
assert.match(readFileSync("report.html", "utf8"), /<svg/);
await writeModelCard("model-card.md", input);
assert.match(readFileSync("model-card.md", "utf8"), /^## Limits$/m);
assert.ok(!readdirSync(".").some((name) => name.endsWith(".tmp")), "temporary files are left");
console.log(`radiolucent works on Node ${process.version}: ${backend.description}`);
