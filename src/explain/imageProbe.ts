import { dispose, type Tensor, type Tensor4D, tensor4d, tidy } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { checkPositiveIntegers } from "../models/checkOptions.js";
import { nextTask } from "../nextTask.js";
import type { ImageShape } from "./baseline.js";
import { downloaded, inputSlope, outputsOf, type PixelBatch } from "./modelPass.js";
import type { ResolvedTarget } from "./target.js";

/** How far an explanation has come. */
export interface ExplanationProgress {
  /** How many batches are done, from 1. */
  readonly batch: number;
  /** How many there will be. */
  readonly batches: number;
}

/** How methods that run the model many times run it. */
export interface ManyPassesOptions {
  /** How many images, or altered copies of one, run at a time: 16 by default. It changes speed and memory only. */
  readonly batchSize?: number;
  /** Ends the work with the signal's reason, between two batches. */
  readonly signal?: AbortSignal;
  /** Called after each batch; the work waits for it. */
  readonly onBatch?: (progress: ExplanationProgress) => void | Promise<void>;
}

/** Writes an altered copy of an image, [height, width, channels] row-major. */
export type WriteCopy = (copy: number, into: Float32Array) => void;

/** An image whose altered copies can be shown to a model. Regions of a segmentation are those of the image itself. */
export interface ImageProbe {
  /** Its place in the batch. */
  readonly index: number;
  /** Its pixels, row-major. */
  readonly pixels: Float32Array;
  /** Height, width and channels. */
  readonly shape: ImageShape;
  /** Score of the image as it is, one a target. */
  readonly scores: Float32Array;
  /** Scores of one altered copy, one a target; not counted as a batch. */
  scoreOf(altered: Float32Array): Promise<Float32Array>;
  /** Scores of its copies: for each target one a copy. */
  scoreCopies(write: WriteCopy): Promise<Float32Array[]>;
  /** Hands over, copy by copy, d score / d pixels of the first target. */
  differentiateCopies(write: WriteCopy, take: (gradient: Float32Array, copy: number) => void): Promise<void>;
}

/**
 * Takes images one after the other and shows their altered copies to a model, in inference mode: what comes of an image
 * does not depend on the others. No tensor is left on any way out.
 *
 * @param copies how many copies of each image there will be
 * @param explain called for each image in turn
 * @returns what `explain` gave, one an image
 * @throws ArgumentError for a batch size below 1
 */
export async function probeImages<T>(
  model: LayersModel,
  { values, count, shape }: PixelBatch,
  targets: readonly ResolvedTarget[],
  copies: number,
  { batchSize = 16, signal, onBatch }: ManyPassesOptions,
  explain: (probe: ImageProbe) => Promise<T>,
): Promise<T[]> {
  checkPositiveIntegers("batchSize", [batchSize]);
  signal?.throwIfAborted();
  const size = shape[0] * shape[1] * shape[2];
  const batches = count * Math.ceil(copies / batchSize);
  let batch = 0;

  const runCopies = async (
    write: WriteCopy,
    compute: (input: Tensor4D) => Tensor[],
    take: (data: Float32Array[], first: number, many: number) => void,
  ): Promise<void> => {
    for (let first = 0; first < copies; first += batchSize) {
      signal?.throwIfAborted();
      const many = Math.min(batchSize, copies - first);
      const altered = new Float32Array(many * size);
      for (let i = 0; i < many; i++) write(first + i, altered.subarray(i * size, (i + 1) * size));
      take(await downloaded(() => compute(tensor4d(altered, [many, ...shape]))), first, many);
      batch++;
      await onBatch?.({ batch, batches });
      await nextTask();
    }
    signal?.throwIfAborted();
  };

  const results: T[] = [];
  for (let index = 0; index < count; index++) {
    const pixels = values.subarray(index * size, (index + 1) * size);
    const unaltered = tidy(() => outputsOf(model, tensor4d(pixels, [1, ...shape])));
    const scoresOf = (input: Tensor4D): Tensor[] => {
      const outputs = outputsOf(model, input);
      return targets.map((target) => target.scores(outputs[target.output]!, unaltered[target.output]!));
    };
    try {
      const own = await downloaded(() => targets.map((target) => target.scores(unaltered[target.output]!)));
      const probe: ImageProbe = {
        index,
        pixels,
        shape,
        scores: Float32Array.from(own, ([score]) => score!),
        async scoreOf(altered) {
          const scores = await downloaded(() => scoresOf(tensor4d(altered, [1, ...shape])));
          return Float32Array.from(scores, ([score]) => score!);
        },
        async scoreCopies(write) {
          const scores = targets.map(() => new Float32Array(copies));
          await runCopies(write, scoresOf, (data, first) => {
            for (const [t, part] of data.entries()) scores[t]!.set(part, first);
          });
          return scores;
        },
        async differentiateCopies(write, take) {
          await runCopies(
            write,
            (input) => [inputSlope(input, (x) => scoresOf(x)[0]!)],
            ([gradients], first, many) => {
              for (let i = 0; i < many; i++) take(gradients!.subarray(i * size, (i + 1) * size), first + i);
            },
          );
        },
      };
      results.push(await explain(probe));
    } finally {
      dispose(unaltered);
    }
  }
  return results;
}
