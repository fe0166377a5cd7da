/**
 * Measures beside the reference libraries, in one run: ranking measures and calibration of ChestX-ray14's size against
 * scikit-learn, mask distances against scipy, CLAHE against scikit-image, and the bootstrap's time and memory.
 *
 *     npm run bench:metrics                  about two minutes on two cores
 *
 * Options: `--rounds 7`, `--python FILE` (a Python with scikit-learn, scipy and scikit-image; `/usr/bin/python3` by default, for
 * which Debian has python3-sklearn and python3-skimage). Without them it gives the library's own figures.
 *
 * Each library has a process of its own, on the same numbers from the same files; they take turns, so that whatever else the
 * machine does hits both alike. Reading the files does not count. A value that differs by more than 1e-6 is a failure, not a
 * figure. The verdict goes by `paired`, the median of the ratios of one round. The bootstrap runs in a process of its own,
 * whose memory is measured as a whole, Node included.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { rowMajor } from "../src/matrix.js";
import { phantomDataset, renderPhantom } from "../src/phantom/index.js";
import { randomStream } from "../src/random.js";
import { type AskedProcess, startNode, startPython } from "./askedProcess.js";
import { median } from "./trainingStatistics.js";
import { markdown } from "./trainingTable.js";

/** What a process is asked for. */
export interface MetricsQuestion {
  readonly case: string;
  /** Where the numbers lie. */
  readonly folder: string;
  readonly classes: number;
  /** Rows and columns of the masks and the image. */
  readonly side: number;
}

/** What it answers. */
export interface MetricsAnswer {
  readonly ms: number;
  /** What was computed, to be compared. */
  readonly values: readonly number[];
  /** Most that was resident so far, MiB. */
  readonly peak?: number;
}

interface Comparison {
  readonly title: string;
  /** The library's case, and that of the reference. */
  readonly cases: readonly [ours: string, reference: string];
  readonly reference: string;
  /** Largest ratio of the times. */
  readonly limit: number;
}

const comparisons: readonly Comparison[] = [
  {
    title: "AUC, average precision and class-wise calibration error, 14 classes x 112,120 rows",
    cases: ["ranking", "ranking"],
    reference: "scikit-learn",
    limit: 0.25,
  },
  {
    title: "Hausdorff distance of two lung masks, 1024 x 1024",
    cases: ["hausdorff", "hausdorff"],
    reference: "scipy (directed_hausdorff)",
    limit: 1,
  },
  {
    title: "its 95th percentile",
    cases: ["hausdorff95", "hausdorff95"],
    reference: "scipy (distance_transform_edt)",
    limit: 1,
  },
  {
    title: "CLAHE, 1024 x 1024",
    cases: ["clahe", "clahe"],
    reference: "scikit-image",
    limit: 1,
  },
];

const { values: option } = parseArgs({
  options: {
    rounds: { type: "string", default: "7" },
    python: { type: "string", default: "/usr/bin/python3" },
  },
});
const rounds = Number(option.rounds);
if (!(Number.isInteger(rounds) && rounds > 0)) {
  throw new Error(`--rounds is ${option.rounds}; expected a whole number above 0`);
}
const folder = mkdtempSync(join(tmpdir(), "radiolucent-bench-"));
const question = { folder, classes: 14, side: 1024 };
const machine = `${cpus()[0]?.model.trim()}, ${cpus().length} cores, Node ${process.version}, load ${loadavg()[0]!.toFixed(1)} before the start`;

try {
  console.log(`${machine}\n`);
  writeInputs();
  console.log(await compareAll());
  console.log(`\n${await bootstrap()}`);
} finally {
  rmSync(folder, { recursive: true });
}

/** Labels as rare as those of ChestX-ray14, with scores of a fair model; two lung masks and a film. */
function writeInputs(): void {
  const random = randomStream("bench:metrics");
  const prevalence = [10.3, 2.5, 11.9, 17.7, 5.2, 5.6, 1.3, 4.7, 4.2, 2.1, 2.2, 1.5, 3.0, 0.2];
  const rows = 112_120;
  const [labels, probabilities] = [new Float32Array(rows * 14), new Float32Array(rows * 14)];
  for (let i = 0; i < labels.length; i++) {
    const label = Number(random.uniform() < prevalence[i % 14]! / 100);
    labels[i] = label;
    probabilities[i] = 1 / (1 + Math.exp(-(random.normal() + 1.2 * label - 2.5)));
  }
  writeFileSync(join(folder, "labels.f32"), labels);
  writeFileSync(join(folder, "probabilities.f32"), probabilities);
  const { studies } = phantomDataset({ patients: 2, seed: 1 });
  const films = [studies[0]!, studies.at(-1)!].map((study) => renderPhantom(study, question.side));
  films.forEach(({ lungMask }, i) => {
    writeFileSync(join(folder, `mask${i}.u8`), rowMajor(lungMask));
  });
  const film = rowMajor(films[0]!.image.pixels);
  writeFileSync(
    join(folder, "image.f32"),
    Float32Array.from(film, (value) => value / 255),
  );
}

async function compareAll(): Promise<string> {
  const ours = startNode("metricsWorker.ts");
  const peer = startPython(option.python, "metrics.py");
  const notes: string[] = [];
  let hasPeer = true;
  const ask = async (process: AskedProcess, name: string) =>
    process.ask<MetricsAnswer>({ ...question, case: name } satisfies MetricsQuestion);
  const rows: string[][] = [["", "ms", "reference", "ms", "paired", "at most", ""]];
  try {
    for (const { title, cases, reference, limit } of comparisons) {
      const seen: { own: number; other: number }[] = [];
      for (let round = 0; round <= rounds; round++) {
        const own = await ask(ours, cases[0]);
        const other = hasPeer
          ? await ask(peer, cases[1]).catch((error: Error) => {
              hasPeer = false;
              notes.push(`Without the references: ${error.message.split("\n").at(-1)}.`);
            })
          : undefined;
        if (other) assertEqual(title, own.values, other.values);
        if (round > 0) seen.push({ own: own.ms, other: other?.ms ?? Number.NaN });
      }
      const paired = median(seen.map(({ own, other }) => own / other));
      rows.push([
        title,
        median(seen.map(({ own }) => own)).toFixed(1),
        reference,
        hasPeer ? median(seen.map(({ other }) => other)).toFixed(1) : "-",
        hasPeer ? paired.toFixed(3) : "-",
        String(limit),
        hasPeer ? (paired <= limit ? "ok" : "**over**") : "",
      ]);
    }
  } finally {
    await Promise.all([ours.stop(), peer.stop()]);
  }
  return [markdown(rows), ...notes].join("\n\n");
}

function assertEqual(title: string, own: readonly number[], other: readonly number[]): void {
  own.forEach((value, i) => {
    if (Math.abs(value - other[i]!) <= 1e-6) return;
    throw new Error(`${title}: value ${i} is ${value} here and ${other[i]} there`);
  });
}

/** In a fresh process, three times. */
async function bootstrap(): Promise<string> {
  const answers: MetricsAnswer[] = [];
  for (let run = 0; run < 3; run++) {
    const fresh = startNode("metricsWorker.ts");
    answers.push(
      await fresh.ask<MetricsAnswer>({ ...question, case: "bootstrap" } satisfies MetricsQuestion),
    );
    await fresh.stop();
  }
  const seconds = median(answers.map(({ ms }) => ms)) / 1000;
  const peak = Math.max(...answers.map((answer) => answer.peak!));
  return markdown([
    ["bootstrap by patient", "s", "at most", "process, MiB", "at most", ""],
    [
      "2,000 resamples of 14 AUCs, 22,433 rows of 2,896 patients",
      seconds.toFixed(2),
      "10",
      peak.toFixed(0),
      "286",
      seconds <= 10 && peak <= 286 ? "ok" : "**over**",
    ],
  ]);
}
