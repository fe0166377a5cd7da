// Uses the installed package with onnxruntime-node beside it: TensorFlow.js's own model.fit, a prediction, the report, and
// the model as a file. The process has to end by itself.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { useBackend } from "radiolucent";
import { exportOnnx } from "radiolucent/node";

const backend = await useBackend("auto");
assert.equal(backend.name, "onnx");
const { onnxBackendReport } = await import("radiolucent/backends/onnx");

const { layers } = tfl;
const model = tfl.sequential({
  layers: [
    layers.conv2d({ inputShape: [16, 16, 1], filters: 8, kernelSize: 3, padding: "same", useBias: false }),
    layers.batchNormalization(),
    layers.reLU(),
    layers.maxPooling2d({ poolSize: 2 }),
    layers.flatten(),
    layers.dense({ units: 1, activation: "sigmoid" }),
  ],
});
model.compile({ optimizer: "adam", loss: "binaryCrossentropy" });
const x = tf.randomNormal([40, 16, 16, 1], 0, 1, "float32", 1);
const y = tf.cast(tf.greater(tf.mean(x, [1, 2]), 0), "float32");
const { history } = await model.fit(x, y, { epochs: 8, batchSize: 16, verbose: 0 });
assert.ok(history.loss.at(-1) < 0.8 * history.loss[0], `the loss falls: ${history.loss}`);
const predicted = await model.predict(x).data();
const report = onnxBackendReport();
assert.deepEqual(report.fallbacks, {});
assert.ok(report.runs > 8);

const { InferenceSession, Tensor } = (await import("onnxruntime-node")).default;
await exportOnnx(model, "model.onnx");
const session = await InferenceSession.create(readFileSync("model.onnx"));
const [input, output] = [session.inputNames[0], session.outputNames[0]];
const result = await session.run({ [input]: new Tensor("float32", await x.data(), x.shape) });
result[output].data.forEach((value, i) => {
  assert.ok(Math.abs(value - predicted[i]) < 1e-5);
});
console.log(`${process.version}: trained on ${backend.description}`);
