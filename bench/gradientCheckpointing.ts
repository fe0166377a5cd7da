/**
 * Memory and time of a training step with and without gradient checkpointing, DenseNet121, a process for each figure:
 *
 *     npx tsx bench/gradientCheckpointing.ts [BACKEND] [SIZE] [BATCH] [STEPS]
 *
 * By default wasm, 96 pixels, a batch of 4, 2 steps. "Tensors" is the most that live tensors held at a time, each buffer
 * counted once; "resident" the most that the process held.
 */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import * as tf from "@tensorflow/tfjs-core";
import { useBackend } from "../src/backends/useBackend.js";
import { checkpointGradients } from "../src/models/checkpointing/checkpointGradients.js";
import { denseNet } from "../src/models/denseNet.js";
import { markdown } from "./trainingTable.js";

interface Figures {
  readonly segments: number;
  readonly tensors: number;
  readonly before: number;
  readonly resident: number;
  readonly seconds: number;
  readonly loss: number;
}

const [, , backend = "wasm", size = "96", batch = "4", steps = "2", mode] = process.argv;
if (mode === undefined) compare();
else process.stdout.write(JSON.stringify(await measure(mode === "checkpointed")));

function compare(): void {
  const rows = ["plain", "checkpointed"].map((each) => {
    const args = [...process.execArgv, fileURLToPath(import.meta.url), backend, size, batch, steps, each];
    const found = JSON.parse(
      execFileSync(process.execPath, args, { stdio: ["ignore", "pipe", "ignore"] }).toString(),
    ) as Figures;
    const mib = (value: number) => `${value.toFixed(0)} MiB`;
    return [
      each,
      String(found.segments),
      mib(found.tensors),
      mib(found.before),
      mib(found.resident),
      `${found.seconds.toFixed(2)} s`,
      String(found.loss),
    ];
  });
  console.log(`DenseNet121, ${backend}, ${size} px, batch of ${batch}\n`);
  const header = [
    "pass",
    "segments",
    "tensors",
    "resident before",
    "resident",
    "time of a step",
    "last loss",
  ];
  console.log(markdown([header, ...rows]));
}

async function measure(checkpointed: boolean): Promise<Figures> {
  await useBackend(backend as Parameters<typeof useBackend>[0]);
  const peak = watchTensors();
  const [pixels, images] = [Number(size), Number(batch)];
  const model = denseNet({
    depth: 121,
    height: pixels,
    width: pixels,
    channels: 1,
    classes: ["a", "b"],
    seed: 1,
  });
  const { apply, segments } = checkpointGradients(model, checkpointed ? {} : { at: [] });
  const run = checkpointed ? apply : (x: tf.Tensor) => model.apply(x, { training: true });
  const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
  const optimizer = tf.train.sgd(1e-7);
  const x = tf.tensor(
    Float32Array.from({ length: images * pixels * pixels }, (_, i) => Math.sin(0.37 * i)),
    [images, pixels, pixels, 1],
  );
  const before = process.memoryUsage().rss / 2 ** 20;
  let loss = Number.NaN;
  let seconds = Number.NaN;
  for (let i = 0; i < Number(steps); i++) {
    const start = performance.now();
    const { value, grads } = tf.tidy(() =>
      tf.variableGrads(() => tf.mean(tf.square(tf.sub(run(x) as tf.Tensor, 1))) as tf.Scalar, variables),
    );
    loss = (await value.data())[0]!;
    optimizer.applyGradients(grads);
    await variables[0]!.data();
    tf.dispose([value, grads]);
    seconds = (performance.now() - start) / 1000;
  }
  return {
    segments: checkpointed ? segments.length : 1,
    tensors: peak(),
    before,
    resident: process.resourceUsage().maxRSS / 1024,
    seconds,
    loss,
  };
}

/** Counts the bytes of live buffers from now on; the function that it returns gives the most there were, in MiB. */
function watchTensors(): () => number {
  interface Tracking {
    state: { tensorInfo: WeakMap<object, { bytes: number }> };
    trackTensor(tensor: tf.Tensor, backend?: unknown): void;
    removeDataId(dataId: object, backend: unknown): void;
  }
  const engine = tf.engine() as unknown as Tracking;
  const { trackTensor, removeDataId } = engine;
  let bytes = 0;
  let most = 0;
  engine.trackTensor = (tensor, of) => {
    const known = engine.state.tensorInfo.has(tensor.dataId);
    trackTensor.call(engine, tensor, of);
    if (!known) bytes += tensor.size * 4;
    most = Math.max(most, bytes);
  };
  engine.removeDataId = (dataId, of) => {
    const info = engine.state.tensorInfo.get(dataId);
    removeDataId.call(engine, dataId, of);
    if (info && !engine.state.tensorInfo.has(dataId)) bytes -= info.bytes;
  };
  return () => most / 2 ** 20;
}
