import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { ImportPackage } from "../../src/backends/importPackage.js";

/** A folder in which only some packages are installed. */
export interface FakePackages {
  /** Imports a package as code in that folder would. */
  readonly importPackage: ImportPackage;
  /** Removes the folder. */
  remove(): Promise<void>;
}

/** Where the real `@tensorflow/tfjs-core` is, for fakes that register a backend. */
export const tfjsCore = JSON.stringify(createRequire(import.meta.url).resolve("@tensorflow/tfjs-core"));

/** Installs packages with the given CommonJS sources, by name, in a new folder. */
export async function fakePackages(sources: Readonly<Record<string, string>>): Promise<FakePackages> {
  const folder = await mkdtemp(join(tmpdir(), "radiolucent-packages-"));
  const write = async (path: string, text: string) => {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  };
  for (const [name, source] of Object.entries(sources)) {
    await write(
      `node_modules/${name}/package.json`,
      JSON.stringify({ name, version: "0.0.0", main: "index.js" }),
    );
    await write(`node_modules/${name}/index.js`, source);
  }
  // In node_modules, so that the test runner leaves it to Node.
  const loader = "node_modules/loader/index.mjs";
  await write(loader, "export const importPackage = (name) => import(name);");
  const { importPackage } = (await import(pathToFileURL(join(folder, loader)).href)) as {
    importPackage: ImportPackage;
  };
  return { importPackage, remove: () => rm(folder, { recursive: true }) };
}
