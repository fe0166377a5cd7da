// What the architectures learn on real films, on patients that they never saw.
//
//     npm run bench:learning -- --task nih-64 [--architecture denseNet121 ...] [--runs 3] [--epochs 6]
//     npm run bench:learning -- --task lungs-256 --architecture unet-resNet18 --epochs 12
//     npm run bench:learning -- --task two-heads
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import {
  adamW,
  assertNoLeakage,
  type BackendName,
  balancedContributionWeights,
  binaryCrossentropyDiceLoss,
  classFrequencies,
  cosineSchedule,
  type Dataset,
  denseNet,
  efficientNet,
  evaluatePredictions,
  evaluateRuns,
  evaluateSegmentation,
  formatEvaluation,
  formatRuns,
  type ImageNetworkOptions,
  multitaskModel,
  phantomDataset,
  phantomFindings,
  phantomTubes,
  predictHeads,
  predictRuns,
  resNet,
  simpleCnn,
  splitByPatient,
  unet,
  unetPlusPlus,
  useBackend,
  warmUp,
  weightedBinaryCrossentropy,
} from "radiolucent";
import {
  csvDataset,
  epochLog,
  type ImageBatchOptions,
  imageBatches,
  lungSegmentation,
  progressBar,
  trainRuns,
} from "radiolucent/node";

const { values: option } = parseArgs({
  options: {
    task: { type: "string", default: "nih-64" },
    data: { type: "string", default: "../shared/data" },
    architecture: { type: "string", multiple: true },
    runs: { type: "string", default: "3" },
    epochs: { type: "string" },
    size: { type: "string" },
    "batch-size": { type: "string", default: "16" },
    rate: { type: "string", default: "0.001" },
    backend: { type: "string", default: "auto" },
    out: { type: "string", default: "runs/learning" },
  },
});
const runs = Number(option.runs);
const batchSize = Number(option["batch-size"]);
const backend = await useBackend(option.backend as BackendName);

type Build<Options> = (options: ImageNetworkOptions & Options) => LayersModel;
const momentum = 0.9;
const encoders: Record<string, Build<{ classes?: readonly string[] }>> = {
  denseNet121: (options) => denseNet({ ...options, depth: 121, momentum }),
  denseNet169: (options) => denseNet({ ...options, depth: 169, momentum }),
  denseNet201: (options) => denseNet({ ...options, depth: 201, momentum }),
  resNet18: (options) => resNet({ ...options, depth: 18, momentum }),
  resNet34: (options) => resNet({ ...options, depth: 34, momentum }),
  resNet50: (options) => resNet({ ...options, depth: 50, momentum }),
  efficientNetB0: (options) => efficientNet({ ...options, momentum }),
};
const classifiers: Record<string, Build<{ classes: readonly string[] }>> = {
  ...encoders,
  simpleCnn: (options) =>
    simpleCnn({ ...options, filters: [16, 32, 64, 64], kernelSize: 3, padding: "same", momentum }),
};
const segmenters: Record<string, Build<{ masks: readonly string[] }>> = {
  unet: (options) => unet({ ...options, filters: [16, 32, 64, 128, 256], batchNormalization: true }),
  "unet-64-to-1024": (options) => unet(options),
};
for (const [name, build] of Object.entries(encoders)) {
  segmenters[`unet-${name}`] = ({ masks, ...options }) => unet({ encoder: build(options), masks });
  segmenters[`unetPlusPlus-${name}`] = ({ masks, ...options }) =>
    unetPlusPlus({ encoder: build(options), masks });
  segmenters[`unetPlusPlus-deep-${name}`] = ({ masks, ...options }) =>
    unetPlusPlus({ encoder: build(options), masks, deepSupervision: true });
}

const fractions = { train: 0.6, validation: 0.15, test: 0.25 };
const schedule = () => warmUp({ epochs: 0.5 }, cosineSchedule({ from: Number(option.rate) }));

/** Trains one architecture on one task several times, and says what it does on the test patients. */
async function learn(
  name: string,
  { size, epochs }: { readonly size: number; readonly epochs: number },
): Promise<void> {
  const task = tasks[option.task as keyof typeof tasks];
  const dataset: Dataset = await task.dataset(size);
  const sets = splitByPatient(dataset, { fractions, seed: 1 });
  assertNoLeakage(sets);
  const images: ImageBatchOptions = {
    size,
    batchSize,
    normalization: { method: "per-image" },
    ...task.images,
  };
  const test = imageBatches(sets.test, images);
  const started = performance.now();
  const { runs: trained } = await trainRuns({
    directory: join(option.out, `${option.task}-${name}`),
    runs,
    backend,
    resume: true,
    sets,
    configuration: { task: option.task, architecture: name, size, epochs, batchSize, rate: option.rate },
    model: ({ seed }) => task.build(name, { height: size, width: size, seed }, dataset),
    options: ({ seed }) => ({
      training: imageBatches(sets.train, { ...images, ...task.training, shuffle: true, seed }),
      validation: imageBatches(sets.validation, images),
      loss: task.loss(sets.train),
      optimizer: adamW({ weightDecay: 1e-4 }),
      learningRate: schedule(),
      clipGradients: { norm: 5 },
      epochs,
      monitor: task.monitor,
      earlyStopping: { patience: epochs },
      onEpoch: epochLog(),
      ...(process.stderr.isTTY && { onBatch: progressBar() }),
    }),
  });
  const parameters = task.build(name, { height: size, width: size }, dataset);
  console.log(
    `\n${option.task}, ${name}: ${parameters.countParams()} parameters, ${sets.train.studies.length} films, ${size} px, ` +
      `${epochs} epochs, ${runs} runs, ${Math.round((performance.now() - started) / 1000)} s`,
  );
  parameters.dispose();
  await task.report(trained, test);
}

type Trained = Awaited<ReturnType<typeof trainRuns>>["runs"];
type Source = ReturnType<typeof imageBatches>;

const tasks = {
  "nih-64": {
    size: 64,
    epochs: 6,
    architectures: Object.keys(classifiers),
    images: {},
    training: { augmentation: { rotation: 8, zoom: 0.1, shift: 0.05 } },
    monitor: "validationAuc" as const,
    dataset: () =>
      csvDataset({
        csv: join(option.data, "nih-64/labels.csv"),
        images: join(option.data, "nih-64/images"),
        imageColumn: "Image",
        patientColumn: "PatientId",
        classes: [
          "Atelectasis",
          "Cardiomegaly",
          "Effusion",
          "Infiltration",
          "Mass",
          "Nodule",
          "Pneumothorax",
        ],
      }),
    build: (name: string, options: ImageNetworkOptions, { labels }: Dataset) =>
      classifiers[name]!({ ...options, classes: labels.classes }),
    loss: (train: Dataset) =>
      weightedBinaryCrossentropy(balancedContributionWeights(classFrequencies(train.labels))),
    report: async (trained: Trained, test: Source) => {
      console.log(formatRuns({ model: evaluateRuns(await predictRuns(trained, test)) }));
    },
  },
  "lungs-256": {
    size: 128,
    epochs: 12,
    architectures: ["unet", ...Object.keys(encoders).map((name) => `unet-${name}`), "unetPlusPlus-resNet18"],
    images: { masks: ["Lungs"] },
    training: { augmentation: { rotation: 8, zoom: 0.1, shift: 0.05, gamma: 1.2 } },
    monitor: "validationDice" as const,
    dataset: () => lungSegmentation({ root: join(option.data, "lungs-256") }),
    build: (name: string, options: ImageNetworkOptions) =>
      segmenters[name]!({ ...options, masks: ["Lungs"] }),
    loss: () => binaryCrossentropyDiceLoss(),
    report: async (trained: Trained, test: Source) => {
      for (const { run, load } of trained) {
        const model = await load();
        const { masks, samples } = await evaluateSegmentation(model, test, { head: "masks" });
        const { dice, positives } = masks[0]!;
        console.log(`run ${run}: mean Dice ${dice.toFixed(4)} on ${samples} films (${positives} with lungs)`);
        model.dispose();
      }
    },
  },
  "two-heads": {
    size: 96,
    epochs: 12,
    architectures: ["resNet18"],
    images: {},
    training: { augmentation: { rotation: 5, zoom: 0.05, shift: 0.03 } },
    monitor: "validationAuc" as const,
    dataset: async (size: number) =>
      phantomDataset({
        patients: 500,
        size,
        seed: "two heads",
        findings: [...phantomFindings, ...phantomTubes],
      }),
    build: (name: string, options: ImageNetworkOptions) =>
      multitaskModel(encoders[name]!(options), { pathology: phantomFindings, tubes: phantomTubes }),
    loss: () => ({ pathology: weightedBinaryCrossentropy(), tubes: weightedBinaryCrossentropy() }),
    report: async (trained: Trained, test: Source) => {
      for (const { run, load } of trained) {
        const model = await load();
        for (const [head, predictions] of Object.entries(await predictHeads(model, test))) {
          const evaluation = evaluatePredictions(predictions, { resamples: 500 });
          console.log(`run ${run}, head ${head}\n${formatEvaluation(evaluation)}`);
        }
        model.dispose();
      }
    },
  },
};

const { architectures, size, epochs } = tasks[option.task as keyof typeof tasks];
for (const name of option.architecture ?? architectures) {
  await learn(name, { size: Number(option.size ?? size), epochs: Number(option.epochs ?? epochs) });
}
