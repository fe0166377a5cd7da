// A training that a test kills, on the built package: FOLDER BACKEND. It goes on from what the folder holds,
// prints a line a batch, and at the end writes result.json: the weights' bytes and the history.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import {
  type BackendName,
  cosineSchedule,
  datasetBatches,
  fit,
  phantomDataset,
  simpleCnn,
  splitByPatient,
  useBackend,
  warmUp,
  weightedBinaryCrossentropy,
} from "radiolucent";
import { checkpointFolder, csvLog, jsonLinesLog } from "radiolucent/node";

const [folder, backend] = process.argv.slice(2) as [string, BackendName];
await useBackend(backend);
const dataset = phantomDataset({ patients: 20, size: 16, seed: "killed", imagesPerPatient: [1, 2] });
const { train, validation } = splitByPatient(dataset, {
  fractions: { train: 0.7, validation: 0.3 },
  seed: 1,
});
const options = { size: 16, batchSize: 4 };
const training = datasetBatches(train, {
  ...options,
  shuffle: true,
  seed: 5,
  augmentation: { rotation: 10, noise: 0.05 },
});
const model = simpleCnn({
  ...training.format,
  classes: training.classes,
  filters: [2, 4],
  kernelSize: 3,
  dropout: 0.3,
  seed: 2,
});
const history = await fit(model, {
  training,
  validation: datasetBatches(validation, options),
  loss: weightedBinaryCrossentropy(),
  epochs: 4,
  learningRate: warmUp({ epochs: 1 }, cosineSchedule({ from: 0.01 })),
  earlyStopping: { patience: 3 },
  averageWeights: 0.9,
  clipGradients: { norm: 1 },
  checkpoint: checkpointFolder(folder),
  resume: true,
  stateEvery: 2,
  onEpoch: [csvLog(join(folder, "log.csv")), jsonLinesLog(join(folder, "log.jsonl"))],
  async onBatch() {
    process.stdout.write("batch\n");
    await setTimeout(10); // Leaves the test time to kill.
  },
});
const weights = await Promise.all(
  model.weights.map(async (weight) =>
    Buffer.from((await weight.read().data()).slice().buffer).toString("hex"),
  ),
);
const epochs = history.epochs.map(({ seconds, ...record }) => record);
writeFileSync(join(folder, "result.json"), JSON.stringify({ weights, ...history, epochs }));
