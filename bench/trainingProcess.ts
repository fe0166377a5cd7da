import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { OnnxBackendReport } from "../src/backends/onnx-entry.js";
import type { Workload } from "./trainingCases.js";

/** A worker's first line. */
export interface ReadyAnswer {
  /** Library and what it runs on. */
  readonly description: string;
}

/** Its answer to "step". */
export interface StepAnswer {
  readonly ms: number;
  /** The loss before the step; of a prediction, the first logit. */
  readonly value: number;
  /** Resident memory after it, MiB. */
  readonly resident: number;
}

/** Its answer to "memory". */
export interface MemoryAnswer {
  /** Most that was resident so far, MiB. */
  readonly peak: number;
  /** What the ONNX Runtime backend counted so far. */
  readonly onnx?: OnnxBackendReport;
}

/** A process that works on one case with one library, and only when asked. */
export interface TrainingProcess {
  readonly description: string;
  step(): Promise<StepAnswer>;
  memory(): Promise<MemoryAnswer>;
  /** Ends it and waits until its memory is free. */
  stop(): Promise<void>;
}

const beside = (file: string) => fileURLToPath(new URL(file, import.meta.url));

/** This library on a backend; the parent's own Node options bring it the TypeScript loader. */
export function startOurs(workload: Workload, backend: string, threads: number): Promise<TrainingProcess> {
  const settings = JSON.stringify({ ...workload, backend, threads });
  return start(process.execPath, [...process.execArgv, beside("trainingWorker.ts"), settings]);
}

/** PyTorch in a given Python. */
export function startPyTorch(workload: Workload, python: string, threads: number): Promise<TrainingProcess> {
  return start(python, [beside("training.py"), JSON.stringify({ ...workload, threads })]);
}

/** @throws Error with what the process wrote last, when it ends before it is ready; later questions throw likewise */
async function start(command: string, args: readonly string[]): Promise<TrainingProcess> {
  const child = spawn(command, args, { stdio: "pipe" });
  let complaint = "";
  child.stderr.on("data", (data) => {
    complaint = (complaint + data).slice(-2000);
  });
  const ended = new Promise<string>((resolve) => {
    child.on("error", (error) => resolve(error.message));
    child.on("close", (code, signal) => {
      const lines = complaint.trim().split("\n");
      const message = lines.findLast((line) => /^\w*(Error|Exception)\b/.test(line)) ?? lines.at(-1);
      resolve(`ended with ${signal ?? `code ${code}`}: ${message || "no message"}`);
    });
  });
  child.stdin.on("error", () => {}); // What ended says why it takes no more commands.

  // Libraries may greet on standard output; answers are objects.
  const lines = createInterface({ input: child.stdout });
  const waiting: ((line: string) => void)[] = [];
  lines.on("line", (line) => {
    if (line.startsWith("{")) waiting.shift()?.(line);
  });
  async function next<T>(): Promise<T> {
    const line = new Promise<string>((resolve) => waiting.push(resolve));
    return JSON.parse(
      await Promise.race([
        line,
        ended.then((why) => {
          throw new Error(why);
        }),
      ]),
    ) as T;
  }
  function ask<T>(question: string): Promise<T> {
    const reply = next<T>();
    child.stdin.write(`${question}\n`);
    return reply;
  }

  const { description } = await next<ReadyAnswer>();
  return {
    description,
    step: () => ask("step"),
    memory: () => ask("memory"),
    async stop() {
      child.stdin.end("exit\n");
      await ended;
    },
  };
}
