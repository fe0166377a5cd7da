import { createHash } from "node:crypto";
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import {
  initializers,
  input,
  type LayersModel,
  layers,
  type SymbolicTensor,
  sequential,
  model as tfModel,
} from "@tensorflow/tfjs-layers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isRadiolucentError } from "../../src/errors.js";
import { checkpointFolder } from "../../src/io/checkpointFolder.js";
import { loadModel, saveModel } from "../../src/io/modelFiles.js";
import { replaceFiles } from "../../src/io/replaceFiles.js";
import { SeededDropout } from "../../src/layers/seededDropout.js";
import { contractOf, setContract } from "../../src/models/contract.js";
import { denseNet } from "../../src/models/denseNet.js";
import { storeModel } from "../../src/models/storeModel.js";

const folder = mkdtempSync(join(tmpdir(), "radiolucent-models-"));
afterAll(() => rmSync(folder, { recursive: true }));
beforeAll(async () => {
  await tf.setBackend("cpu");
});

const classes = ["Edema", "Mass"];
const small = () =>
  denseNet({
    growthRate: 4,
    blocks: [1, 1],
    initialFilters: 4,
    height: 32,
    width: 32,
    channels: 1,
    classes,
    seed: 3,
  });

const weightsFiles = (directory: string) =>
  readdirSync(directory).filter((name) => /^weights-[0-9a-f]{16}-\d+of\d+\.bin$/.test(name));

const hashOf = (bytes: Uint8Array | Float32Array) => createHash("sha256").update(bytes).digest("hex");

async function outputs(model: LayersModel, size: number): Promise<number[]> {
  const input = tf.randomUniform([2, size, size, 1], 0, 1, "float32", 11);
  const output = model.predict(input) as tf.Tensor;
  const values = Array.from(await output.data());
  tf.dispose([input, output]);
  return values;
}

async function modelErrorOf(reading: Promise<unknown>) {
  const error = await reading.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (isRadiolucentError(error, "model")) return error;
  throw error ?? new Error("no error was thrown");
}

describe("saveModel and loadModel", () => {
  it("give a model with identical outputs and the same contract, NaN thresholds included", async () => {
    const model = small();
    const thresholds = { values: [0.25, Number.NaN], criterion: "youden", chosenOn: "validation" };
    const input = { ...contractOf(model).input, normalization: { method: "per-image" } as const };
    const [head] = contractOf(model).heads;
    setContract(model, { ...contractOf(model), input, heads: [{ ...head!, thresholds }] });
    const directory = join(folder, "a/b");
    await saveModel(model, directory);
    expect(readdirSync(directory).sort()).toEqual([
      "model.json",
      expect.stringMatching(/^weights-[0-9a-f]{16}-1of1\.bin$/),
    ]);
    const loaded = await loadModel(directory);
    expect(await outputs(loaded, 32)).toEqual(await outputs(model, 32));
    expect(contractOf(loaded)).toEqual(contractOf(model));
    expect(loaded.layers.map(({ name }) => name)).toEqual(model.layers.map(({ name }) => name));
    tf.dispose([model.weights.map((weight) => weight.read()), loaded.weights.map((weight) => weight.read())]);
  });

  it("loads a model with the library's own dropout layer", async () => {
    const model = sequential({
      layers: [
        layers.inputLayer({ inputShape: [8, 8, 1] }),
        new SeededDropout({ rate: 0.5, seed: 7 }),
        layers.flatten(),
        layers.dense({ units: 2 }),
      ],
    });
    const directory = join(folder, "cnn");
    await saveModel(model, directory);
    const loaded = await loadModel(directory);
    expect(await outputs(loaded, 8)).toEqual(await outputs(model, 8));
  });

  it("splits weights into files of 4 MiB, whose names tell their content: the same model gives the same files", async () => {
    const wide = (seed: number) =>
      sequential({
        layers: [
          layers.dense({
            units: 1300,
            inputShape: [1000],
            useBias: false,
            kernelInitializer: initializers.randomUniform({ seed }),
          }),
        ],
      });
    const directory = join(folder, "shards");
    const model = wide(1);
    await saveModel(model, directory);
    const contents = (of: string) =>
      readdirSync(of).map((name) => [name, hashOf(readFileSync(join(of, name)))] as const);
    const files = contents(directory);
    expect(weightsFiles(directory).map((name) => statSync(join(directory, name)).size)).toEqual([
      2 ** 22,
      1300 * 1000 * 4 - 2 ** 22,
    ]);
    const again = join(folder, "again");
    await saveModel(model, again);
    expect(contents(again)).toEqual(files);
    const loaded = await loadModel(directory);
    const values = async (of: LayersModel) => hashOf(await of.weights[0]!.read().data<"float32">());
    expect(await values(loaded)).toBe(await values(model));
    const other = wide(2);
    await saveModel(other, directory);
    expect(weightsFiles(directory)).toHaveLength(2);
    expect(weightsFiles(directory)).not.toEqual(weightsFiles(again));
    for (const each of [model, loaded, other]) each.dispose();
  });

  it("takes away the weights of the model before and what a save that was killed left, and nothing else", async () => {
    const directory = join(folder, "tidy");
    const left = ["weights-0123456789abcdef-1of2.bin", "model.json.77-3.tmp"];
    await replaceFiles(directory, {
      "model.json": JSON.stringify({
        modelTopology: {},
        weightsManifest: [{ paths: ["group1-shard1of1.bin", "../escape.bin", "notes.txt"], weights: [] }],
      }),
      "group1-shard1of1.bin": "",
      "notes.txt": "",
      "other.bin": "",
      [left[0]!]: "",
      [left[1]!]: "",
    });
    writeFileSync(join(folder, "escape.bin"), "");
    const model = small();
    await saveModel(model, directory);
    model.dispose();
    expect(readdirSync(directory).sort()).toEqual(
      ["model.json", "notes.txt", "other.bin", ...weightsFiles(directory)].sort(),
    );
    expect(weightsFiles(directory)).toHaveLength(1);
    expect(readdirSync(folder)).toContain("escape.bin");
  });

  it("and a training's state what states that were cut off left", async () => {
    const directory = join(folder, "states");
    await replaceFiles(directory, { "training.safetensors.77-3.tmp": "", "other.77-3.tmp": "" });
    await checkpointFolder(directory).saveState!(new Uint8Array(3));
    expect(readdirSync(directory).sort()).toEqual(["other.77-3.tmp", "training.safetensors"]);
  });

  it("takes turns with another save into the folder, so that one of the two models is there, whole", async () => {
    const directory = join(folder, "turns");
    const models = [1, 2, 3].map(() => sequential({ layers: [layers.dense({ units: 2, inputShape: [3] })] }));
    await Promise.all(models.map((model) => saveModel(model, directory)));
    const loaded = await loadModel(directory);
    expect(loaded.getWeights()[0]!.dataSync()).toEqual(models[2]!.getWeights()[0]!.dataSync());
    for (const each of [...models, loaded]) each.dispose();
  });

  it("refuses to save a model whose weights share names, which could not be loaded", async () => {
    const image = input({ shape: [3] });
    const [left, right] = ["left", "right"].map((name) =>
      sequential({ name, layers: [layers.dense({ name: "inner", units: 2, inputShape: [3] })] }).apply(image),
    ) as [SymbolicTensor, SymbolicTensor];
    const model = tfModel({
      inputs: image,
      outputs: layers.add().apply([left, right]) as SymbolicTensor,
      name: "twins",
    });
    const error = await modelErrorOf(saveModel(model, join(folder, "twins")));
    expect(error.subject).toBe("inner/kernel");
    expect(error.message).toContain("twins");
    expect(readdirSync(folder)).not.toContain("twins");
    expect((await modelErrorOf(storeModel(model, { save: async () => ({}) as never }))).subject).toBe(
      "inner/kernel",
    );
    model.dispose();
  });

  it("reads no weights outside the folder", async () => {
    const directory = join(folder, "outside/inside");
    const model = small();
    await saveModel(model, directory);
    model.dispose();
    const json = join(directory, "model.json");
    const [weights] = weightsFiles(directory);
    const text = readFileSync(json, "utf8");
    for (const path of [`../inside/../${weights}`, "..", "sub/../../../x.bin"]) {
      writeFileSync(json, text.replace(weights!, path));
      const error = await modelErrorOf(loadModel(directory));
      expect(error.subject).toBe(json);
      expect(error.message).toContain(path);
      expect(error.message).toContain("outside its folder");
    }
  });

  it("saves and loads a model without weights", async () => {
    const model = sequential({ layers: [layers.flatten({ inputShape: [8, 8, 1] })] });
    await saveModel(model, join(folder, "weightless"));
    const loaded = await loadModel(join(folder, "weightless"));
    expect(await outputs(loaded, 8)).toEqual(await outputs(model, 8));
  });

  it("leaves no tensors behind when weights and topology do not fit, and names the weight", async () => {
    const directory = join(folder, "misfit");
    const json = join(directory, "model.json");
    const model = small();
    await saveModel(model, directory);
    const before = tf.memory().numTensors;
    const text = readFileSync(json, "utf8");
    for (const [from, to, subject] of [
      ['"shape":[7,7,1,4]', '"shape":[7,7,4,1]', "conv1/conv/kernel"],
      ['"name":"conv1/conv/kernel"', '"name":"conv1/conv/core"', json],
      ['"class_name":"GlobalAveragePooling2D"', '"class_name":"MyPooling"', "MyPooling"],
    ] as const) {
      expect(text).toContain(from);
      writeFileSync(json, text.replace(from, to));
      const error = await modelErrorOf(loadModel(directory));
      expect(error.subject).toBe(subject);
      expect(error.message).toContain(json);
      expect(tf.memory().numTensors).toBe(before);
    }
    model.dispose();
  });

  it("leaves no tensors behind in saving", async () => {
    const model = small();
    await saveModel(model, join(folder, "tensors"));
    const before = tf.memory().numTensors;
    await saveModel(model, join(folder, "tensors"));
    expect(tf.memory().numTensors).toBe(before);
  });

  it("names the file that is absent, cut short, too long or not a model", async () => {
    const directory = join(folder, "broken");
    const json = join(directory, "model.json");
    expect((await modelErrorOf(loadModel(directory))).subject).toBe(json);

    await saveModel(small(), directory);
    const weights = join(directory, weightsFiles(directory)[0]!);
    const text = readFileSync(json, "utf8");
    const { length } = readFileSync(weights);
    truncateSync(weights, length - 4);
    const cut = await modelErrorOf(loadModel(directory));
    expect(cut.subject).toBe(weights);
    expect(cut.message).toContain(
      `${weights}: ${length - 4} bytes where model.json lists weights of ${length}`,
    );
    truncateSync(weights, length + 4);
    expect((await modelErrorOf(loadModel(directory))).subject).toBe(weights);
    rmSync(weights);
    expect((await modelErrorOf(loadModel(directory))).subject).toBe(weights);

    for (const content of [
      text.slice(0, -5),
      "",
      "null",
      "{}",
      '{"modelTopology":{},"weightsManifest":[]}',
    ]) {
      writeFileSync(json, content);
      const error = await modelErrorOf(loadModel(directory));
      expect(error.subject).toBe(json);
      expect(error.message).toContain(json);
    }
  });
});

describe("checkpointFolder", () => {
  it("keeps the model given last, with its epoch and figure", async () => {
    const directory = join(folder, "best");
    const checkpoint = checkpointFolder(directory);
    const model = small();
    await checkpoint.save(model, { epoch: 1, monitor: "validationLoss", value: 0.7 });
    const kernel = model.trainableWeights[0]!;
    kernel.write(tf.mul(kernel.read(), 2));
    await checkpoint.save(model, { epoch: 4, monitor: "validationLoss", value: 0.5 });
    expect(readdirSync(directory).sort()).toEqual([
      "checkpoint.json",
      "model.json",
      ...weightsFiles(directory).slice(0, 1),
    ]);
    expect(JSON.parse(readFileSync(join(directory, "checkpoint.json"), "utf8"))).toEqual({
      epoch: 4,
      monitor: "validationLoss",
      value: 0.5,
    });
    expect(await outputs(await loadModel(directory), 32)).toEqual(await outputs(model, 32));
  });
});

describe("replaceFiles", () => {
  it("leaves the old files and no temporary ones when a file cannot be written", async () => {
    const directory = join(folder, "atomic");
    await replaceFiles(directory, { a: "old", b: "old" });
    await expect(replaceFiles(directory, { a: "new", "no/such/folder": "new" })).rejects.toThrow("ENOENT");
    expect(readdirSync(directory).sort()).toEqual(["a", "b"]);
    expect(readFileSync(join(directory, "a"), "utf8")).toBe("old");
  });
});
