import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { layers, sequential } from "@tensorflow/tfjs-layers";
import { build } from "esbuild";
import { beforeAll, describe, expect, it } from "vitest";
import { filesOfArtifacts, loadModel } from "../../src/io/modelFiles.js";
import { artifactsOfModel } from "../../src/models/artifactsOfModel.js";
import { randomStream } from "../../src/random.js";
import { temporaryFolders } from "./temporaryFolder.js";

const temporaryFolder = temporaryFolders();
const root = fileURLToPath(new URL("../../", import.meta.url));

/** Saves the models in the folders a and b into the folder model by turns, as saveModel does, until it is killed. */
const saver = `
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { replaceModelFiles } from "./src/io/replaceModelFiles.js";
const [folder] = process.argv.slice(2);
const models = ["a", "b"].map((name) => {
  const names = readdirSync(join(folder, name)).sort().reverse();
  return Object.fromEntries(names.map((file) => [file, readFileSync(join(folder, name, file))]));
});
for (let i = 0; ; i++) {
  await replaceModelFiles(join(folder, "model"), models[i % 2]);
  process.stdout.write("saved");
}
`;

/** What model a folder holds: the value of all its weights, which its name must tell too. */
async function modelIn(folder: string): Promise<number> {
  const model = await loadModel(folder);
  const weights = await model.weights[0]!.read().data<"float32">();
  const { name } = model;
  model.dispose();
  const value = weights[0]!;
  expect(name).toBe(`all${value}`);
  expect(weights.every((weight) => weight === value)).toBe(true);
  return value;
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill("SIGKILL");
  await once(child, "exit");
}

describe("a model that is saved over another one, in files of several parts", () => {
  let folder: string;
  let model: string;
  beforeAll(async () => {
    await tf.setBackend("cpu");
    folder = temporaryFolder({});
    model = join(folder, "model");
    for (const [name, value] of [
      ["a", 1],
      ["b", 2],
    ] as const) {
      const constant = sequential({
        name: `all${value}`,
        layers: [layers.dense({ units: 110, inputShape: [100], useBias: false })],
      });
      tf.tidy(() => constant.setWeights([tf.fill([100, 110], value)]));
      mkdirSync(join(folder, name));
      const files = filesOfArtifacts(await artifactsOfModel(constant), 16_384);
      expect(Object.keys(files)).toHaveLength(4);
      expect(Object.keys(files).at(-1)).toBe("model.json");
      for (const [file, content] of Object.entries(files)) writeFileSync(join(folder, name, file), content);
      constant.dispose();
    }
    await build({
      stdin: { contents: saver, resolveDir: root, loader: "ts" },
      bundle: true,
      format: "esm",
      platform: "node",
      outfile: join(folder, "saver.mjs"),
      logLevel: "silent",
    });
  });

  /** Starts saving and waits for the first models. */
  const startSaving = async (saves: number) => {
    const child = spawn(process.execPath, [join(folder, "saver.mjs"), folder], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = once(child, "exit").then(() => {
      throw new Error("saving ended by itself");
    });
    ended.catch(() => {});
    let start = performance.now();
    for (let i = 0; i < saves; i++) {
      start = performance.now();
      await Promise.race([once(child.stdout, "data"), ended]);
    }
    return { child, milliseconds: saves > 1 ? performance.now() - start : 20 };
  };

  it("is the one or the other, whole, after a SIGKILL at any moment", async () => {
    const random = randomStream("kill");
    const seen = new Set<number>();
    for (let i = 0; i < 30; i++) {
      const { child, milliseconds } = await startSaving(1 + (i % 2));
      await setTimeout(1.2 * milliseconds * random.uniform());
      await kill(child);
      seen.add(await modelIn(model));
    }
    expect([...seen].sort()).toEqual([1, 2]);
    // What killed saves left is gone, but for the last one's.
    expect(readdirSync(model).length).toBeLessThanOrEqual(3 * 4);
  }, 180_000);

  it("is the one or the other, whole, for whoever loads it meanwhile", async () => {
    const { child } = await startSaving(1);
    try {
      for (let i = 0; i < 20; i++) expect([1, 2]).toContain(await modelIn(model));
    } finally {
      await kill(child);
    }
  });
});
