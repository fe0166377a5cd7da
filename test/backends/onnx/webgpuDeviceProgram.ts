/**
 * A program that uses the ONNX backend's device "webgpu", for webgpuDevice.test.ts: writes what it finds as JSON, and has
 * to end by itself.
 */
import { writeFileSync } from "node:fs";
import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { OnnxBackend } from "../../../src/backends/onnx/backend.js";
import type { OnnxBackendReport } from "../../../src/backends/onnx/report.js";
import { onnxBackendReport } from "../../../src/backends/onnx-entry.js";
import { useBackend } from "../../../src/backends/useBackend.js";
import { randomStream } from "../../../src/random.js";
import { smallDenseNet, smallUNet } from "./networks.js";

/** What a device computes. */
export interface Computed {
  readonly description: string;
  /** Functions of each number of a tensor, by name. */
  readonly elementwise: Readonly<Record<string, readonly number[]>>;
  /** By the network's name, its results before training and after, and the loss of each step. */
  readonly networks: Readonly<Record<string, Trained>>;
  readonly report: OnnxBackendReport;
}

interface Trained {
  readonly before: readonly number[];
  readonly losses: readonly number[];
  readonly after: readonly number[];
  /** Weights whose values came back to the processor during training. */
  readonly broughtBack: readonly string[];
  /** Bytes on the device after each step. */
  readonly bytesOnDevice: readonly number[];
}

/** What the program writes. */
export interface DeviceFindings {
  readonly cpu: Computed;
  readonly webgpu: Computed;
  /** Of a division in float64, which WebGPU does not have. */
  readonly remainders: readonly number[];
  /** The report after it. */
  readonly onProcessor: OnnxBackendReport["onProcessor"];
  readonly copies: number;
  /** A value from the one device on the other, and one computed of it there. */
  readonly handedOn: readonly (readonly number[])[];
}

const size = 16;
const steps = 3;

const normals = (seed: string, shape: number[]): tf.Tensor => {
  const random = randomStream(seed);
  return tf.tensor(
    Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => random.normal()),
    shape,
  );
};

const functions = {
  exp: tf.exp,
  sigmoid: tf.sigmoid,
  relu: tf.relu,
  square: tf.square,
  softmax: tf.softmax,
  backwards: (x: tf.Tensor) => tf.stridedSlice(x, [17], [1], [-3]),
  parts: (x: tf.Tensor) => tf.stack(tf.split(x, 20).map((part, i) => tf.mul(part, i))),
} as const;

async function train(model: LayersModel, width: number, optimizer: tf.Optimizer): Promise<Trained> {
  const x = normals("images", [2, size, width, 1]);
  const predict = () => Array.from((model.predict(x) as tf.Tensor).dataSync());
  const before = predict();
  const y = normals("targets", [2, ...(model.outputs[0]!.shape.slice(1) as number[])]);
  model.compile({ optimizer, loss: "meanSquaredError" });
  const [losses, bytesOnDevice]: number[][] = [[], []];
  for (let step = 0; step < steps; step++) {
    losses!.push((await model.trainOnBatch(x, y)) as number);
    bytesOnDevice!.push(onnxBackendReport().bytesOnDevice);
  }
  const { data } = tf.backend() as OnnxBackend;
  const broughtBack = model.trainableWeights.flatMap((weight) => {
    const { dataId } = weight.read();
    return data.get(dataId).node!.valuesAtHand === undefined ? [] : [weight.originalName];
  });
  return { before, losses: losses!, after: predict(), broughtBack, bytesOnDevice: bytesOnDevice! };
}

async function compute(device: "cpu" | "webgpu"): Promise<Computed> {
  const { description } = await useBackend("onnx", { device });
  const x = normals("elements", [20]);
  const elementwise = Object.fromEntries(
    Object.entries(functions).map(([name, f]) => [name, Array.from(f(x).dataSync())]),
  );
  const networks = {
    denseNet: await train(smallDenseNet(size, 1), size + 1, tf.train.momentum(0.05, 0.9)),
    uNet: await train(smallUNet(size, 1), size, tf.train.adam(0.01)),
  };
  return { description, elementwise, networks, report: onnxBackendReport() };
}

await useBackend("onnx");
const before = tf.add(tf.tensor1d([1, 2, 3]), 1);
before.dataSync();
const cpu = await compute("cpu");
const webgpu = await compute("webgpu");
const onDevice = tf.mul(before, 2);
onDevice.dataSync();
const remainders = [...tf.mod(onDevice, 5).dataSync()];
const { onProcessor, copies } = onnxBackendReport();
const left = tf.mul(onDevice, 5);
await useBackend("onnx", { device: "cpu" });
const handedOn = [before, onDevice, left, tf.add(onDevice, left)].map((tensor) => [...tensor.dataSync()]);

const findings: DeviceFindings = { cpu, webgpu, remainders, onProcessor, copies, handedOn };
writeFileSync(1, JSON.stringify(findings));
