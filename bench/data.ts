/**
 * From files to batches, beside PyTorch's DataLoader: images a second with and without the cache, and the reading of a
 * large table.
 *
 *     npm run bench:data                             about three minutes on two cores
 *     npm run bench:data -- --images FOLDER          films (PNG) of your own; default ../shared/data/nih-1024/images
 *     npm run bench:data -- --table FILE             a table of ChestX-ray14; default the one in ../shared/data
 *     npm run bench:data -- --memory                 whether memory grows with epochs and images
 *
 * More options: `--rounds 5`, `--count 400` (films an epoch), `--workers 2`, `--batch 16`, `--size 224`, `--python FILE` (a
 * Python with torch and torchvision; `/usr/bin/python3` by default, for which Debian has python3-torchvision). Without
 * PyTorch it gives the library's own figures.
 *
 * Each library has a process of its own; they take turns, so that whatever else the machine does hits both alike. Both
 * decode, make grey, resize bilinearly with every pixel counting, and give batches of float32. DataLoader keeps its worker
 * processes between epochs. Files are read once before, so that they come from the system's memory for both. The verdict
 * goes by `paired`, the median of the ratios of one round.
 */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type AskedProcess, startNode, startPython } from "./askedProcess.js";
import { distinctCopies } from "./dataFiles.js";
import { watchMemory } from "./dataMemory.js";
import { median } from "./trainingStatistics.js";
import { markdown } from "./trainingTable.js";

/** What a process is asked for: some epochs over files, or the reading of a table. */
export type DataQuestion =
  | {
      readonly paths: readonly string[];
      readonly size: number;
      readonly batchSize: number;
      readonly workers: number;
      readonly epochs: number;
      readonly cache?: string;
    }
  | { readonly csv: string };

/** What it answers. */
export interface DataAnswer {
  readonly ms: number;
  /** Images or studies. */
  readonly count: number;
  /** Bytes by which the process grew at most. */
  readonly peakGrowth?: number;
}

const shared = fileURLToPath(new URL("../../shared/data/", import.meta.url));
const { values } = parseArgs({
  options: {
    images: { type: "string", default: join(shared, "nih-1024/images") },
    table: { type: "string", default: join(shared, "nih-metadata/Data_Entry_2017_v2020.csv.gz") },
    memory: { type: "boolean", default: false },
    epochs: { type: "string", default: "40" },
    rounds: { type: "string", default: "5" },
    count: { type: "string", default: "400" },
    workers: { type: "string", default: "2" },
    batch: { type: "string", default: "16" },
    size: { type: "string", default: "224" },
    python: { type: "string", default: "/usr/bin/python3" },
  },
});
const { images, table, python } = values;
const whole = (name: "epochs" | "rounds" | "count" | "workers" | "batch" | "size") => {
  const value = Number(values[name]);
  if (Number.isInteger(value) && value > 0) return value;
  throw new Error(`--${name} is ${values[name]}; expected a whole number above 0`);
};
const folder = mkdtempSync(join(tmpdir(), "radiolucent-bench-"));
const machine = `${cpus()[0]?.model.trim()}, ${cpus().length} cores, Node ${process.version}, load ${loadavg()[0]!.toFixed(1)} before the start`;

try {
  console.log(`${machine}\n`);
  if (values.memory) console.log(await watchMemory(folder, whole("epochs")));
  else console.log(await compare());
} finally {
  rmSync(folder, { recursive: true });
}

async function compare(): Promise<string> {
  if (!existsSync(images))
    throw new Error(`there is no folder "${images}"; give one of PNG films with --images`);
  const paths = distinctCopies(images, join(folder, "films"), whole("count"));
  const epoch = {
    paths,
    size: whole("size"),
    batchSize: whole("batch"),
    workers: whole("workers"),
    epochs: 1,
  };
  const ours = startNode("dataWorker.ts");
  const peer = startPython(python, "data.py");
  const notes: string[] = [];
  const seen: Record<"first" | "three" | "cached" | "peerFirst" | "peerThree", number[]> = {
    first: [],
    three: [],
    cached: [],
    peerFirst: [],
    peerThree: [],
  };
  const rate = async (process: AskedProcess, question: DataQuestion) => {
    const { ms, count } = await process.ask<DataAnswer>(question);
    return (1000 * count) / ms;
  };

  const askOurs = async (round: number) => {
    const cache = join(folder, `cache-${round}`);
    seen.first.push(await rate(ours, epoch));
    seen.three.push(await rate(ours, { ...epoch, epochs: 3, cache }));
    seen.cached.push(await rate(ours, { ...epoch, epochs: 5, cache }));
    rmSync(cache, { recursive: true });
  };
  let hasPeer = true;
  const askPeer = async () => {
    if (!hasPeer) return;
    seen.peerFirst.push(await rate(peer, epoch));
    seen.peerThree.push(await rate(peer, { ...epoch, epochs: 3 }));
  };
  try {
    await rate(ours, epoch);
    await rate(peer, epoch).catch((error: Error) => {
      hasPeer = false;
      notes.push(`Without PyTorch: ${error.message.split("\n").at(-1)}.`);
    });
    for (let round = 0; round < whole("rounds"); round++) {
      if (process.stderr.isTTY) process.stderr.write(`\rround ${round + 1} of ${values.rounds} `);
      if (round % 2 === 0) await askOurs(round);
      await askPeer();
      if (round % 2 === 1) await askOurs(round);
    }
  } finally {
    if (process.stderr.isTTY) process.stderr.write("\n");
    await Promise.all([ours.stop(), peer.stop()]);
  }

  const against = (what: string, own: number[], other: number[], otherIs: string, least: number) => {
    const ratio = median(own) / median(other);
    const paired = median(own.map((value, i) => value / other[i]!));
    const cell = (value: number, digits: number) => (Number.isFinite(value) ? value.toFixed(digits) : "-");
    const verdict = Number.isFinite(paired) ? (paired >= least ? "ok" : "**under**") : "";
    return [
      what,
      median(own).toFixed(0),
      `${cell(median(other), 0)}${otherIs}`,
      cell(ratio, 2),
      cell(paired, 2),
      String(least),
      verdict,
    ];
  };
  const rows = [
    ["images/s", "radiolucent", "PyTorch's DataLoader", "ratio", "paired", "at least", ""],
    against("first epoch, no cache", seen.first, seen.peerFirst, "", 1.3),
    against("three epochs, new cache", seen.three, seen.peerThree, "", 3),
    against("epochs from the cache", seen.cached, seen.first, " (decoding)", 10),
  ];
  return [markdown(rows), ...(await tableLines()), ...notes].join("\n\n");
}

async function tableLines(): Promise<string[]> {
  if (!existsSync(table)) return [`There is no table "${table}".`];
  const answers: DataAnswer[] = [];
  for (let run = 0; run < 3; run++) {
    const fresh = startNode("dataWorker.ts");
    answers.push(await fresh.ask<DataAnswer>({ csv: table }));
    await fresh.stop();
  }
  const seconds = median(answers.map(({ ms }) => ms)) / 1000;
  const growth = median(answers.map(({ peakGrowth }) => peakGrowth!)) / 2 ** 20;
  return [
    markdown([
      ["table", "studies", "s", "at most", "peak growth, MiB", "at most", ""],
      [
        "ChestX-ray14 to studies and labels",
        String(answers[0]!.count),
        seconds.toFixed(2),
        "2",
        growth.toFixed(0),
        "238",
        seconds <= 2 && growth <= 238 ? "ok" : "**over**",
      ],
    ]),
  ];
}
