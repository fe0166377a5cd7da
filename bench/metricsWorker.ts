/**
 * The library's side of `bench/metrics.ts`: reads questions from standard input, a line of JSON each, and answers each with
 * a line. `metrics.py` is its counterpart.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import ndarray from "ndarray";
import { equalizeAdaptiveHistogram } from "../src/images/index.js";
import {
  averagePrecision,
  bootstrapAuc,
  classwiseCalibrationError,
  hausdorffDistance,
  rocAuc,
} from "../src/metrics/index.js";
import type { MetricsAnswer, MetricsQuestion } from "./metrics.js";

type Work = (question: MetricsQuestion) => () => readonly number[];

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

function floats({ folder }: MetricsQuestion, name: string): Float32Array {
  const bytes = readFileSync(join(folder, name));
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

function matrix(question: MetricsQuestion, name: string) {
  const values = floats(question, name);
  return ndarray(values, [values.length / question.classes, question.classes]);
}

function column({ data, shape: [rows, classes] }: ReturnType<typeof matrix>, c: number): Float32Array {
  const picked = new Float32Array(rows!);
  for (let row = 0; row < picked.length; row++) picked[row] = data[row * classes! + c]!;
  return picked;
}

const ranking: Work = (question) => {
  const [labels, probabilities] = [matrix(question, "labels.f32"), matrix(question, "probabilities.f32")];
  const classes = Array.from({ length: question.classes }, (_, c) => c);
  return () => {
    const columns = classes.map((c) => [column(labels, c), column(probabilities, c)] as const);
    return [
      mean(columns.map(([y, p]) => rocAuc(y, p))),
      mean(columns.map(([y, p]) => averagePrecision(y, p))),
      classwiseCalibrationError(labels, probabilities).mean,
    ];
  };
};

/** The size of ChestX-ray14's test set; several films of a patient follow each other. */
const bootstrap: Work = (question) => {
  const first = (name: string) => {
    const { data } = matrix(question, name);
    const rows = 22_433;
    return ndarray(data.slice(0, rows * question.classes), [rows, question.classes]);
  };
  const [labels, probabilities] = [first("labels.f32"), first("probabilities.f32")];
  const groups = Array.from({ length: labels.shape[0]! }, (_, row) => Math.floor(Math.sqrt(400 * row)));
  return () => {
    const { classes } = bootstrapAuc(labels, probabilities, { groups, resamples: 2000, seed: 1 });
    return classes.flatMap(({ lower, upper }) => [lower, upper]);
  };
};

const masks = ({ folder, side }: MetricsQuestion) =>
  ([0, 1] as const).map((i) =>
    ndarray(new Uint8Array(readFileSync(join(folder, `mask${i}.u8`))), [side, side]),
  );

const hausdorff =
  (percentile: number): Work =>
  (question) => {
    const [a, b] = masks(question);
    return () => [hausdorffDistance(a!, b!, { percentile })];
  };

const clahe: Work = (question) => {
  const { side } = question;
  const image = { pixels: ndarray(floats(question, "image.f32"), [side, side]), range: [0, 1] } as const;
  return () => {
    const { pixels } = equalizeAdaptiveHistogram(image);
    return [pixels.data.reduce((sum, value) => sum + value, 0) / pixels.data.length];
  };
};

const works: Readonly<Record<string, Work>> = {
  ranking,
  bootstrap,
  hausdorff: hausdorff(100),
  hausdorff95: hausdorff(95),
  clahe,
};

function answer(question: MetricsQuestion): MetricsAnswer {
  const work = works[question.case]!(question);
  const start = performance.now();
  const values = work();
  return { ms: performance.now() - start, values, peak: process.resourceUsage().maxRSS / 1024 };
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(answer(JSON.parse(line) as MetricsQuestion)));
}
