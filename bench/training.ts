/**
 * Training with this library on ONNX Runtime beside PyTorch: time and memory of a step, by case.
 *
 *     npm run bench:training                                  all cases, about five minutes on two cores
 *     npm run bench:training -- --case train-224 --steps 20   one case (may be repeated), more steps
 *     npm run bench:training -- --drift 500                   whether steps get slower or memory grows
 *     npm run bench:training -- --others                      the WASM and CPU backends too, on a small case
 *     npm run bench:training -- --backend wasm --case small --size 32 --batch 2
 *
 * More options: `--threads 2`, `--warm-up 3`, `--json FILE` (every step), `--python FILE` (a Python with torch and
 * torchvision; `/usr/bin/python3` by default, for which Debian has python3-torchvision). Without PyTorch it gives the
 * library's own figures.
 *
 * Each library has a process of its own for each case; they stay alive and take one step in turn, so that whatever
 * else the machine does hits both alike. Both train on one batch over and over, from the image's numbers to the loss
 * read, with Adam and binary cross-entropy on logits (the U-Net: and soft Dice).
 */
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { cpus, loadavg } from "node:os";
import { driftHeader, driftNote, driftRows } from "./trainingDrift.js";
import { trainingOptions } from "./trainingOptions.js";
import { startOurs, startPyTorch } from "./trainingProcess.js";
import { caseRows, header, markdown } from "./trainingTable.js";
import { inTurns, type Outcome } from "./trainingTurns.js";

const { cases, backend, python, threads, warmUp, steps, drift, others, json, held } = trainingOptions(
  process.argv.slice(2),
);

const extra = others ? ["wasm", "cpu"].filter((name) => name !== backend) : [];
const load = loadavg()[0]!;
const outcomes: (readonly [Outcome, ...Outcome[]])[] = [];
for (const workload of cases) {
  const ours = (name: string) => ({
    library: `radiolucent on ${name}`,
    start: () => startOurs(workload, name, threads),
  });
  const pyTorch = { library: "PyTorch", start: () => startPyTorch(workload, python, threads) };
  const contestants = [ours(backend), pyTorch, ...extra.map(ours)];
  const start = performance.now();
  const onRound = (round: number) => {
    const seconds = ((performance.now() - start) / 1000).toFixed(0);
    if (process.stderr.isTTY) {
      process.stderr.write(`\r${workload.title}: step ${round + 1} of ${warmUp + steps}, ${seconds} s `);
    }
  };
  const [first, ...rest] = await inTurns(contestants, { warmUp, steps, onRound });
  if (process.stderr.isTTY) process.stderr.write("\n");
  outcomes.push([first!, ...rest]);
}

const { version } = createRequire(import.meta.url)("onnxruntime-node/package.json") as { version: string };
const descriptions = new Set(outcomes.flat().map(({ description }) => description));
descriptions.delete("");
console.log(
  `${cpus()[0]?.model.trim()}, ${cpus().length} cores, Node ${process.version}, onnxruntime-node ${version}`,
);
console.log(`${[...descriptions].join("; ")}\n`);
if (load > 1) {
  console.log(
    `The machine was busy (load ${load.toFixed(1)} before the start): threads then wait for each other.\n`,
  );
}

if (drift) {
  const rows = outcomes.flatMap((results) =>
    results.filter((one) => one.steps.length > 1).flatMap(driftRows),
  );
  console.log(`${cases.map(({ title }) => title).join("; ")}: ${steps} steps\n`);
  console.log(markdown([driftHeader, ...rows]));
  const failures = outcomes.flat().flatMap(({ library, note }) => (note ? [`- ${library}: ${note}.`] : []));
  const notes = [...outcomes.flat().flatMap(driftNote), ...failures];
  if (notes.length > 0) console.log(`\n${notes.join("\n")}`);
} else {
  const tables = cases.map((workload, i) => caseRows(workload, outcomes[i]!, held));
  console.log(markdown([header, ...tables.flatMap(({ rows }) => rows)]));
  const notes = tables.flatMap((table) => table.notes);
  if (notes.length > 0) console.log(`\n${notes.map((note) => `- ${note}`).join("\n")}`);
}
if (json !== undefined) {
  const results = cases.map((workload, i) => ({ ...workload, outcomes: outcomes[i] }));
  writeFileSync(json, `${JSON.stringify({ threads, warmUp, steps, results }, null, 1)}\n`);
}
