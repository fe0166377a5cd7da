import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { type LayersModel, layers, sequential } from "@tensorflow/tfjs-layers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isRadiolucentError } from "../../src/errors.js";
import { saveModel } from "../../src/io/modelFiles.js";
import { FrozenBatchNormalization } from "../../src/layers/frozenBatchNormalization.js";
import { SeededDropout } from "../../src/layers/seededDropout.js";
import { contractOf, setContract } from "../../src/models/contract.js";
import { openModel } from "../../src/models/openModel.js";
import { simpleCnn } from "../../src/models/simpleCnn.js";
import { storeModel } from "../../src/models/storeModel.js";
import { temporaryFolders } from "../io/temporaryFolder.js";

const temporaryFolder = temporaryFolders();

/** A server over files that tests can change; it knows only requests with the query "?key=1". */
let server: Server;
let base: string;
let files: Map<string, { status?: number; content: Uint8Array | string }>;
let requests: string[];
let folder: string;
let model: LayersModel;

beforeAll(async () => {
  await tf.setBackend("cpu");
  folder = temporaryFolder({});
  model = simpleCnn({
    filters: [2, 4],
    kernelSize: 3,
    height: 16,
    width: 16,
    classes: ["Edema", "Mass"],
    seed: 3,
  });
  const [head] = contractOf(model).heads;
  const thresholds = { values: [0.25, Number.NaN], criterion: "youden", chosenOn: "validation" };
  setContract(model, { ...contractOf(model), heads: [{ ...head!, thresholds }] });
  await saveModel(model, folder);
  server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url!, "http://localhost");
    requests.push(pathname);
    const file = searchParams.get("key") === "1" ? files.get(pathname) : undefined;
    response.writeHead(file ? (file.status ?? 200) : 404);
    response.end(file?.content ?? "<!doctype html><p>No such file");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  model.dispose();
});

const manifest = () =>
  JSON.parse(readFileSync(join(folder, "model.json"), "utf8")) as tf.io.ModelJSON & {
    weightsManifest: [{ paths: string[]; weights: tf.io.WeightsManifestEntry[] }];
  };

/** Serves the saved model under /m/, its weights split into two files. */
function serve(change: (json: ReturnType<typeof manifest>) => void = () => {}): {
  url: string;
  weights: string[];
} {
  const json = manifest();
  const [group] = json.weightsManifest;
  const data = readFileSync(join(folder, group.paths[0]!));
  group.paths = ["a.bin", "b.bin"];
  change(json);
  requests = [];
  files = new Map([
    ["/m/model.json", { content: JSON.stringify(json) }],
    ["/m/a.bin", { content: data.subarray(0, 100) }],
    ["/m/b.bin", { content: data.subarray(100) }],
  ]);
  return {
    url: `${base}/m/model.json?key=1`,
    weights: [`${base}/m/a.bin?key=1`, `${base}/m/b.bin?key=1`],
  };
}

async function outputs(of: LayersModel, shape: [number, number, number, number] = [2, 16, 16, 1]) {
  const input = tf.randomUniform(shape, 0, 1, "float32", 11);
  const output = of.predict(input) as tf.Tensor;
  const values = Array.from(await output.data());
  tf.dispose([input, output]);
  return values;
}

async function modelErrorOf(opening: Promise<unknown>) {
  const before = tf.memory().numTensors;
  const error = await opening.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(tf.memory().numTensors).toBe(before);
  if (isRadiolucentError(error, "model")) return error;
  throw error ?? new Error("no error was thrown");
}

describe("openModel over http", () => {
  it("gives outputs bit for bit and the same contract, NaN thresholds included, and tells its progress", async () => {
    const { url } = serve();
    const progress: number[] = [];
    const before = tf.memory().numTensors;
    const opened = await openModel(url, {
      onProgress: ({ loadedBytes, totalBytes }) => progress.push(loadedBytes / totalBytes),
    });
    expect(await outputs(opened)).toEqual(await outputs(model));
    expect(contractOf(opened)).toEqual(contractOf(model));
    expect(opened.layers.map(({ name }) => name)).toEqual(model.layers.map(({ name }) => name));
    expect(progress).toHaveLength(2);
    expect(progress.at(-1)).toBe(1);
    opened.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it("opens weights whose names begin with the model's name, as those of Keras 3 models do", async () => {
    const { url } = serve((json) => {
      for (const weight of json.weightsManifest[0].weights) weight.name = `my_model/${weight.name}`;
    });
    const opened = await openModel(url);
    expect(await outputs(opened)).toEqual(await outputs(model));
    opened.dispose();
  });

  it("names the file that is not there, not JSON, cut short, too long, or not a layers model", async () => {
    const absent = await modelErrorOf(openModel(`${base}/absent/model.json?key=1`));
    expect(absent.subject).toBe(`${base}/absent/model.json?key=1`);
    expect(absent.message).toContain("404 Not Found");

    const { url, weights } = serve();
    files.delete("/m/a.bin");
    const missing = await modelErrorOf(openModel(url));
    expect(missing.subject).toBe(weights[0]);
    expect(missing.message).toContain("404");

    for (const change of [
      (all: Uint8Array) => all.subarray(4),
      (all: Uint8Array) => Buffer.concat([all, all]),
    ]) {
      serve();
      files.set("/m/b.bin", { content: change(files.get("/m/b.bin")!.content as Uint8Array) });
      const wrong = await modelErrorOf(openModel(url));
      expect(weights).toContain(wrong.subject);
      expect(wrong.message).toMatch(/\d+ bytes where model.json lists weights of \d+/);
    }
    serve();
    files.set("/m/model.json", { content: "<!doctype html><p>Sign in" });
    const page = await modelErrorOf(openModel(url));
    expect(page.subject).toBe(url);
    expect(page.message).toContain('begins with "<!doctype html>');

    serve((json) => {
      json.format = "graph-model";
    });
    const graph = await modelErrorOf(openModel(url));
    expect(graph.message).toContain("tfjs_layers_model");
    serve((json) => {
      (json as { weightsManifest: unknown }).weightsManifest = [{}];
    });
    expect((await modelErrorOf(openModel(url))).subject).toBe(url);
  });

  it("fetches weights from the model's own server only, whatever model.json names", async () => {
    const asked: string[] = [];
    const stranger = createServer((request, response) => {
      asked.push(request.url!);
      response.end();
    });
    await new Promise<void>((resolve) => stranger.listen(0, "127.0.0.1", resolve));
    const other = `127.0.0.1:${(stranger.address() as AddressInfo).port}/a.bin`;
    for (const path of [`http://${other}`, `//${other}`, `\t//${other}`, `\\\\${other}`]) {
      const { url } = serve((json) => {
        json.weightsManifest[0].paths = [path];
      });
      expect((await modelErrorOf(openModel(url))).message).toContain("404");
    }
    stranger.close();
    expect(asked).toEqual([]);
  });

  it("names the server that does not answer and the address that is none", async () => {
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(closed.address() as AddressInfo).port}/model.json`;
    await new Promise((resolve) => closed.close(resolve));
    expect((await modelErrorOf(openModel(url))).message).toContain("cannot be fetched");
    for (const source of ["models/chest/model.json", "indexeddb://chest", "file:///tmp/model.json"]) {
      const error = await modelErrorOf(openModel(source));
      expect(error.subject).toBe(source);
      expect(error.message).toContain("loadModel");
    }
  });

  it("ends with the signal's reason", async () => {
    const { url } = serve();
    const reason = new Error("enough");
    await expect(openModel(url, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const controller = new AbortController();
    const opening = openModel(url, { signal: controller.signal, onProgress: () => controller.abort(reason) });
    await expect(opening).rejects.toBe(reason);
  });
});

/** What Keras 3 writes for one of its objects. */
const keras = (name: string, config: object, module = "keras.layers") => ({
  module,
  class_name: name,
  config,
  registered_name: null,
});
const dtype = keras("DTypePolicy", { name: "float32" }, "keras");
const zeros = keras("Zeros", {}, "keras.initializers");
const ones = keras("Ones", {}, "keras.initializers");

describe("openModel with a Keras 3 model", () => {
  const topology = {
    class_name: "Sequential",
    config: {
      name: "sequential",
      trainable: true,
      dtype,
      layers: [
        keras("InputLayer", {
          batch_shape: [null, 1, 1, 2],
          dtype: "float32",
          sparse: false,
          name: "input_layer",
        }),
        keras("BatchNormalization", {
          name: "batch_normalization",
          trainable: true,
          dtype,
          axis: -1,
          momentum: 0.99,
          epsilon: 0,
          center: true,
          scale: false,
          beta_initializer: zeros,
          gamma_initializer: ones,
          moving_mean_initializer: zeros,
          moving_variance_initializer: ones,
          beta_regularizer: null,
          gamma_regularizer: null,
          beta_constraint: null,
          gamma_constraint: null,
          synchronized: false,
        }),
        keras("Flatten", { name: "flatten", trainable: true, dtype, data_format: "channels_last" }),
      ],
    },
  };
  const weights = [
    ["sequential/batch_normalization/beta", [1, 2]],
    ["sequential/batch_normalization/moving_mean", [3, 4]],
    ["sequential/batch_normalization/moving_variance", [4, 16]],
  ] as const;
  const handler = (without?: string): tf.io.IOHandler => {
    const kept = weights.filter(([name]) => name !== without);
    return {
      load: async () => ({
        modelTopology: { keras_version: "3.5.0", backend: "tensorflow", model_config: topology },
        weightSpecs: kept.map(([name]) => ({ name, shape: [2], dtype: "float32" as const })),
        weightData: kept.map(([, values]) => Float32Array.from(values).buffer),
      }),
    };
  };

  it("opens it, with a factor of 1 for batch normalisation that has none", async () => {
    const opened = await openModel(handler());
    const output = opened.predict(tf.tensor4d([7, 12], [1, 1, 1, 2])) as tf.Tensor;
    expect(Array.from(output.dataSync())).toEqual([(7 - 3) / 2 + 1, (12 - 4) / 4 + 2]);
    tf.dispose(output);
    opened.dispose();
  });

  it("does not make up a weight that is missing", async () => {
    const error = await modelErrorOf(openModel(handler("sequential/batch_normalization/beta")));
    expect(error.message).toContain("batch_normalization/beta");
  });
});

describe("openModel and storeModel with a handler", () => {
  it("load what was stored: the library's own layers, frozen batch normalisation, the contract", async () => {
    const own = sequential({
      layers: [
        layers.conv2d({ inputShape: [8, 8, 1], filters: 3, kernelSize: 3 }),
        new FrozenBatchNormalization({ name: "frozen" }),
        layers.batchNormalization({ name: "still", trainable: false }),
        new SeededDropout({ rate: 0.5, seed: 7 }),
        layers.flatten(),
        layers.dense({ units: 2 }),
      ],
    });
    let stored: tf.io.ModelArtifacts | undefined;
    await storeModel(
      own,
      tf.io.withSaveHandler(async (artifacts) => {
        stored = artifacts;
        return { modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(artifacts) };
      }),
    );
    const opened = await openModel(tf.io.fromMemory(stored!));
    expect(await outputs(opened, [2, 8, 8, 1])).toEqual(await outputs(own, [2, 8, 8, 1]));
    const still = opened.getLayer("still");
    const mean = () => still.weights[2]!.read().dataSync<"float32">();
    const former = [...mean()];
    tf.tidy(() => {
      still.apply(tf.fill([2, 6, 6, 3], 5), { training: true });
    });
    expect([...mean()]).toEqual(former);

    const { weightData, ...rest } = stored!;
    const cut = (tf.io.CompositeArrayBuffer.join(weightData) as ArrayBuffer).slice(4);
    const error = await modelErrorOf(openModel({ load: async () => ({ ...rest, weightData: cut }) }));
    expect(error.message).toContain("bytes of weights");
    own.dispose();
    opened.dispose();
  });

  it("say so when a handler cannot do it, or fails", async () => {
    expect((await modelErrorOf(openModel({}))).message).toContain("not load");
    const failing = async () => {
      throw new Error("no room");
    };
    expect((await modelErrorOf(openModel({ load: failing }))).message).toContain("no room");
    expect((await modelErrorOf(storeModel(model, { save: failing }))).message).toContain("no room");
    expect((await modelErrorOf(storeModel(model, "indexeddb://chest"))).subject).toBe("indexeddb://chest");
  });
});
