/**
 * One case of `bench/training.ts` with this library: a process that reads commands from standard input, a line each,
 * and answers each with a line of JSON. `training.py` is its counterpart with PyTorch.
 */
import { existsSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import {
  add,
  dispose,
  div,
  mul,
  type Scalar,
  sigmoid,
  sub,
  sum,
  type Tensor,
  tensor,
  train,
  type Variable,
} from "@tensorflow/tfjs-core";
import type { Loss } from "../src/losses/loss.js";
import { weightedBinaryCrossentropy } from "../src/losses/weightedBinaryCrossentropy.js";
import { rowMajor } from "../src/matrix.js";
import { contractOf } from "../src/models/contract.js";
import { denseNet } from "../src/models/denseNet.js";
import { batchGradients } from "../src/training/batchGradients.js";
import { gradientSum } from "../src/training/gradientSum.js";
import { objectiveOf } from "../src/training/objective.js";
import { startBackend } from "./trainingBackend.js";
import type { Workload } from "./trainingCases.js";
import { classes, trainingBatch } from "./trainingData.js";
import type { MemoryAnswer, ReadyAnswer, StepAnswer } from "./trainingProcess.js";
import { resNet34UNet } from "./trainingUNet.js";

const workload = JSON.parse(process.argv[2]!) as Workload & { backend: string; threads: number };
const { network, mode, size, backend, threads } = workload;
const { description, report } = await startBackend(backend, threads);

const crossEntropy = weightedBinaryCrossentropy({ reduction: "mean" });
const crossEntropyAndDice: Loss = (yTrue, yPred) => {
  const p = sigmoid(yPred);
  const overlap = div(add(mul(sum(mul(p, yTrue)), 2), 1), add(add(sum(p), sum(yTrue)), 1));
  return add<Scalar>(crossEntropy(yTrue, yPred), sub(1, overlap));
};

const [model, loss] =
  network === "denseNet121"
    ? [denseNet({ depth: 121, height: size, width: size, channels: 3, classes }), crossEntropy]
    : [resNet34UNet(size), crossEntropyAndDice];
const optimizer = train.adam(1e-3);
const objective = objectiveOf(contractOf(model), loss);
const variables = model.trainableWeights.map((weight) => weight.read() as Variable);
const gradients = gradientSum(variables);
const run = (images: Tensor) => model.apply(images, { training: true }) as Tensor;
const batch = trainingBatch(workload);
let steps = 0;

/** What `fit` does for a batch; it gives the loss before the step. */
async function trainOnce(): Promise<number> {
  const at = { epoch: 1, batch: steps };
  const {
    loss: value,
    squares,
    gradients: found,
  } = await batchGradients(model, objective, batch, at, {
    variables,
    run,
  });
  gradients.add(found, workload.batch, squares);
  gradients.step(optimizer, undefined);
  return value;
}

/** It gives the first logit. */
async function predictOnce(): Promise<number> {
  const images = tensor(rowMajor(batch.images), batch.images.shape);
  const logits = model.predict(images) as Tensor;
  const values = await logits.data();
  dispose([images, logits]);
  return values[0]!;
}

async function step(): Promise<StepAnswer> {
  steps++;
  const start = performance.now();
  const value = await (mode === "train" ? trainOnce() : predictOnce());
  const ms = performance.now() - start;
  return { ms, value, resident: process.memoryUsage.rss() / 2 ** 20 };
}

/**
 * The kernel's high-water mark where it shows one: `maxRSS` starts, on Linux, with what the parent had resident when
 * it forked.
 */
function memory(): MemoryAnswer {
  const status = existsSync("/proc/self/status") ? readFileSync("/proc/self/status", "utf8") : "";
  const peak = Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? process.resourceUsage().maxRSS) / 1024;
  return { peak, ...(report && { onnx: report() }) };
}

const answer = (value: ReadyAnswer | StepAnswer | MemoryAnswer) => console.log(JSON.stringify(value));
answer({ description });
for await (const command of createInterface({ input: process.stdin })) {
  if (command === "exit") break;
  answer(command === "memory" ? memory() : await step());
}
process.exit();
