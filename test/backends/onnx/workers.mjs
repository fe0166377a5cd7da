// Run as a process of its own: two workers and the main thread compute on the ONNX backend at the same time.
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { register } from "tsx/esm/api";

register();
const tf = await import("@tensorflow/tfjs-core");
await import("../../../src/backends/onnx-entry.ts");
const { useBackend } = await import("../../../src/backends/useBackend.ts");

await useBackend("onnx", { threads: 1 });
if (isMainThread) {
  const workers = [1, 2].map((number) => new Worker(new URL(import.meta.url), { workerData: number }));
  const answers = workers.map((worker) => new Promise((resolve) => worker.once("message", resolve)));
  console.log(`main: ${tf.add(1, 2).dataSync()[0]}`);
  for (const answer of await Promise.all(answers)) console.log(answer);
} else {
  const x = tf.tensor1d([10, 20]);
  for (let i = 0; i < 50; i++) tf.tidy(() => tf.exp(tf.mul(x, i)).dataSync());
  const sum = tf.add(x, tf.tensor1d([workerData, 2 * workerData]));
  parentPort?.postMessage(`worker ${workerData}: ${sum.dataSync()}`);
}
