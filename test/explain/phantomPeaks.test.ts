import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, test } from "vitest";
import { useBackend } from "../../src/backends/index.js";
import { balancedContributionWeights, classFrequencies } from "../../src/balance/index.js";
import { activationMaps, type CamMethod } from "../../src/explain/index.js";
import type { Image } from "../../src/image.js";
import { weightedBinaryCrossentropy } from "../../src/losses/index.js";
import { simpleCnn } from "../../src/models/index.js";
import { type PhantomFinding, phantomDataset, renderPhantom } from "../../src/phantom/index.js";
import { splitByPatient } from "../../src/splits/index.js";
import { datasetBatches, fit, predict } from "../../src/training/index.js";

describe("on phantoms, after a few seconds of training", () => {
  test("the peak of Grad-CAM, HiResCAM and XGrad-CAM lies in the finding of most true positives, and maps of classes differ", {
    timeout: 180_000,
  }, async () => {
    await useBackend("onnx");
    const before = tf.memory().numTensors;
    const size = 48;
    const findings: PhantomFinding[] = ["Pneumothorax", "Cardiomegaly"];
    const phantoms = phantomDataset({
      patients: 160,
      seed: 1,
      size,
      findings,
      imagesPerPatient: [1, 1],
      prevalence: 0.4,
    });
    const films = new Map<string, Image>();
    const dataset: typeof phantoms = {
      ...phantoms,
      loadImage(study) {
        const film = films.get(study.imageId) ?? renderPhantom(study, size).image;
        films.set(study.imageId, film);
        return film;
      },
    };
    const sets = splitByPatient(dataset, { fractions: { train: 0.75, test: 0.25 }, seed: 1 });
    const images = { size, batchSize: 16, normalization: { method: "per-image" } } as const;
    const training = datasetBatches(sets.train, { ...images, shuffle: true, seed: 1 });
    const testing = datasetBatches(sets.test, images);
    const model = simpleCnn({
      ...training.format,
      classes: findings,
      seed: 1,
      filters: [16, 32, 64, 64],
      kernelSize: 3,
      padding: "same",
      momentum: 0.9,
    });
    await fit(model, {
      training,
      loss: weightedBinaryCrossentropy(balancedContributionWeights(classFrequencies(sets.train.labels))),
      epochs: 10,
      learningRate: (epoch) => 0.002 * (1 + Math.cos((Math.PI * epoch) / 10)),
    });

    const { probabilities } = await predict(model, testing);
    const methods: CamMethod[] = ["gradCam", "hiResCam", "xGradCam", "gradCamPlusPlus", "layerCam"];
    const inside = new Map<CamMethod, number>(methods.map((method) => [method, 0]));
    let [row, positives, alike, shown] = [0, 0, 0, 0];
    for await (const batch of testing.epoch(0)) {
      const maps = await activationMaps(model, batch.images, { targets: findings, methods });
      for (const [i, study] of batch.studies.entries()) {
        const { findingMasks } = renderPhantom(study, size);
        const [one, other] = findings.map(
          (finding) => maps.find(({ target }) => target === finding)!.peaks[i],
        );
        if (one && other) shown++;
        if (one && other && one.row === other.row && one.column === other.column) alike++;
        for (const [c, finding] of findings.entries()) {
          if (batch.labels.values.get(i, c) !== 1 || probabilities.get(row + i, c) < 0.5) continue;
          positives++;
          for (const map of maps.filter(({ target }) => target === finding)) {
            const peak = map.peaks[i];
            if (peak && findingMasks[finding]!.get(peak.row, peak.column) === 1)
              inside.set(map.method, inside.get(map.method)! + 1);
          }
        }
      }
      row += batch.studies.length;
    }
    expect(positives).toBeGreaterThan(20);
    for (const method of ["gradCam", "hiResCam", "xGradCam"] as const)
      expect(inside.get(method)! / positives, method).toBeGreaterThan(2 / 3);
    for (const method of ["gradCamPlusPlus", "layerCam"] as const)
      expect(inside.get(method)! / positives, method).toBeGreaterThan(1 / 3);
    expect(alike).toBeLessThan(shown / 4);
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
