// # Tubes and pathologies
// Does a network that finds pathologies look at the lungs, and does learning the tubes as well help it? After a study on
// PadChest and ChestX-ray14: a model of the pathologies, one of the tubes and one of both, several runs each, trained on
// whole films, on films without the lungs and on only the lungs, and every model tested on every kind of film and on
// another hospital's. AUC and class-wise calibration error as mean and sample standard deviation over the runs. By default
// a small network on phantoms in PadChest's layout; with `--data DIR` on PadChest itself.
//
//     npm run example:tubes-and-pathologies [-- --lungs runs/lungs/model]
//     npm run example:tubes-and-pathologies -- --data DIR --external CHESTXRAY14 --lungs runs/lungs/model \
//       --weights densenet121_notop.h5 --image-size 512 --batch-size 8 --learning-rate 1e-5 --epochs 30

// %% Settings
import assert from "node:assert/strict";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, parse } from "node:path";
import {
  applyLungMask,
  assertNoLeakage,
  type BackendName,
  binaryCrossentropyDiceLoss,
  classFrequencies,
  contractOf,
  cosineSchedule,
  cropMask,
  cropPadding,
  type Dataset,
  denseNet,
  evaluateRuns,
  fit,
  forestPlot,
  formatRuns,
  freeze,
  harmonizeLabels,
  type Image,
  multitaskModel,
  overlayHeatmap,
  predictRuns,
  type RunsEvaluation,
  resizeMask,
  resizeMaskWithPad,
  resizeWithPad,
  resNet,
  type Study,
  segment,
  selectClasses,
  selectRows,
  splitByPatient,
  unet,
  useBackend,
  weightedBinaryCrossentropy,
} from "radiolucent";
import {
  chestXray14,
  encodePng,
  imageBatches,
  loadKerasWeights,
  loadModel,
  loadStudyImage,
  lungSegmentation,
  padChest,
  readPredictionTable,
  trainRuns,
  writePredictionTable,
} from "radiolucent/node";
import { phantomFolder } from "./common/phantomFolder.js";
import { savePicture } from "./common/savePicture.js";
import { settings } from "./common/settings.js";

const option = settings({
  data: "",
  external: "",
  lungs: "",
  weights: "",
  patients: 150,
  imageSize: 80,
  epochs: 8,
  runs: 3,
  batchSize: 16,
  learningRate: 0.004,
  backend: "auto",
  seed: 1,
  resume: false,
  out: "runs/tubes-and-pathologies",
});
const { patients, imageSize: size, epochs, runs, batchSize, seed, out } = option;
const backend = await useBackend(option.backend as BackendName);

// %% PadChest: pathologies are the labels, tubes a second label set of the same films
const films = { patients, size: 128, seed };
const padchest = await padChest({
  root: option.data || (await phantomFolder({ ...films, format: "padChest" })),
  projections: ["PA", "AP", "AP_horizontal"],
  dropExcluded: true,
  dropSuboptimal: true,
  dropUnlabelled: true,
});
for (const { reason, count } of padchest.account.dropped) console.log(`Left out: ${count} films, ${reason}`);
const { positiveCount } = classFrequencies(padchest.labels);
const pathology = padchest.labels.classes.filter((_, c) => positiveCount[c]! > 0);
const absent = padchest.labels.classes.filter((name) => !pathology.includes(name));
if (absent.length > 0) console.log(`Neither learnt nor measured, as no film shows it: ${absent.join(", ")}`);
const dataset: Dataset = { ...padchest, labels: selectClasses(padchest.labels, pathology) };
const tubes = padchest.labelSets!.tubes!.classes;

// %% One split for both tasks, so that no patient of a test film was seen in training by either
const sets = splitByPatient(dataset, { fractions: { train: 0.6, validation: 0.15, test: 0.25 }, seed });
const audit = assertNoLeakage(sets);
for (const { name, images, patients } of audit.sets)
  console.log(`${name}: ${images} films, ${patients} patients`);

// %% Another hospital, which labels pathologies alone
const external = option.data
  ? option.external
  : await phantomFolder({
      ...films,
      patients: Math.ceil(patients / 3),
      seed: seed + 1,
      format: "chestXray14",
    });
const chestxray14 = external ? await chestXray14({ root: external }) : undefined;
const elsewhere = chestxray14 && harmonizeLabels(chestxray14, { classes: pathology });
if (elsewhere) console.log(`external: ${elsewhere.studies.length} films of ${elsewhere.name}`);

// %% A network that finds the lungs: one that `lungs` saved, or a small one that learns from other phantoms
if (option.data && !option.lungs)
  throw new Error("--data needs --lungs: phantoms don't teach the lungs of patients");
const lungs = option.lungs ? await loadModel(option.lungs) : await lungNetwork();
async function lungNetwork() {
  const root = await phantomFolder({ format: "lungSegmentation", patients: 40, size: 128, seed: "lungs" });
  const images = { size: 64, batchSize: 8, masks: ["Lungs"] } as const;
  const training = imageBatches(await lungSegmentation({ root }), { ...images, shuffle: true, seed });
  const input = { ...training.format, masks: images.masks, seed };
  const network = unet({ ...input, filters: [8, 16, 32], batchNormalization: true, momentum: 0.9 });
  const loss = binaryCrossentropyDiceLoss();
  await fit(network, { training, loss, epochs: 6, learningRate: cosineSchedule({ from: 0.004 }) });
  return network;
}

// %% Three images of each film, made once: all of it, without the lungs, only the lungs
const kinds = ["full", "without lungs", "only lungs"] as const;
type Kind = (typeof kinds)[number];
const folderOf = (kind: Kind, { name }: Dataset) => join(out, "images", name, kind);
const fileOf = (kind: Kind, of: Dataset, { imageId }: Study) =>
  join(folderOf(kind, of), `${parse(imageId).name}.png`);
for (const source of [dataset, elsewhere]) {
  if (source === undefined) continue;
  for (const kind of kinds) await mkdir(folderOf(kind, source), { recursive: true });
  // The network gets whole films as its contract says: the study's had learnt from 0 to 1 and was then given 0 to 255.
  const { height, width, channels, normalization } = contractOf(lungs).input;
  const batches = imageBatches(source, { size: [height, width], channels, normalization: normalization! });
  for await (const { study, masks, probabilities } of segment(lungs, batches)) {
    const film = await loadStudyImage(source, study);
    const [rows, columns] = film.pixels.shape as [number, number];
    // Film and mask without the dark margin, padded to a square; the film's own highest value becomes white.
    const { image: content, box } = cropPadding(film);
    const mask = resizeMaskWithPad(cropMask(resizeMask(masks.Lungs!, rows, columns), box), size, size);
    const { pixels } = resizeWithPad(content, size, size);
    const full: Image = { pixels, range: [0, pixels.data.reduce((a, b) => Math.max(a, b), 1)] };
    for (const kind of kinds) {
      const keep = kind === "only lungs" ? "lungs" : "outside";
      const image = kind === "full" ? full : applyLungMask(full, mask, { keep });
      const grey = overlayHeatmap(image, probabilities.pick(null, null, 0), { opacity: 0 }); // 8 bits, no colour
      await writeFile(fileOf(kind, source, study), await encodePng(grey));
    }
  }
}
const channels = option.weights ? 3 : 1;
const images = { size, channels, batchSize, normalization: { method: "per-image" } } as const;
/** Batches of one kind of image; the labels stay those of the film. */
function batchesOf(
  kind: Kind,
  of: Dataset,
  order: { readonly shuffle?: boolean; readonly seed?: number } = {},
) {
  const studies = of.studies.map((study) => ({ ...study, path: fileOf(kind, of, study) }));
  return imageBatches({ ...of, studies }, { ...images, ...order });
}

// %% Three models on each kind of image, several runs each, and every model on every kind of image
const models: Record<string, Record<string, readonly string[]>> = {
  "pathology model": { pathology },
  "tube model": { tubes },
  "both heads": { pathology, tubes },
};
async function network(heads: Record<string, readonly string[]>, seed: number) {
  const input = { height: size, width: size, channels, seed } as const;
  const small = { ...input, blocks: [1, 1, 1], bottleneck: false, initialFilters: 16, momentum: 0.9 };
  const encoder = option.weights ? denseNet({ ...input, depth: 121 }) : resNet(small);
  const model = multitaskModel(encoder, heads, { seed });
  if (option.weights) {
    await loadKerasWeights(encoder, await readFile(option.weights));
    freeze(model, { allBut: 9 });
  }
  return model;
}
const tables: Record<string, Record<string, RunsEvaluation>> = {};
const rowOf = (model: string, trained: Kind, tested: Kind) => `${model}, ${trained} > ${tested}`;
const csvOf = (place: string, row: string) =>
  join(out, "predictions", `${place}, ${row}.csv`.replace(/[ ,>]+/g, "-"));
const from = option.learningRate;
if (!option.resume) await rm(join(out, "runs"), { recursive: true, force: true });
for (const [name, heads] of Object.entries(models)) {
  for (const trained of kinds) {
    const start = performance.now();
    const experiment = await trainRuns({
      directory: join(out, "runs", `${name} ${trained}`.replaceAll(" ", "-")),
      runs,
      backend,
      resume: option.resume,
      sets,
      configuration: { size, epochs, batchSize, from, heads, trained },
      model: ({ seed }) => network(heads, seed),
      options: ({ seed }) => ({
        training: batchesOf(trained, sets.train, { shuffle: true, seed }),
        validation: batchesOf(trained, sets.validation),
        loss: weightedBinaryCrossentropy(), // Without weights, which would spoil the calibration; unknown labels are skipped.
        learningRate: option.weights ? from : cosineSchedule({ from }),
        epochs,
        monitor: "validationAuc",
      }),
    });
    console.log(`${name}, ${trained}: ${runs} runs, ${((performance.now() - start) / 1000).toFixed(0)} s`);
    for (const tested of kinds) {
      const row = rowOf(name, trained, tested);
      const tests = Object.keys(heads).map((head) => ({ head, place: head, set: sets.test }));
      if (heads.pathology && elsewhere) tests.push({ head: "pathology", place: "external", set: elsewhere });
      for (const { head, place, set } of tests) {
        const predictions = await predictRuns(experiment.runs, batchesOf(tested, set), { head });
        await writePredictionTable(csvOf(place, row), predictions);
        tables[place] = { ...tables[place], [row]: evaluateRuns(predictions) };
      }
    }
  }
}

// %% Tables in the form of the published ones; a row is "model, trained on > tested on"
const measures = { auc: "AUC", calibrationError: "CWCE (10 bins of equal width)" } as const;
for (const [place, rows] of Object.entries(tables)) {
  for (const metric of ["auc", "calibrationError"] as const) {
    console.log(`\n${place}, ${measures[metric]} in %: mean (sample standard deviation) of ${runs} runs`);
    console.log(formatRuns(rows, { metric }));
  }
}

// %% Pictures: models that know the kind of image, and models that have seen whole films only
function picture(title: string, trainedOn: (tested: Kind) => Kind) {
  const rows = { pathology: "pathology model", tubes: "tube model" };
  const points = Object.entries(rows).flatMap(([head, model]) =>
    kinds.flatMap((group) =>
      tables[head]![rowOf(model, trainedOn(group), group)]!.classes.map(({ name: label, auc }) => {
        // Student's interval of a few runs knows no end of the scale, and an AUC has one.
        return {
          label,
          group,
          value: auc.mean,
          lower: Math.max(auc.lower, 0),
          upper: Math.min(auc.upper, 1),
        };
      }),
    ),
  );
  const reference = { value: 0.5, label: "chance" };
  return forestPlot(points, {
    title,
    measure: `AUC, mean of ${runs} runs and its interval over runs`,
    reference,
  });
}
const retrained = picture("Trained and tested on the same kind of image", (kind) => kind);
await savePicture(join(out, "tubes-and-pathologies-retrained.svg"), retrained);
const unprepared = picture("Trained on full films, tested on each kind of image", () => "full");
await savePicture(join(out, "tubes-and-pathologies-unprepared.svg"), unprepared);

// %% What this shows
assert.ok(audit.clean, "no patient is in two sets");
const evaluations = Object.values(tables).flatMap((rows) => Object.values(rows));
const tests = 2 * Object.keys(tables).length * kinds.length ** 2;
assert.equal(evaluations.length, tests, "every model was tested on every kind of image");
assert.ok(
  evaluations.every((evaluation) => evaluation.runs === runs),
  "every figure is of all runs",
);
if (!option.data) {
  const auc = (place: string, model: string, trained: Kind, tested: Kind, name?: string) => {
    const { classes, macro } = tables[place]![rowOf(model, trained, tested)]!;
    return (classes.find((row) => row.name === name) ?? macro).auc.mean;
  };
  for (const place of ["pathology", "external"]) {
    const found = (tested: Kind) => auc(place, "pathology model", "full", tested);
    assert.ok(found("full") > found("only lungs") + 0.1, "a model of full films is lost on only the lungs");
  }
  if (patients >= 150) {
    assert.ok(auc("pathology", "pathology model", "full", "full") > 0.9, "pathologies are learnt");
    assert.ok(auc("external", "pathology model", "full", "full") > 0.85, "and found elsewhere");
    assert.ok(auc("tubes", "tube model", "full", "full") > 0.7, "tubes are learnt");
    const pneumothorax = (kind: Kind) => auc("pathology", "pathology model", kind, kind, "Pneumothorax");
    assert.ok(pneumothorax("full") > pneumothorax("without lungs") + 0.15, "it lies where the lungs were");
  }
}

// A label that is made unknown has the effect of leaving the film out, on AUC and calibration error alike.
const row = rowOf("both heads", "full", "full");
const table = await readPredictionTable(csvOf("tubes", row));
assert.deepEqual(evaluateRuns(table), tables.tubes![row], "the CSV file holds what was measured");
const places = [...table.studies.keys()];
const known = places.filter((place) => place % 10 > 0);
const hidden = selectRows(table.labels, places);
for (const place of places) if (place % 10 === 0) hidden.values.set(place, 0, Number.NaN);
const only = (values: typeof hidden.values) => selectRows({ classes: tubes, values }, known).values;
const rest = table.runs.map(({ classes, probabilities }) => ({
  classes,
  probabilities: only(probabilities),
}));
assert.deepEqual(
  evaluateRuns({ ...table, labels: hidden }).classes[0],
  evaluateRuns({ labels: selectRows(table.labels, known), runs: rest }).classes[0],
);
