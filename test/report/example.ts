import ndarray from "ndarray";
import { classFrequencies } from "../../src/balance/classFrequencies.js";
import { balancedContributionWeights } from "../../src/balance/classWeights.js";
import type { Study } from "../../src/labels/dataset.js";
import { type LabelMatrix, labelMatrix } from "../../src/labels/labelMatrix.js";
import { applyCalibrator } from "../../src/metrics/calibrators/applyCalibrator.js";
import { fitCalibrator } from "../../src/metrics/calibrators/fitCalibrator.js";
import { evaluateMultilabel } from "../../src/metrics/evaluateMultilabel.js";
import { pairwiseAgreement } from "../../src/metrics/pairwiseAgreement.js";
import type { ModelContract } from "../../src/models/contract.js";
import { randomStream } from "../../src/random.js";
import { evaluationRows, forestPlot, kappaPlot, type ModelCardInput } from "../../src/report/index.js";
import { auditLeakage } from "../../src/splits/leakage.js";
import { evaluateRuns } from "../../src/training/evaluateRuns.js";
import type { TrainingHistory } from "../../src/training/history.js";

/** The smallest PNG: one transparent pixel. */
export const pixel = new Uint8Array(
  Buffer.from(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
    "base64",
  ),
);

export const history: TrainingHistory = {
  epochs: [1, 2, 3].map((epoch) => ({
    epoch,
    learningRate: 0.001,
    trainingLoss: 3 / epoch,
    steps: 5 * epoch,
    validation: {
      loss: 4 - epoch * (4 - epoch),
      auc: { Mass: 0.6, Hernia: Number.NaN },
      macroAuc: epoch === 1 ? Number.NaN : 0.5 + epoch / 10,
      undefinedAuc: ["Hernia"],
    },
    seconds: 20,
    skipped: 0,
  })),
  monitor: "validationLoss",
  bestEpoch: 2,
  stoppedBecause: "early-stopping",
};

/** Studies and labels of a set; classes are rarer the further to the right, and the last is absent throughout. */
export function randomSet(
  name: string,
  size: number,
  classes: readonly string[],
): { studies: Study[]; labels: LabelMatrix; probabilities: ReturnType<typeof ndarray<Float32Array>> } {
  const random = randomStream(name);
  const probabilities = ndarray(new Float32Array(size * classes.length), [size, classes.length]);
  const rows = Array.from({ length: size }, (_, i) =>
    classes.map((_class, c) => {
      const label = c < classes.length - 1 && random.uniform() < 0.4 / (c + 1) ? 1 : 0;
      probabilities.set(i, c, 1 / (1 + Math.exp(-(label + random.normal() - 1))));
      return c === 1 && i % 10 === 0 ? Number.NaN : label;
    }),
  );
  const studies = rows.map((_, i) => ({
    imageId: `${name}-${i}.png`,
    patientId: `${name}-p${i >> 1}`,
    ageYears: 20 + (i % 50),
    sex: i % 3 === 0 ? "F" : "M",
    ...(i % 5 === 0 ? {} : { view: "PA" }),
  }));
  return { studies, labels: labelMatrix(classes, rows), probabilities };
}

/** A contract of a model of these classes. */
export function contractOfExample(classes: readonly string[]): ModelContract {
  return {
    version: 1,
    architecture: "denseNet121",
    input: { height: 224, width: 224, channels: 1, normalization: { method: "per-image" } },
    heads: [
      {
        name: "findings",
        classes,
        output: "logits",
        thresholds: { values: classes.map(() => 0.5), criterion: "youden", chosenOn: "validation" },
      },
    ],
  };
}

/** Everything that a report may hold. */
export function exampleInput(classes: readonly string[] = ["Mass", "Edema", "Hernia"]): ModelCardInput {
  const sets = {
    training: randomSet("training", 1200, classes),
    validation: randomSet("validation", 40, classes),
    test: randomSet("test", 60, classes),
  };
  const { labels, probabilities, studies } = sets.test;
  const evaluation = evaluateMultilabel(labels, probabilities, {
    groups: studies.map(({ patientId }) => patientId),
    resamples: 50,
    thresholds: classes.map(() => 0.5),
  });
  const calibrator = fitCalibrator(sets.validation.labels, sets.validation, { method: "temperature" });
  const calibratedProbabilities = applyCalibrator(calibrator, { probabilities });
  const other = randomSet("other", 60, classes).probabilities;
  const rival = evaluateMultilabel(labels, other, { resamples: 50 });
  const runs = [probabilities, other].map((values) => ({ classes, probabilities: values }));
  return {
    title: "Example",
    dataset: {
      name: "Invented",
      account: {
        rowsRead: 1310,
        rowsKept: 1300,
        dropped: [{ reason: "image missing", count: 10, examples: ["a.png", "b.png"] }],
        changed: [{ rule: "age 058Y read as 58", count: 7 }],
      },
    },
    sets,
    audit: auditLeakage(sets),
    weights: balancedContributionWeights(classFrequencies(sets.training.labels)),
    history,
    evaluation,
    predictions: { labels, probabilities, studies },
    evaluatedOn: "test",
    calibratedProbabilities,
    runs: evaluateRuns({ labels, runs }),
    sections: [
      {
        title: "Models and readers",
        text: "This model beside another, and two readers.",
        figures: [
          forestPlot(evaluationRows({ "this model": evaluation, "another model": rival }), {
            measure: "AUC",
          }),
          kappaPlot(
            pairwiseAgreement({ "reader 1": labels, "reader 2": randomSet("second", 60, classes).labels }),
          ),
        ],
      },
    ],
    masks: [{ imageId: "test-2.png", mask: "Lungs", dice: 0.9375, png: pixel }],
    purpose: {
      intendedUse: "Research on adult films.",
      outOfScope: ["Children"],
      limits: ["Portable films were not tested."],
    },
    contract: contractOfExample(classes),
    cams: [{ imageId: "test-1.png", finding: "Mass", probability: 0.75, label: 1, png: pixel, note: "hit" }],
    settings: { seed: 7, model: "simpleCnn" },
  };
}
