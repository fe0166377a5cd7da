import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import type * as Suite from "./suite.js";

/** Ignored by git, and within reach of the packages that stay outside the bundle. */
const runs = fileURLToPath(new URL("../../runs/", import.meta.url));

/** What modules of CommonJS find in Node. */
const commonJs = `
  import { createRequire as createBundleRequire } from "node:module";
  const require = createBundleRequire(import.meta.url);
  const __filename = import.meta.filename;
  const __dirname = import.meta.dirname;
`;

/**
 * Bundles the specs with one backend, so that both use the same copy of TensorFlow.js, and imports the bundle.
 *
 * @param entry module that registers the backend, seen from this folder
 * @param keep leaves the bundle in its folder, for whoever looks up the lines of a stack
 */
export async function importSuite(entry: string, keep: boolean): Promise<typeof Suite> {
  await mkdir(runs, { recursive: true });
  const folder = await mkdtemp(join(runs, "conformance-"));
  try {
    const outfile = join(folder, "suite.mjs");
    const { metafile } = await build({
      stdin: {
        contents: `import ${JSON.stringify(entry)}; export * from "./suite.ts";`,
        resolveDir: fileURLToPath(new URL(".", import.meta.url)),
      },
      outfile,
      bundle: true,
      platform: "node",
      format: "esm",
      mainFields: ["module", "main"],
      // The specs are in a package that says that its files have no side effects.
      ignoreAnnotations: true,
      external: ["onnxruntime-node", "webgpu"],
      banner: { js: commonJs },
      metafile: true,
      logLevel: "warning",
    });
    const copies = Object.keys(metafile.inputs).filter((path) =>
      /tfjs-core\/dist\/(engine|tf-core.*)\.js$/.test(path),
    );
    if (copies.length !== 1)
      throw new Error(`more than one TensorFlow.js in the bundle: ${copies.join(", ")}`);
    return await import(pathToFileURL(outfile).href);
  } finally {
    if (!keep) await rm(folder, { recursive: true });
  }
}
