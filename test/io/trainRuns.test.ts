import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { environment } from "../../src/io/environment.js";
import { loadRuns } from "../../src/io/loadRuns.js";
import { stableJson } from "../../src/io/stableJson.js";
import { type RunContext, type RunReport, trainRuns } from "../../src/io/trainRuns.js";
import { aucMarginLoss } from "../../src/losses/aucMarginLoss.js";
import { fit } from "../../src/training/fit.js";
import type { TrainingHistory } from "../../src/training/history.js";
import { pesg } from "../../src/training/optimizers/pesg.js";
import { predictRuns } from "../../src/training/predictRuns.js";
import { convolutional, makeSamples, memorySource, weightsOf } from "../training/support.js";
import { experiment } from "./smallExperiment.js";
import { temporaryFolders } from "./temporaryFolder.js";

const folder = temporaryFolders();
beforeAll(() => tf.setBackend("cpu"));

const json = (...path: string[]) => JSON.parse(readFileSync(join(...path), "utf8"));

/** A history without wall times, which differ from run to run. */
function timeless({ epochs, ...history }: TrainingHistory) {
  return { ...history, epochs: epochs.map(({ seconds, ...record }) => record) };
}

const reports: string[] = [];
const onRun = ({ run, state }: RunReport) => void reports.push(`${run} ${state}`);

/** An experiment that was trained without a break, by the first test. */
const unbroken = folder({});

describe("trainRuns", () => {
  const directory = unbroken;
  const studies = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, i) => ({
      imageId: `i${from + i}`,
      patientId: `p${(from + i) >> 1}`,
    }));
  const options = {
    ...experiment(directory),
    configuration: {
      rate: 0.01,
      classes: ["Edema", "Mass"],
      weights: { positive: new Float64Array([0.5, 2]) },
    },
    sets: { train: { studies: [...studies(0, 11), ...studies(0, 2)] }, test: { studies: studies(11, 14) } },
    onRun,
  };

  it("trains each seed as fit does, frees all models and tells what becomes of the runs", async () => {
    const before = tf.memory().numTensors;
    const { runs, unfinished } = await trainRuns(options);
    expect(tf.memory().numTensors).toBe(before);
    expect(unfinished).toEqual([]);
    expect(reports.splice(0)).toEqual([1, 2, 3].flatMap((run) => [`${run} started`, `${run} finished`]));
    expect(runs.map(({ run, seed }) => [run, seed])).toEqual([[1, 1], [2, 2], [3, 3]]); // biome-ignore format: pairs
    const alone = convolutional(2);
    const history = await fit(alone, options.options({ ...runs[1]!, resume: false, signal: undefined }));
    expect(timeless(runs[1]!.history)).toEqual(timeless(history));
    const loaded = await runs[1]!.load();
    expect(await weightsOf(loaded)).toEqual(await weightsOf(alone));
    for (const model of [alone, loaded]) model.dispose();
  });

  it("keeps a folder for each run", () => {
    expect(readdirSync(directory)).toEqual(["run-1", "run-2", "run-3"]);
    expect(readdirSync(join(directory, "run-1")).sort()).toEqual([
      "checkpoint",
      "configuration.json",
      "environment.json",
      "epochs.csv",
      "history.json",
      "model",
      "split.json",
    ]);
    expect(readFileSync(join(directory, "run-2/epochs.csv"), "utf8").trimEnd().split("\n")).toHaveLength(4);
  });

  it("writes JSON with sorted keys; the configuration with run and seed", () => {
    expect(readFileSync(join(directory, "run-2/configuration.json"), "utf8")).toBe(
      [
        "{",
        '  "configuration": {',
        '    "classes": [',
        '      "Edema",',
        '      "Mass"',
        "    ],",
        '    "rate": 0.01,',
        '    "weights": {',
        '      "positive": [',
        "        0.5,",
        "        2",
        "      ]",
        "    }",
        "  },",
        '  "run": 2,',
        '  "seed": 2',
        "}",
        "",
      ].join("\n"),
    );
  });

  it("lists, counts and hashes the images of each set, and counts what two sets share", () => {
    const { sets, shared } = json(directory, "run-1", "split.json");
    expect(sets.test).toEqual({
      entries: 3,
      images: 3,
      patients: 2,
      imageIds: ["i11", "i12", "i13"],
      sha256: createHash("sha256").update("i11\ni12\ni13\n").digest("hex"),
    });
    expect(sets.train).toMatchObject({ entries: 13, images: 11, patients: 6 });
    expect(shared).toEqual([{ sets: ["train", "test"], patients: 1, studies: 0, images: 0 }]);
  });

  it("notes what each start ran on; no other file has a time, a path or a name of the machine", () => {
    const [start, ...others] = json(directory, "run-1", "environment.json");
    expect(others).toEqual([]);
    expect(start).toMatchObject({ backend: "cpu", node: process.versions.node, tensorflowjs: "4.22.0" });
    for (const name of ["configuration.json", "split.json", "history.json", "environment.json"]) {
      const text = readFileSync(join(directory, "run-1", name), "utf8");
      for (const secret of [directory, process.cwd(), `"${hostname()}"`]) expect(text).not.toContain(secret);
      if (name !== "environment.json") expect(text).not.toMatch(/\d{4}-\d\d-\d\dT/);
    }
    expect(JSON.stringify(environment())).not.toContain(`"${userInfo().username}"`);
  });

  it("trains no run again that is over", async () => {
    const never = () => Promise.reject(new Error("trained again"));
    const { runs } = await trainRuns({ ...options, model: never });
    expect(reports.splice(0)).toEqual(["1 found", "2 found", "3 found"]);
    expect(runs.map(({ history }) => history.epochs.length)).toEqual([3, 3, 3]);
  });

  it("gives undefined figures back as NaN", async () => {
    const path = join(directory, "run-3/history.json");
    const text = readFileSync(path, "utf8");
    writeFileSync(path, text.replace(/"Edema": [\d.]+/, '"Edema": null'));
    const { runs } = await loadRuns(directory);
    expect(runs[2]!.history.epochs[0]!.validation!.auc.Edema).toBeNaN();
    writeFileSync(path, text);
  });

  it("refuses a folder that holds runs, unless it is to resume them", async () => {
    await expect(trainRuns({ ...options, resume: false })).rejects.toThrow(
      /options.directory: holds .*run-1 already/,
    );
  });

  it.each([
    [
      "configuration",
      { configuration: { ...options.configuration, rate: 0.02 } },
      /configuration.rate was 0.01 and is 0.02/,
    ],
    ["seeds", { runs: [1, 5, 3] }, /seed was 2 and is 5/],
    [
      "sets",
      { sets: { ...options.sets, test: { studies: studies(11, 13) } } },
      /options.sets: sets.test.entries was 3 and is 2/,
    ],
  ])("refuses to go on with other %s, before anything is trained", async (_, changes, message) => {
    await expect(trainRuns({ ...options, ...changes })).rejects.toThrow(message);
    expect(reports).toEqual([]);
  });

  it("gives its runs to predictRuns", async () => {
    const source = memorySource({ samples: makeSamples(6, 9) });
    const { runs } = await loadRuns(directory);
    const before = tf.memory().numTensors;
    const predictions = await predictRuns(runs, source);
    expect(tf.memory().numTensors).toBe(before);
    expect(predictions.runs).toHaveLength(3);
    expect(predictions.standardDeviations.get(0, 0)).toBeGreaterThan(0);
  });

  it.each([
    [{ runs: 0 }, "options.runs"],
    [{ runs: [] }, "options.runs"],
    [{ runs: [4, 4] }, "options.runs"],
    [{ only: [4] }, "options.only"],
    [
      { directory: join(directory, "new"), configuration: { loss: () => 0 } },
      "options.configuration.configuration.loss",
    ],
    [
      { directory: join(directory, "new"), configuration: { rate: Infinity } },
      "options.configuration.configuration.rate",
    ],
  ])("refuses %j", async (changes, argument) => {
    await expect(trainRuns({ ...options, ...changes })).rejects.toMatchObject({ code: "argument", argument });
  });
});

describe("trainRuns with runs that end early", () => {
  it("goes on after a kill within the second run, to the same weights and histories bit by bit", async () => {
    const killed = folder({});
    const program = fileURLToPath(new URL("killedRuns.ts", import.meta.url));
    const child = spawn(process.execPath, ["--import", "tsx", program, killed], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    const ended = new Promise((resolve) => child.on("exit", (_, signal) => resolve(signal)));
    child.stdout.once("data", () => child.kill("SIGKILL"));
    expect(await ended).toBe("SIGKILL");
    const left = await loadRuns(killed);
    expect(left.runs.map(({ run }) => run)).toEqual([1]);
    expect(left.unfinished.map(({ run }) => run)).toEqual([2, 3]);
    const trained: string[] = [];
    await trainRuns(
      experiment(killed, ({ run }, { epoch, batch }) => {
        if (batch === 1) trained.push(`${run}: ${epoch}`);
      }),
    );
    expect(trained).toEqual(["2: 2", "2: 3", "3: 1", "3: 2", "3: 3"]);
    const [a, b] = [await loadRuns(unbroken), await loadRuns(killed)];
    for (const [r, run] of a.runs.entries()) {
      expect(timeless(b.runs[r]!.history)).toEqual(timeless(run.history));
      const models = [await run.load(), await b.runs[r]!.load()] as const;
      expect(await weightsOf(models[1])).toEqual(await weightsOf(models[0]));
      for (const model of models) model.dispose();
      expect(readFileSync(join(killed, `run-${r + 1}/epochs.csv`), "utf8").split("\n")).toHaveLength(5);
    }
    expect(json(killed, "run-2/environment.json")).toHaveLength(2);
  }, 30_000);

  const failing = (directory: string) =>
    experiment(directory, ({ run }, { epoch }) => {
      if (run === 2 && epoch === 2) throw new Error("no power");
    });

  it("stops at a run that fails, with its error, and frees its model, its optimizer and its losses", async () => {
    const directory = folder({});
    const before = tf.memory().numTensors;
    const given = failing(directory);
    const runs = trainRuns({
      ...given,
      options: (context: RunContext) => {
        const loss = aucMarginLoss({ classCount: 2 });
        return { ...given.options(context), optimizer: pesg({ loss }), loss: { head0: { loss } } };
      },
      onRun,
    });
    await expect(runs).rejects.toThrow("no power");
    expect(reports.splice(0)).toEqual(["1 started", "1 finished", "2 started", "2 failed"]);
    expect(tf.memory().numTensors).toBe(before);
    expect(existsSync(join(directory, "run-3/environment.json"))).toBe(false);
  });

  it("goes on with the others where it is told to, and lists the run with its error", async () => {
    const directory = folder({});
    const { runs, unfinished } = await trainRuns({ ...failing(directory), onError: "continue" });
    expect(runs.map(({ run }) => run)).toEqual([1, 3]);
    expect(unfinished).toEqual([
      { run: 2, seed: 2, directory: join(directory, "run-2"), error: new Error("no power") },
    ]);
  });

  it("ends with the signal's reason, even where failing runs are to be listed", async () => {
    const controller = new AbortController();
    const options = experiment(folder({}), ({ run }) => {
      if (run === 1) controller.abort(new Error("enough"));
    });
    const runs = trainRuns({ ...options, onError: "continue", signal: controller.signal });
    await expect(runs).rejects.toThrow("enough");
  });

  it("shares the work between processes by the numbers of the runs", async () => {
    const directory = folder({});
    const options = { ...experiment(directory), resume: false };
    await trainRuns({ ...options, only: [2] });
    await trainRuns({ ...options, only: [3, 1] });
    expect((await loadRuns(directory)).runs.map(({ seed }) => seed)).toEqual([1, 2, 3]);
  });
});

describe("trainRuns with a training of one's own", () => {
  it("saves the model and the history that it gives, of several stages too", async () => {
    const directory = folder({});
    const given = experiment(directory);
    const { runs } = await trainRuns({
      directory,
      runs: [70, 8],
      train: async (context) => {
        const model = given.model(context);
        const history = await fit(model, { ...given.options(context), epochs: 1 });
        return {
          model,
          history: context.run === 1 ? history : [history, { ...history, stoppedBecause: "epochs" }],
        };
      },
    });
    expect(runs.map(({ seed }) => seed)).toEqual([70, 8]);
    expect(runs.map(({ histories }) => histories.length)).toEqual([1, 2]);
    expect(runs[0]!.histories[0]).toBe(runs[0]!.history);
    expect(runs[0]!.configuration).toEqual({});
    (await runs[1]!.load()).dispose();
  });
});

describe("loadRuns", () => {
  it("refuses a folder without runs, and names a file that is broken", async () => {
    await expect(loadRuns(join(folder({}), "absent"))).rejects.toMatchObject({ code: "argument" });
    const broken = folder({ "run-1/history.json": "{" });
    await expect(loadRuns(broken)).rejects.toMatchObject({ subject: join(broken, "run-1/history.json") });
    const empty = folder({ "run-1/history.json": "{}", "run-1/configuration.json": "{}" });
    await expect(loadRuns(empty)).rejects.toThrow(/history.json: has no epochs/);
    const foreign = folder({ "run-10/x": "" });
    await expect(loadRuns(foreign)).rejects.toThrow(/configuration.json: is absent/);
  });
});

describe("stableJson", () => {
  it("sorts keys by character code, and makes null of NaN and lists of typed arrays", () => {
    expect(stableJson({ b: Number.NaN, B: undefined, a: new Float32Array([0.5]) }, "x")).toBe(
      '{\n  "a": [\n    0.5\n  ],\n  "b": null\n}\n',
    );
  });

  it("names what JSON cannot hold", () => {
    expect(() => stableJson({ a: [1, { b: new Map() }] }, "x")).toThrow("x.a[1].b: is a Map;");
    expect(() => stableJson({ a: [undefined] }, "x")).toThrow("x.a[0]: is undefined;");
    expect(() => stableJson(-Infinity, "x")).toThrow("x: is -Infinity;");
  });
});
