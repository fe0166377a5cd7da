import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { beforeEach, describe, expect, it } from "vitest";
import { denseNet } from "../../src/models/denseNet.js";
import { efficientNet } from "../../src/models/efficientNet.js";
import type { EncoderOptions } from "../../src/models/imageClassifier.js";
import { resNet } from "../../src/models/resNet.js";
import { simpleCnn } from "../../src/models/simpleCnn.js";
import { type ArchitectureCase, describeArchitecture } from "./sharedArchitectureTests.js";

const classes = ["Edema", "Effusion", "Nodule"];
const heads = [{ name: "predictions", classes, output: "logits" }] as const;

/** An architecture that is a classifier with classes and an encoder without. */
const encoder = (
  architecture: string,
  smallest: number,
  stages: number,
  build: (options: EncoderOptions) => LayersModel,
): ArchitectureCase => ({
  architecture,
  smallest,
  stages,
  heads,
  build: (options) => build({ classes, ...options }),
  encoder: build,
});

/** Every classifier, small; a new one joins by a line here. */
const classifiers: Record<string, ArchitectureCase> = {
  simpleCnn: {
    architecture: "simpleCnn",
    smallest: 10, // (10 - 2) / 2 = 4, (4 - 2) / 2 = 1
    heads,
    build: (options) => simpleCnn({ filters: [4, 8], kernelSize: 3, classes, ...options }),
  },
  'simpleCnn, padding "same"': {
    architecture: "simpleCnn",
    smallest: 4,
    heads,
    build: (options) => simpleCnn({ filters: [4, 8], kernelSize: 3, padding: "same", classes, ...options }),
  },
  // 5 -> 3 -> 2 in the stem, 1 after the transition
  denseNet: encoder("denseNet", 5, 3, (options) =>
    denseNet({ blocks: [2, 1], growthRate: 3, initialFilters: 4, ...options }),
  ),
  // Any size; the stem halves twice, the second group once more.
  resNet: encoder("resNet", 1, 3, (options) =>
    resNet({ blocks: [2, 1], bottleneck: false, initialFilters: 4, ...options }),
  ),
  "resNet of bottlenecks": encoder("resNet", 1, 3, (options) =>
    resNet({ blocks: [1, 1], initialFilters: 3, ...options }),
  ),
  efficientNet: encoder("efficientNet", 1, 3, (options) =>
    efficientNet({
      blocks: [
        { kernelSize: 3, repeats: 1, filters: 4, expansion: 1, strides: 1 },
        { kernelSize: 3, repeats: 2, filters: 6, expansion: 3, strides: 2 },
        { kernelSize: 5, repeats: 2, filters: 8, expansion: 2, strides: 2 },
      ],
      initialFilters: 4,
      topFilters: 16,
      ...options,
    }),
  ),
};

for (const [title, given] of Object.entries(classifiers)) {
  describeArchitecture(title, given);

  describe(`${title}'s classes`, () => {
    beforeEach(async () => {
      await tf.setBackend("cpu");
    });

    it("have to be named, each once", () => {
      const before = tf.memory().numTensors;
      const build = (names: readonly string[]) =>
        given.build({ height: 11, width: 14, classes: names } as EncoderOptions);
      expect(() => build([])).toThrow(/options\.classes: is empty/);
      expect(() => build(["A", "B", "A"])).toThrow(/"A" stands twice/);
      expect(tf.memory().numTensors).toBe(before);
    });
  });
}
