/**
 * The library's side of `bench/data.ts`: reads questions from standard input, a line of JSON each, and answers each with
 * a line. `data.py` is its counterpart.
 */
import { createInterface } from "node:readline";
import { chestXray14 } from "../src/io/chestXray14.js";
import { imageBatches } from "../src/io/imageBatches.js";
import type { Dataset } from "../src/labels/dataset.js";
import { labelMatrix } from "../src/labels/labelMatrix.js";
import type { DataAnswer, DataQuestion } from "./data.js";

function datasetOf(paths: readonly string[]): Dataset {
  const count = paths.length;
  return {
    name: "films",
    studies: paths.map((path, i) => ({ imageId: `${i}`, patientId: `${i}`, path })),
    labels: labelMatrix(
      [],
      paths.map(() => []),
    ),
    account: { rowsRead: count, rowsKept: count, dropped: [], changed: [] },
  };
}

async function answer(question: DataQuestion): Promise<DataAnswer> {
  if ("csv" in question) {
    const before = process.memoryUsage().rss;
    const start = performance.now();
    const { studies } = await chestXray14({ csv: question.csv });
    const ms = performance.now() - start;
    const peak = process.resourceUsage().maxRSS * 1024;
    return { ms, count: studies.length, peakGrowth: peak - before };
  }
  const { paths, size, batchSize, workers, epochs, cache } = question;
  const options = { size, batchSize, workers, ...(cache !== undefined && { cache }) };
  const source = imageBatches(datasetOf(paths), { ...options, normalization: { method: "unit" } });
  let count = 0;
  const start = performance.now();
  for (let epoch = 0; epoch < epochs; epoch++) {
    for await (const { images } of source.epoch(epoch)) count += images.shape[0]!;
  }
  return { ms: performance.now() - start, count };
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await answer(JSON.parse(line) as DataQuestion)));
}
