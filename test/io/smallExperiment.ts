import type { RunContext, TrainRunsOptions } from "../../src/io/trainRuns.js";
import type { BatchProgress } from "../../src/training/fitOptions.js";
import { convolutional, loss, makeSamples, memorySource } from "../training/support.js";

const training = makeSamples(20, 5);
const validation = makeSamples(12, 6);

/** Three runs of three epochs of five batches. */
export function experiment(
  directory: string,
  onBatch: (context: RunContext, progress: BatchProgress) => void | Promise<void> = () => {},
) {
  return {
    directory,
    runs: 3,
    model: ({ seed }) => convolutional(seed),
    options: (context) => ({
      training: memorySource({ samples: training, seed: context.seed }),
      validation: memorySource({ samples: validation }),
      loss,
      epochs: 3,
      learningRate: 0.01,
      onBatch: (progress: BatchProgress) => onBatch(context, progress),
    }),
    resume: true,
  } satisfies TrainRunsOptions;
}
