/**
 * A program that uses the WebGPU backend in Node, for webgpuNode.test.ts: writes what it finds as JSON, and has to
 * end by itself.
 */
import { writeFileSync } from "node:fs";
import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { useBackend } from "../../src/backends/useBackend.js";
import { isRadiolucentError } from "../../src/errors.js";
import { weightedBinaryCrossentropy } from "../../src/losses/weightedBinaryCrossentropy.js";
import { simpleCnn } from "../../src/models/simpleCnn.js";
import { randomStream } from "../../src/random.js";

/** What the program writes. */
export interface WebgpuFindings {
  readonly description: string;
  /** Logits of the same model, weights and images. */
  readonly cpuLogits: readonly number[];
  readonly webgpuLogits: readonly number[];
  /** Loss of each training step. */
  readonly losses: readonly number[];
  /** Message of the BackendError that `dataSync` throws. */
  readonly syncRead: string | undefined;
  /** The first logit after a second start. */
  readonly logitAfterRestart: number;
}

const images = 8;
const size = 16;
const model = (): LayersModel =>
  simpleCnn({
    height: size,
    width: size,
    classes: ["a", "b"],
    filters: [8, 16],
    kernelSize: 3,
    padding: "same",
    seed: 1,
  });
const batch = (): tf.Tensor4D => {
  const random = randomStream("images");
  const values = Float32Array.from({ length: images * size * size }, () => random.normal());
  return tf.tensor4d(values, [images, size, size, 1]);
};
const logits = async (): Promise<number[]> =>
  Array.from(await (model().predict(batch()) as tf.Tensor).data());

await useBackend("cpu");
const cpuLogits = await logits();
const { description } = await useBackend("webgpu");
const webgpuLogits = await logits();

const trained = model();
trained.compile({
  optimizer: tf.train.adam(0.01),
  loss: weightedBinaryCrossentropy({ positive: [1, 1], negative: [1, 1], fromLogits: true }),
});
const labels = tf.tensor2d(Array.from({ length: images }, (_, i) => [i % 2, 1 - (i % 2)]));
const losses: number[] = [];
for (let step = 0; step < 6; step++) losses.push((await trained.trainOnBatch(batch(), labels)) as number);

let syncRead: string | undefined;
try {
  // Small tensors stay on the CPU, and those can be read.
  tf.matMul(tf.ones([64, 64]), tf.ones([64, 64])).dataSync();
} catch (error) {
  if (!isRadiolucentError(error, "backend")) throw error;
  syncRead = error.message;
}

tf.engine().reset();
await useBackend("webgpu");
const [logitAfterRestart = Number.NaN] = await logits();

const findings: WebgpuFindings = {
  description,
  cpuLogits,
  webgpuLogits,
  losses,
  syncRead,
  logitAfterRestart,
};
writeFileSync(1, JSON.stringify(findings));
