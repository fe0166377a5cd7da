import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { builtinModules } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const npm = (...args: string[]) =>
  execFileSync("npm", args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });

const exported = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).exports as Record<
  string,
  string
>;

const forBrowser = {
  bundle: true,
  format: "esm",
  platform: "browser",
  write: false,
  metafile: true,
  logLevel: "silent",
} as const;

// These tests look at dist/, which `npm test` has just built.
describe("the package", () => {
  let folder: string;
  let files: string[];
  let tarball: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "radiolucent-pack-"));
    const [packed] = JSON.parse(npm("pack", "--json", "--ignore-scripts", "--pack-destination", folder));
    files = packed.files.map((file: { path: string }) => file.path);
    tarball = join(folder, packed.filename);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("holds code, types and papers, nothing else", () => {
    const papers = ["CHANGELOG.md", "LICENSE", "README.md", "package.json"];
    const rest = files.filter((path) => !papers.includes(path));
    expect(rest.filter((path) => !/^dist\/.+\.(js|d\.ts)$/.test(path))).toEqual([]);
    expect(files).toEqual(
      expect.arrayContaining([...papers, "dist/index.js", "dist/index.d.ts", "dist/io/index.js"]),
    );
  });

  test("passes publint without errors or warnings", async () => {
    const { messages } = await publint({ pkgDir: root, level: "warning", strict: true });
    expect(messages.map((message) => formatMessage(message, {}))).toEqual([]);
  });

  test("passes are-the-types-wrong for ESM users", () => {
    const binary = join(root, "node_modules", ".bin", "attw");
    const output = execFileSync(
      binary,
      [tarball, "--profile", "esm-only", "--format", "ascii", "--no-color"],
      {
        encoding: "utf8",
      },
    );
    // attw itself fails on a problem; here, that it looked at every entry point with code.
    const code = Object.values(exported).filter((target) => target.endsWith(".js"));
    expect(output.match(/node16 \(from ESM\): 🟢 \(ESM\)/g)).toHaveLength(code.length);
  });

  test("bundles for a browser: no Node built-in, nothing unresolved", async () => {
    const { metafile, warnings } = await build({
      stdin: { contents: 'export * from "radiolucent";', resolveDir: root },
      ...forBrowser,
      splitting: true,
      outdir: folder,
    });
    expect(warnings).toEqual([]);
    const external = Object.values(metafile.outputs).flatMap((output) =>
      output.imports.filter((i) => i.external),
    );
    expect(external).toEqual([]);
    const inputs = Object.values(metafile.inputs).flatMap((input) => input.imports.map((i) => i.path));
    expect(inputs.filter((path) => path.startsWith("node:") || builtinModules.includes(path))).toEqual([]);
  });

  test("labels, metrics, splits, balance and images load without TensorFlow.js", async () => {
    for (const room of ["labels", "metrics", "splits", "balance", "images"]) {
      const { metafile } = await build({
        stdin: { contents: `export * from "radiolucent/${room}";`, resolveDir: root },
        ...forBrowser,
      });
      expect(Object.keys(metafile.inputs).filter((path) => path.includes("tensorflow"))).toEqual([]);
    }
  });

  test("the lock file knows every optional dependency, so that npm ci works on every platform", () => {
    const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as {
      packages: Record<string, { optionalDependencies?: Record<string, string> }>;
    };
    const known = Object.keys(packages);
    const missing = Object.values(packages)
      .flatMap((entry) => Object.keys(entry.optionalDependencies ?? {}))
      .filter((name) => !known.some((path) => path.endsWith(`node_modules/${name}`)));
    expect(missing).toEqual([]);
  });

  test("the lock file carries no download address", () => {
    expect(readFileSync(join(root, "package-lock.json"), "utf8")).not.toMatch(
      /"resolved"|https?:\/\/registry/,
    );
  });
});
