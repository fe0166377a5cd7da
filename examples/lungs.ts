// # Lungs
// A U-Net that draws the lungs, measured on patients that it never saw. Its masks then make two images of each film, one
// without the lungs and one of only the lungs: what a classifier still finds on them tells where it looks, as
// `tubes-and-pathologies` shows. After a study on PadChest, whose U-Net (64 to 1024 filters, 512 px) had a mean Dice of
// .9287 on 137 films. By default a small network on phantoms; with `--data DIR` on any lung dataset that
// `lungSegmentation` reads, such as Montgomery, Shenzhen, JSRT, or folders `images` and `masks`.
//
//     npm run example:lungs
//     npm run example:lungs -- --data DIR --model unet --image-size 512 --batch-size 2 \
//       --learning-rate 1e-4 --epochs 50

// %% Settings
import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join, parse } from "node:path";
import {
  adamW,
  applyLungMask,
  assertNoLeakage,
  type BackendName,
  binaryCrossentropyDiceLoss,
  cosineSchedule,
  filterStudies,
  fit,
  type Image,
  maskOverlayGrid,
  maskTally,
  overlayHeatmap,
  resizeMask,
  resNet,
  type Study,
  segment,
  selectStudies,
  splitByPatient,
  unet,
  useBackend,
  warmUp,
} from "radiolucent";
import {
  contactSheet,
  encodePng,
  epochLog,
  imageBatches,
  loadModel,
  loadStudyImage,
  loadStudyMasks,
  lungSegmentation,
  maskPictures,
  progressBar,
  saveModel,
} from "radiolucent/node";
import { phantomFolder } from "./common/phantomFolder.js";
import { savePicture } from "./common/savePicture.js";
import { settings } from "./common/settings.js";

const option = settings({
  data: "",
  patients: 120,
  imageSize: 96,
  model: "small",
  epochs: 8,
  batchSize: 8,
  learningRate: 0.002,
  backend: "auto",
  seed: 1,
  out: "runs/lungs",
});
const { patients, imageSize: size, epochs, batchSize, seed, out } = option;
await useBackend(option.backend as BackendName);

// %% Films with their masks, split by patient
const root = option.data || (await phantomFolder({ format: "lungSegmentation", patients, size: 128, seed }));
const dataset = filterStudies(
  await lungSegmentation({ root }),
  ({ maskPaths }) => maskPaths !== undefined,
  "no lung mask",
);
for (const { reason, count } of dataset.account.dropped) console.log(`Left out: ${count} films, ${reason}`);
const sets = splitByPatient(dataset, { fractions: { train: 0.6, validation: 0.15, test: 0.25 }, seed });
const audit = assertNoLeakage(sets);
for (const { name, images, patients } of audit.sets) {
  console.log(`${name}: ${images} films of ${patients} patients, none of them in another set`);
}

// %% Training: what happens to a film happens to its mask
const images = { size, batchSize, normalization: { method: "per-image" }, masks: ["Lungs"] } as const;
const augmentation = { rotation: 8, zoom: 0.1, shift: 0.05, gamma: 1.2 };
const training = imageBatches(sets.train, { ...images, augmentation, shuffle: true, seed });
const input = { ...training.format, masks: images.masks, seed };
const models = {
  small: () => unet({ ...input, filters: [8, 16, 32, 64], batchNormalization: true, momentum: 0.9 }),
  unet: () => unet(input), // 64 to 1024 filters, dropout .5 at the two deepest levels
  resnet18: () =>
    unet({ encoder: resNet({ ...input, depth: 18, momentum: 0.9 }), masks: images.masks, seed }),
};
const build = models[option.model as keyof typeof models];
if (build === undefined) throw new Error(`--model is one of ${Object.keys(models).join(", ")}`);
const trained = build();
await fit(trained, {
  training,
  validation: imageBatches(sets.validation, images),
  loss: binaryCrossentropyDiceLoss(),
  optimizer: adamW({ weightDecay: 1e-4 }),
  learningRate: warmUp({ epochs: 0.5 }, cosineSchedule({ from: option.learningRate })),
  clipGradients: { norm: 5 },
  epochs,
  monitor: "validationDice",
  earlyStopping: { patience: epochs },
  ...(process.stderr.isTTY && { onBatch: progressBar() }),
  onEpoch: epochLog(),
});
// The folder holds the weights and the contract: size, range and normalisation cannot be mistaken later.
await saveModel(trained, join(out, "model"));
trained.dispose();
const model = await loadModel(join(out, "model"));

// %% The test patients; of each film one image without lungs and one of only the lungs, for any other program to read
const kinds = { "without-lungs": "outside", "only-lungs": "lungs" } as const;
for (const kind of Object.keys(kinds)) await mkdir(join(out, kind), { recursive: true });
const tally = maskTally({ seed });
const shown: { readonly study: Study; readonly images: readonly Image[] }[] = [];
for await (const { study, masks, probabilities } of segment(model, imageBatches(sets.test, images))) {
  const film = await loadStudyImage(dataset, study);
  const truth = (await loadStudyMasks(dataset, study)).Lungs!;
  const [rows, columns] = film.pixels.shape as [number, number];
  const lungs = resizeMask(masks.Lungs!, rows, columns); // Measured at the film's size, not at the network's.
  tally.add({ truth, prediction: lungs, id: study.imageId, group: study.patientId });
  const made: Image[] = [film];
  for (const [kind, keep] of Object.entries(kinds)) {
    const image = applyLungMask(film, lungs, { keep });
    const grey = overlayHeatmap(image, probabilities.pick(null, null, 0), { opacity: 0 }); // 8 bits, no colour
    await writeFile(join(out, kind, `${parse(study.imageId).name}.png`), await encodePng(grey));
    made.push(image);
  }
  const another = shown.at(-1)?.study.patientId !== study.patientId;
  if (another && shown.length < 4) shown.push({ study, images: made });
}

// %% Dice of the test patients; intervals draw whole patients
const result = tally.result();
const { dice, intersectionOverUnion, hausdorff95 } = result.positives;
const text = ({ value, lower, upper }: typeof dice, digits: number) =>
  `${value.toFixed(digits)} [${lower.toFixed(digits)}, ${upper.toFixed(digits)}]`;
console.log(`\n${result.images.length} films of ${result.patients} test patients`);
console.log(`Dice coefficient         ${text(dice, 4)}`);
console.log(`intersection over union  ${text(intersectionOverUnion, 4)}`);
console.log(`Hausdorff, 95th centile  ${text(hausdorff95, 2)} ${result.unit}, at the film's own size`);
const ranked = [...result.images].sort((a, b) => a.dice - b.dice);
for (const [name, share] of Object.entries({ worst: 0, "a tenth": 0.1, median: 0.5, best: 1 })) {
  const { id, dice } = ranked[Math.round(share * (ranked.length - 1))]!;
  console.log(`${name.padEnd(8)} Dice ${dice.toFixed(4)}  ${id}`);
}

// %% Pictures: the worst film, a poor one, the median and the best; and what the masks leave
const ids = [0, 0.1, 0.5, 1].map((share) => ranked[Math.round(share * (ranked.length - 1))]!.id);
const rows = ids.map((id) => sets.test.studies.findIndex(({ imageId }) => imageId === id));
const drawn = await maskPictures(model, selectStudies(sets.test, rows), { rows: 128 });
await savePicture(join(out, "lungs-masks.svg"), maskOverlayGrid(drawn));
const sheet = ["Film", "Without lungs", "Only lungs"].map((title, kind) => ({
  title,
  tiles: shown.map(({ study, images }) => ({ image: images[kind]!, caption: [study.imageId] })),
}));
await savePicture(join(out, "lungs-variants.png"), await contactSheet(sheet, { columns: 4, tile: 128 }));
model.dispose();

// %% What this shows
assert.ok(audit.clean, "no patient is in two sets");
assert.equal(result.images.length, sets.test.studies.length, "every test film is measured");
for (const { study, images } of shown) {
  const [film, without, only] = images.map(({ pixels }) => Array.from(pixels.data));
  const whole = film!.every((value, i) => without![i]! + only![i]! === value);
  assert.ok(whole, `${study.imageId}: the two images add up to the film`);
}
if (!option.data) assert.ok(dice.lower > 0.9, `mean Dice on phantoms is ${text(dice, 4)}`);
