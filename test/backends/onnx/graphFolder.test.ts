import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { useBackend } from "radiolucent";
import { onnxBackendReport } from "radiolucent/backends/onnx";
import { afterAll, beforeAll, expect, it } from "vitest";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "graphs-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const compute = () => tf.tidy(() => [...tf.mul(tf.add(tf.tensor1d([1, 2, 3]), 1), tf.scalar(5)).dataSync()]);

/** As a new process would: with no graph in memory. */
async function computeAnew(graphFolder = folder) {
  await useBackend("onnx", { threads: 1 });
  await useBackend("onnx", { threads: 1, graphFolder });
  const before = onnxBackendReport();
  const values = compute();
  const { compiles, reads } = onnxBackendReport();
  return { values, compiles: compiles - before.compiles, reads: reads - before.reads };
}

const written = { values: [10, 15, 20], compiles: 1, reads: 0 };
const read = { ...written, reads: 1 };

it("a graph is kept in the folder and read again", async () => {
  expect(await computeAnew()).toEqual(written);
  expect(readdirSync(folder)).toHaveLength(1);
  expect(await computeAnew()).toEqual(read);
});

it("a damaged file costs time only: the graph is written anew", async () => {
  const file = join(folder, readdirSync(folder)[0]!);
  const whole = readFileSync(file);
  const damaged = [
    Buffer.alloc(0),
    whole.subarray(0, 40),
    Buffer.concat([whole.subarray(0, -1), Buffer.from([255])]),
  ];
  for (const bytes of damaged) {
    writeFileSync(file, bytes);
    expect(await computeAnew()).toEqual(written);
    expect(await computeAnew()).toEqual(read);
  }
});

it("a folder that cannot be written costs time only", async () => {
  const file = join(folder, readdirSync(folder)[0]!);
  expect(await computeAnew(join(file, "below a file"))).toEqual(written);
});
