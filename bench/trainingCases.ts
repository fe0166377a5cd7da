/** The cases of `bench/training.ts`, and how far from PyTorch each may be. */

/** What a worker builds and runs; `trainingWorker.ts` and `training.py` read it as JSON from their first argument. */
export interface Workload {
  readonly network: "denseNet121" | "resNet34UNet";
  readonly mode: "train" | "predict";
  /** Rows and columns of the images. */
  readonly size: number;
  readonly batch: number;
}

export interface TrainingCase extends Workload {
  readonly title: string;
  /** What is held to a limit; ratios are to PyTorch. */
  readonly limits: { readonly time?: number; readonly memory?: number; readonly compileSeconds?: number };
}

const denseNet121 = { network: "denseNet121", mode: "train" } as const;

/** By the names that `--case` takes. */
export const trainingCases: Readonly<Record<string, TrainingCase>> = {
  "train-224": {
    title: "train step, DenseNet121, 224 px, batch 8",
    ...denseNet121,
    size: 224,
    batch: 8,
    limits: { time: 1.05, memory: 1, compileSeconds: 2 },
  },
  "train-320": {
    title: "train step, DenseNet121, 320 px, batch 4",
    ...denseNet121,
    size: 320,
    batch: 4,
    limits: { time: 1, memory: 1, compileSeconds: 2 },
  },
  "predict-224": {
    title: "predict, DenseNet121, 224 px, batch 8",
    network: "denseNet121",
    mode: "predict",
    size: 224,
    batch: 8,
    limits: { time: 0.7 },
  },
  "unet-256": {
    title: "train step, U-Net on ResNet34, 256 px, batch 8",
    network: "resNet34UNet",
    mode: "train",
    size: 256,
    batch: 8,
    limits: { time: 1.2, memory: 1.2, compileSeconds: 2 },
  },
  small: {
    title: "train step, DenseNet121, 64 px, batch 4",
    ...denseNet121,
    size: 64,
    batch: 4,
    limits: {},
  },
};

/** What runs when no case is named; `small` serves `--drift` and `--others`. */
export const defaultCases: readonly string[] = ["train-224", "train-320", "predict-224", "unet-256"];
