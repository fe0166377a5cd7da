import { linkSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import ndarray from "ndarray";
import { encodePng } from "../src/io/encodePng.js";
import { imageBatches } from "../src/io/imageBatches.js";
import { imageCache } from "../src/io/imageCache.js";
import { labelMatrix } from "../src/labels/labelMatrix.js";
import { markdown } from "./trainingTable.js";

/** Studies of ChestX-ray14. */
const studies = 112_120;
const side = 8;
const resident = () => process.memoryUsage().rss / 2 ** 20;

/**
 * Runs through epochs of batches of as many studies as ChestX-ray14 has, with workers and cache, and tells the resident
 * memory on the way. The films are tiny, since memory may depend on their number only; a hundred files stand under all
 * names.
 *
 * @returns a table
 */
export async function watchMemory(folder: string, epochs: number): Promise<string> {
  const paths = await tinyFilms(join(folder, "films"));
  const dataset = {
    name: "tiny films",
    studies: paths.map((path, i) => ({ imageId: `${i}.png`, patientId: `${i >> 2}`, path })),
    labels: labelMatrix(
      ["Finding"],
      paths.map((_, i) => [i % 2]),
    ),
    account: { rowsRead: studies, rowsKept: studies, dropped: [], changed: [] },
  };
  const cache = imageCache(join(folder, "cache"));
  const source = imageBatches(dataset, { size: side, batchSize: 64, shuffle: true, seed: 1, cache });
  const rows = [["epochs", "images", "s", "resident MiB", "in the JavaScript heap"]];
  const start = performance.now();
  let images = 0;
  const tell = (epoch: number) => {
    const heap = process.memoryUsage().heapUsed / 2 ** 20;
    const seconds = (performance.now() - start) / 1000;
    rows.push([String(epoch), String(images), seconds.toFixed(0), resident().toFixed(0), heap.toFixed(0)]);
  };
  tell(0);
  for (let epoch = 0; epoch < epochs; epoch++) {
    for await (const batch of source.epoch(epoch)) images += batch.studies.length;
    if (process.stderr.isTTY) process.stderr.write(`\repoch ${epoch + 1} of ${epochs} `);
    if (epoch === 0 || epoch % 5 === 4) tell(epoch + 1);
  }
  if (process.stderr.isTTY) process.stderr.write("\n");
  const { hits, misses } = cache.stats;
  return `${markdown(rows)}\n\nFrom the cache ${hits}, made ${misses}.`;
}

async function tinyFilms(folder: string): Promise<string[]> {
  mkdirSync(folder);
  const originals: string[] = [];
  for (let i = 0; i < 100; i++) {
    const pixels = ndarray(new Uint8Array(side * side).fill(i), [side, side]);
    pixels.set(0, 0, 255);
    originals.push(join(folder, `original-${i}.png`));
    writeFileSync(originals[i]!, await encodePng(pixels));
  }
  return Array.from({ length: studies }, (_, i) => {
    const path = join(folder, `${String(i).padStart(6, "0")}.png`);
    linkSync(originals[i % originals.length]!, path);
    return path;
  });
}
