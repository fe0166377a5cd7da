import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** A process that does one thing at a time, when asked, and answers with an object. */
export interface AskedProcess {
  /** @throws Error with what the process wrote last, when it ends instead of answering */
  ask<T>(question: object): Promise<T>;
  /** Ends it. */
  stop(): Promise<void>;
}

const beside = (file: string) => fileURLToPath(new URL(file, import.meta.url));

/** A worker beside this file in TypeScript; the parent's own Node options bring it the loader. */
export const startNode = (worker: string) => start(process.execPath, [...process.execArgv, beside(worker)]);

/** A worker beside this file in a given Python. */
export const startPython = (python: string, worker: string) => start(python, [beside(worker)]);

function start(command: string, args: readonly string[]): AskedProcess {
  const child = spawn(command, args, { stdio: "pipe" });
  let complaint = "";
  child.stderr.on("data", (data) => {
    complaint = (complaint + data).slice(-2000);
  });
  child.stdin.on("error", () => {}); // What ended says why it takes no more questions.
  const ended = new Promise<string>((resolve) => {
    child.on("error", (error) => resolve(error.message));
    child.on("close", (code, signal) =>
      resolve(`${command} ended with ${signal ?? `code ${code}`}: ${complaint.trim() || "no message"}`),
    );
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async ask<T>(question: object) {
      child.stdin.write(`${JSON.stringify(question)}\n`);
      const line = await lines.next();
      if (line.done) throw new Error(await ended);
      return JSON.parse(line.value) as T;
    },
    async stop() {
      child.stdin.end();
      await ended;
    },
  };
}
