import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { expect, it } from "vitest";
import type * as dicom from "../../src/dicom/index.js";
import { bytesOf, referenceOf } from "./fixtures.js";

it("bundles for a browser without Node, and decodes there with the codecs that it is given", async () => {
  const { outputFiles, metafile } = await build({
    entryPoints: [fileURLToPath(new URL("../../src/dicom/index.ts", import.meta.url))],
    bundle: true,
    platform: "browser",
    format: "esm",
    write: false,
    metafile: true,
  });
  expect(Object.values(metafile.outputs).flatMap(({ imports }) => imports)).toEqual([]);
  const url = `data:text/javascript;base64,${Buffer.from(outputFiles[0]!.contents).toString("base64")}`;
  const { readDicom } = (await import(/* @vite-ignore */ url)) as typeof dicom;
  const bytes = bytesOf("grey12-j2k");
  const wasm = readFileSync(
    createRequire(import.meta.url).resolve("dcmjs-codecs/build/dcmjs-native-codecs.wasm"),
  );
  for (const codecs of [
    `data:application/wasm;base64,${wasm.toString("base64")}`,
    new Uint8Array(wasm),
    await WebAssembly.compile(wasm),
  ]) {
    const { storedPixels } = await readDicom(bytes, { codecs });
    expect(Array.from(storedPixels.data)).toEqual(referenceOf("grey12-j2k")!.values);
  }
  await expect(readDicom(bytes)).rejects.toThrow("options.codecs: the codecs of compressed DICOM files");
  expect((await readDicom(bytesOf("grey12-rle"))).rows).toBe(13);
});
