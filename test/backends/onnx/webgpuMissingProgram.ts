/** A program that asks for the ONNX backend's device "webgpu" where there is none, for webgpuDevice.test.ts. */
import { writeFileSync } from "node:fs";
import * as tf from "@tensorflow/tfjs-core";
import { onnxBackendReport } from "../../../src/backends/onnx-entry.js";
import { useBackend } from "../../../src/backends/useBackend.js";
import { isRadiolucentError } from "../../../src/errors.js";

await useBackend("onnx");
const one = tf.tensor1d([1, 2]);
const messages: string[] = [];
let packages: readonly string[] = [];
// A second try does not find what the first has left.
for (let attempt = 0; attempt < 2; attempt++) {
  try {
    await useBackend("onnx", { device: "webgpu" });
  } catch (error) {
    if (!isRadiolucentError(error, "backend")) throw error;
    messages.push(error.message);
    packages = error.packages;
  }
}
const [sum] = tf.sum(one).dataSync();
const { device } = onnxBackendReport();
writeFileSync(1, JSON.stringify({ messages, packages, name: tf.getBackend(), device, sum }));
