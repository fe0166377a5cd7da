import { memory } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { type Group, h5wasm } from "h5wasm";
import { contractOf, isRadiolucentError, useBackend } from "radiolucent";
import { loadKerasModel, loadKerasWeights } from "radiolucent/node";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { kerasFiles, kerasReference, network, outputsOf, worstDifference } from "./kerasFixture.js";

beforeAll(() => useBackend("cpu"));

let models: LayersModel[] = [];
afterEach(() => {
  for (const model of models) model.dispose();
  models = [];
});
function kept<T extends LayersModel>(model: T): T {
  models.push(model);
  return model;
}

async function errorOf(work: Promise<unknown>) {
  const before = memory().numTensors;
  try {
    await work;
  } catch (error) {
    if (!isRadiolucentError(error, "model")) throw error;
    expect(memory().numTensors).toBe(before);
    return error;
  }
  throw new Error("expected a ModelError");
}

const { outputs } = kerasReference;

/** An HDF5 file of layers by their places. */
async function hdf5(places: readonly string[], fill: (vars: Group, place: number) => void) {
  const { FS } = await h5wasm.ready;
  const file = new h5wasm.File("/written.h5", "w");
  places.forEach((place, i) => {
    let group: Group = file;
    for (const part of [...place.split("/"), "vars"]) {
      group = group.keys().includes(part) ? (group.get(part) as Group) : group.create_group(part);
    }
    fill(group, i);
  });
  file.close();
  const bytes = FS.readFile("/written.h5");
  FS.unlink("/written.h5");
  return bytes;
}

describe("loadKerasWeights", () => {
  const whole = {
    "keras2.weights-only.h5":
      "Keras 2, weights only, gzip, names spread over several attributes, numbered prefixes",
    "keras2.model.h5": "Keras 2, whole model",
    "keras2.nested.h5": "TensorFlow 2, a model inside the model, into a flat one",
    "keras2.double.h5": "float64",
    "keras3.model.h5": "Keras 3, .h5, models inside the model, into a flat one",
    "keras3.nested.keras": "Keras 3, .keras without names, models inside the model, into a flat one",
    "keras3.sequential.keras": "Keras 3, .keras, state of random numbers left out",
    "keras3.weights.h5": "Keras 3, .weights.h5 with names",
    "tf213.weights.h5": "TensorFlow 2.13, .weights.h5 with places only",
    "tf215.keras": "TensorFlow 2.15, .keras",
  };
  test.each(Object.entries(whole))("%s: %s", async (name) => {
    const model = kept(network());
    const report = await loadKerasWeights(model, kerasFiles[name]!);
    expect(report.loaded.map(({ layer }) => layer)).toEqual(["stem", "norm", "depth", "norm_2", "head"]);
    expect(report.missing).toEqual([]);
    expect(worstDifference(await outputsOf(model), outputs.network)).toBeLessThan(1e-6);
    const note = report.loaded.find(({ layer }) => layer === "stem")?.converted ?? "";
    expect(note.includes("its place in the model")).toBe(name === "tf213.weights.h5");
    expect(report.loaded.find(({ layer }) => layer === "norm_2")?.converted ?? "").toMatch(
      name.endsWith("weights.h5") ? /^(gamma \(and.*)?$/ : /^gamma filled with 1/,
    );
  });

  test("bfloat16 is read exactly", async () => {
    const model = kept(network());
    const report = await loadKerasWeights(model, kerasFiles["keras3.bfloat16.weights.h5"]!, {
      require: "some",
    });
    expect(report.missing.map(({ layer }) => layer)).toContain("stem");
    const [kernel, bias] = model.getLayer("head").getWeights();
    expect([...kernel!.dataSync()]).toEqual([1.5, -2, 0.25, 3, -1, 0.5]);
    expect([...bias!.dataSync()]).toEqual([4, -0.125]);
  });

  test("a head of another size is skipped by name, and without it the error says so", async () => {
    const model = kept(network({ units: 4 }));
    const bytes = kerasFiles["keras2.model.h5"]!;
    const error = await errorOf(loadKerasWeights(model, bytes));
    expect(error.subject).toBe("head");
    expect(error.message).toContain("[3, 4]");
    expect(error.message).toContain("[3, 2]");
    const report = await loadKerasWeights(model, bytes, { skip: ["head"] });
    expect(report.skipped).toEqual([{ name: "head", reason: "named in skip" }]);
  });

  test.each([
    ["keras2.theano.h5", "stem", /Theano/],
    ["keras3.three.weights.h5", "norm_2", /which of gamma and beta/],
    ["foreign.h5", "file", /holds images/],
  ])("%s is refused", async (name, subject, message) => {
    const error = await errorOf(loadKerasWeights(kept(network()), kerasFiles[name]!));
    expect(error.subject).toBe(subject);
    expect(error.message).toMatch(message);
  });

  test("two layers of one name in nested models are not taken for one another", async () => {
    const bytes = await hdf5(["layers/functional", "layers/functional_1"], (vars, place) => {
      vars.create_attribute("name", "head");
      vars.create_dataset({ name: "0", data: new Float32Array(6).fill(place), shape: [3, 2] });
      vars.create_dataset({ name: "1", data: new Float32Array(2), shape: [2] });
    });
    const error = await errorOf(loadKerasWeights(kept(network()), bytes, { require: "some" }));
    expect(error.subject).toBe("head");
    expect(error.message).toMatch(/several layers.*\.keras/);
  });

  test("kernels of Keras 1 with channels first are refused", async () => {
    const model = kept(await loadKerasModel(kerasFiles["keras1.model.h5"]!));
    const error = await errorOf(loadKerasWeights(model, kerasFiles["keras1.th.h5"]!));
    expect(error.subject).toBe("convolution2d_1");
    expect(error.message).toMatch(/channels first/);
  });

  const text = (content: string) => new TextEncoder().encode(content);
  test.each([
    ["nothing", new Uint8Array(), /empty/],
    ["a web page", text("<!DOCTYPE html><html>"), /web page/],
    ["a pointer of Git LFS", text("version https://git-lfs.github.com/spec/v1\noid"), /git lfs pull/],
    ["a model.json", text('{"format":"layers-model"}'), /loadModel/],
    ["a pickle", Uint8Array.of(0x80, 2, 0x8a, 10), /safetensors/],
    ["random bytes", Uint8Array.from({ length: 50 }, (_, i) => (i * 37) % 251), /50 bytes/],
  ])("%s is told apart", async (_, bytes, message) => {
    const error = await errorOf(loadKerasWeights(kept(network()), bytes));
    expect(error.subject).toBe("file");
    expect(error.message).toMatch(message);
  });

  test.each(["keras2.model.h5", "keras3.nested.keras", "keras3.weights.h5"])(
    "%s cut anywhere is a ModelError",
    async (name) => {
      const bytes = kerasFiles[name]!;
      const model = kept(network());
      for (let part = 0; part < 25; part++) {
        const error = await errorOf(
          loadKerasWeights(model, bytes.slice(0, Math.floor((bytes.length * part) / 25))),
        );
        expect(error.message.length).toBeGreaterThan(20);
      }
      const report = await loadKerasWeights(model, bytes);
      expect(report.missing).toEqual([]);
    },
  );

  test.each(["keras3.nested.keras", "keras3.sequential.keras", "tf215.keras"])(
    "%s with any one bit of its weights turned round is refused, by its checksum",
    async (name) => {
      const bytes = kerasFiles[name]!;
      const model = kept(network());
      for (let part = 20; part < 60; part++) {
        const damaged = bytes.slice();
        damaged[Math.floor((bytes.length * part) / 64)]! ^= 1 << (part % 8);
        const error = await errorOf(loadKerasWeights(model, damaged));
        expect(error.subject).toBe("file");
        expect(error.message).toMatch(/model\.weights\.h5 in the zip archive is damaged|not whole/);
      }
    },
  );

  test("with any byte of its first 96 turned round it loads or is a ModelError, and the next file loads", async () => {
    const bytes = kerasFiles["keras2.model.h5"]!;
    const model = kept(network());
    let refused = 0;
    for (let place = 0; place < 96; place++) {
      const damaged = bytes.slice();
      damaged[place]! ^= 0xff;
      try {
        await loadKerasWeights(model, damaged);
      } catch (error) {
        expect(isRadiolucentError(error, "model"), String(error)).toBe(true);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(10);
    await loadKerasWeights(model, bytes);
    expect(worstDifference(await outputsOf(model), outputs.network)).toBeLessThan(1e-6);
  });
});

describe("loadKerasModel", () => {
  test.each([
    ["keras1.model.h5", "keras1"],
    ["keras2.model.h5", "network"],
    ["keras3.model.h5", "network"],
    ["keras3.nested.keras", "network"],
    ["keras3.sequential.keras", "network"],
    ["keras3.branched.keras", "branched"],
    ["tf215.keras", "network"],
  ] as const)("%s gives what its network gives", async (name, key) => {
    const before = memory().numTensors;
    const model = await loadKerasModel(kerasFiles[name]!);
    expect(worstDifference(await outputsOf(model), outputs[key])).toBeLessThan(1e-6);
    expect(() => contractOf(model)).toThrow(/carries no contract/);
    model.dispose();
    expect(memory().numTensors).toBe(before);
  });

  const sigmoid = (table: readonly (readonly number[])[]) =>
    table.map((row) => row.map((value) => 1 / (1 + Math.exp(-value))));

  test("with classes it gives logits and carries a contract, inside a nested model too", async () => {
    const input = { normalization: { method: "unit" } } as const;
    const model = kept(
      await loadKerasModel(kerasFiles["keras3.nested.keras"]!, { classes: ["A", "B"], input }),
    );
    expect(worstDifference(sigmoid(await outputsOf(model)), outputs.network)).toBeLessThan(1e-6);
    const { heads, input: format } = contractOf(model);
    expect(heads).toEqual([{ name: "classifier", classes: ["A", "B"], output: "logits" }]);
    expect(format).toEqual({ height: 6, width: 5, channels: 1, normalization: { method: "unit" } });
  });

  test("several outputs take classes by name, and a sigmoid in a layer of its own is taken off", async () => {
    const bytes = kerasFiles["keras3.branched.keras"]!;
    const classes = { findings: ["A", "B"], view_probability: ["Lateral"] };
    const model = kept(await loadKerasModel(bytes, { classes, architecture: "branched" }));
    expect(worstDifference(sigmoid(await outputsOf(model)), outputs.branched)).toBeLessThan(1e-6);
    expect(contractOf(model).heads.map(({ name }) => name)).toEqual(["findings", "view_probability"]);
    for (const wrong of [
      ["A", "B"],
      { findings: ["A"], view_probability: ["L"] },
      { ...classes, third: ["C"] },
    ]) {
      const error = await errorOf(loadKerasModel(bytes, { classes: wrong as never }));
      expect(error.subject).toBe("classes");
    }
  });

  test("channels first and files without an architecture are refused", async () => {
    const th = await errorOf(loadKerasModel(kerasFiles["keras1.th.model.h5"]!));
    expect(th.message).toMatch(/channels first/);
    const bare = await errorOf(loadKerasModel(kerasFiles["keras3.weights.h5"]!));
    expect(bare.message).toMatch(/loadKerasWeights/);
  });
});
