import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseSafetensors } from "../../src/models/safetensors.js";
import { randomStream } from "../../src/random.js";
import { temporaryFolders } from "./temporaryFolder.js";

const folders = temporaryFolders();
const runs = fileURLToPath(new URL("../../runs", import.meta.url));
// Without types, so that it starts in a moment; in the project, where the built package is found.
const script = join(runs, `killed-training-${process.pid}.mjs`);
beforeAll(() =>
  build({
    entryPoints: [fileURLToPath(new URL("killedTraining.ts", import.meta.url))],
    outfile: script,
    platform: "node",
    format: "esm",
    logLevel: "error",
  }),
);
afterAll(() => rmSync(script, { force: true }));

/**
 * Runs the training; where `after` is given, kills it with SIGKILL that many milliseconds after its first batch. Says
 * whether it ended by itself.
 */
function run(folder: string, backend: string, after = Infinity): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, folder, backend]);
    let errors = "";
    child.stderr.on("data", (text) => {
      errors += text;
    });
    child.stdout.once("data", () => {
      if (after < Infinity) setTimeout(() => child.kill("SIGKILL"), after);
    });
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (code === 0 || signal === "SIGKILL") resolve(code === 0);
      else reject(new Error(errors));
    });
  });
}

const resultOf = (folder: string) => JSON.parse(readFileSync(join(folder, "result.json"), "utf8")) as object;

/** Without the column of seconds. */
const logOf = (folder: string) => {
  const [header, ...rows] = readFileSync(join(folder, "log.csv"), "utf8").trim().split("\n");
  const column = header!.split(",").indexOf("seconds");
  return rows.map((row) => row.split(",").filter((_, i) => i !== column));
};

describe.each(["cpu", "onnx"])(
  "a process that is killed at random moments and run again, on %s",
  (backend) => {
    test("ends with the weights, history and logs of one that was left alone, bit for bit", async () => {
      const root = folders({});
      const whole = join(root, "whole");
      expect(await run(whole, backend)).toBe(true);
      const killed = join(root, "killed");
      const random = randomStream(`${Date.now()}`);
      const kills: number[] = [];
      while (!(await run(killed, backend, kills.length < 4 ? 10 + random.integer(250) : Infinity))) {
        kills.push(1);
        // A state is there whole, or not at all.
        const state = join(killed, "training.safetensors");
        if (existsSync(state)) parseSafetensors(readFileSync(state));
      }
      expect(kills.length).toBeGreaterThan(0);
      expect(resultOf(killed)).toEqual(resultOf(whole));
      expect(logOf(killed)).toEqual(logOf(whole));
      const left = (folder: string) => readdirSync(folder).filter((name) => !name.includes(".tmp"));
      expect(left(killed)).toEqual(left(whole));
    }, 300_000);
  },
);
