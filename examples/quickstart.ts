// # Quickstart
// From chest X-rays to one HTML report: split by patient, prove that nothing leaks, weigh the findings, train, measure
// with intervals, and see where the model looks. By default on phantoms, synthetic films whose findings lie at known
// places; with `--data DIR` on ChestX-ray14 or any CSV of images.
//
//     npm run quickstart
//     npm run quickstart -- --data DIR [--labels FILE] [--image-size 224] [--model densenet121] [--epochs 5] [--out DIR]

// %% Settings
import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import {
  assertNoLeakage,
  auditLeakage,
  balancedContributionWeights,
  type Dataset,
  chestXray14Findings,
  chooseThresholds,
  classFrequencies,
  decisions,
  denseNet,
  evaluatePredictions,
  fit,
  formatEvaluation,
  gradCam,
  overlayHeatmap,
  phantomDataset,
  predict,
  renderPhantom,
  selectStudies,
  simpleCnn,
  splitByPatient,
  useBackend,
  weightedBinaryCrossentropy,
} from "radiolucent";
import { chestXray14, csvDataset, decodeImage, encodePng, imageBatches, imageStatistics, progressBar, writeReport } from "radiolucent/node";

const { values: option } = parseArgs({
  options: {
    data: { type: "string" },
    labels: { type: "string" },
    "image-size": { type: "string", default: "64" },
    model: { type: "string", default: "simple-cnn" },
    epochs: { type: "string", default: "12" },
    out: { type: "string", default: "runs/quickstart" },
    patients: { type: "string", default: "500" },
    backend: { type: "string", default: "auto" },
    seed: { type: "string", default: "1" },
  },
});
const size = Number(option["image-size"]);
const seed = Number(option.seed);
