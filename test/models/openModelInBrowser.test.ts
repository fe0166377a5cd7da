import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import { saveModel } from "../../src/io/modelFiles.js";
import { quantizeModel } from "../../src/io/quantizeModel.js";
import { contractOf, setContract } from "../../src/models/contract.js";
import { simpleCnn } from "../../src/models/simpleCnn.js";
import { temporaryFolders } from "../io/temporaryFolder.js";

const temporaryFolder = temporaryFolders();
const root = fileURLToPath(new URL("../../", import.meta.url));

const browser = (process.env.PATH ?? "")
  .split(delimiter)
  .flatMap((folder) => ["chromium", "chromium-browser", "google-chrome"].map((name) => join(folder, name)))
  .find((path) => existsSync(path));

const page = `
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { contractOf, openModel, storeModel } from "./src/index.js";

async function outputs(model) {
  const input = tf.randomUniform([2, 16, 16, 1], 0, 1, "float32", 11);
  const output = model.predict(input);
  const values = Array.from(await output.data());
  tf.dispose([input, output]);
  return values;
}
const subjectOf = (opening) => opening.then(() => "opened", (error) => error.code + " " + error.subject);

async function run() {
  await tf.setBackend("cpu");
  const result = {};
  const model = await openModel("whole/model.json");
  result.http = await outputs(model);
  result.contract = contractOf(model);
  for (const target of ["indexeddb://chest", "localstorage://chest"]) {
    await storeModel(model, target);
    const before = tf.memory().numTensors;
    const opened = await openModel(target);
    result[target] = await outputs(opened);
    result["thresholds of " + target] = contractOf(opened).heads[0].thresholds.values.map(String);
    opened.dispose();
    result["tensors of " + target] = tf.memory().numTensors - before;
  }
  result.quantized = await outputs(await openModel(location.origin + "/small/model.json"));
  result.errors = await Promise.all([
    subjectOf(openModel("absent/model.json")),
    subjectOf(openModel("indexeddb://absent")),
    subjectOf(openModel("file:///absent/model.json")),
  ]);
  return result;
}
run()
  .catch((error) => ({ failed: String(error && error.stack) }))
  .then((result) => fetch("/result", { method: "POST", body: JSON.stringify(result) }));
`;

describe.skipIf(browser === undefined)(
  "openModel and storeModel in a browser (needs chromium in the PATH)",
  () => {
    it("open over http and from IndexedDB and local storage, bit for bit, with the contract", async () => {
      await tf.setBackend("cpu");
      const folder = temporaryFolder({});
      const model = simpleCnn({
        filters: [4, 8],
        kernelSize: 3,
        height: 16,
        width: 16,
        classes: ["Edema", "Mass"],
        seed: 3,
      });
      const [head] = contractOf(model).heads;
      const thresholds = { values: [0.25, Number.NaN], criterion: "youden", chosenOn: "validation" };
      setContract(model, { ...contractOf(model), heads: [{ ...head!, thresholds }] });
      await saveModel(model, join(folder, "whole"));
      await quantizeModel(model, join(folder, "small"), { method: "uint8", perChannel: true });
      const { outputFiles } = await build({
        stdin: { contents: page, resolveDir: root, loader: "ts" },
        bundle: true,
        format: "esm",
        platform: "browser",
        write: false,
        logLevel: "silent",
      });
      const result = await resultOf(folder, outputFiles[0]!.text);
      expect(result.failed).toBeUndefined();

      const input = tf.randomUniform([2, 16, 16, 1], 0, 1, "float32", 11);
      const output = model.predict(input) as tf.Tensor;
      const expected = Array.from(await output.data());
      tf.dispose([input, output]);
      expect(result.http).toEqual(expected);
      expect(result.contract).toEqual(JSON.parse(JSON.stringify(contractOf(model))));
      for (const target of ["indexeddb://chest", "localstorage://chest"]) {
        expect(result[target]).toEqual(expected);
        expect(result[`thresholds of ${target}`]).toEqual(["0.25", "NaN"]);
        expect(result[`tensors of ${target}`]).toBe(0);
      }
      expect(result.quantized).not.toEqual(expected);
      (result.quantized as number[]).forEach((value, i) => {
        expect(value).toBeCloseTo(expected[i]!, 1);
      });
      expect(result.errors).toEqual([
        "model absent/model.json",
        "model indexeddb://absent",
        "model file:///absent/model.json",
      ]);
      model.dispose();
    });
  },
);

/** Serves a folder and a page with the script, and waits for what the script posts. */
async function resultOf(folder: string, script: string): Promise<Record<string, unknown>> {
  let done!: (result: string) => void;
  const result = new Promise<string>((resolve) => {
    done = resolve;
  });
  const server = createServer((request, response) => {
    if (request.method === "POST") {
      const parts: Buffer[] = [];
      request.on("data", (part: Buffer) => parts.push(part));
      request.on("end", () => {
        response.end();
        done(Buffer.concat(parts).toString());
      });
      return;
    }
    const path = join(folder, request.url!);
    if (request.url === "/") {
      response.setHeader("content-type", "text/html").end('<script type="module" src="script.js"></script>');
    } else if (request.url === "/script.js") {
      response.setHeader("content-type", "text/javascript").end(script);
    } else if (existsSync(path)) {
      response.end(readFileSync(path));
    } else {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const profile = `--user-data-dir=${temporaryFolder({})}`;
  const child = spawn(
    browser!,
    ["--headless=new", "--no-sandbox", "--disable-gpu", profile, `http://127.0.0.1:${port}/`],
    { stdio: "ignore" },
  );
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  try {
    return JSON.parse(await result) as Record<string, unknown>;
  } finally {
    child.kill();
    await closed;
    server.closeAllConnections();
    server.close();
  }
}
