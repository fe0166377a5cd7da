import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import type { Plugin } from "vite";

/** What the service worker is told. */
export interface PrecacheOptions {
  /** File name of the built service worker. */
  readonly worker: string;
  /** Files that the page fetches by itself later on, so that they don't make the first load longer. */
  readonly later: RegExp;
}

/**
 * Tells the service worker which files to keep: it writes the names of all that was built, and of the public folder, in
 * place of `__FILES__`, and a version that changes with them in place of `__VERSION__`.
 */
export function precache({ worker, later }: PrecacheOptions): Plugin {
  let publicFolder = "";
  return {
    name: "precache",
    apply: "build",
    enforce: "post",
    configResolved(config) {
      publicFolder = config.publicDir;
    },
    async generateBundle(_, bundle) {
      const chunk = bundle[worker];
      if (chunk?.type !== "chunk") throw new Error(`${worker} is not in the bundle`);
      const version = createHash("sha256");
      const built = Object.values(bundle).filter((file) => file !== chunk);
      for (const file of built) {
        version.update(file.fileName).update(file.type === "chunk" ? file.code : file.source);
      }
      const open = await publicFiles(publicFolder);
      for (const file of open) version.update(file).update(await readFile(join(publicFolder, file)));
      const names = [...built.map(({ fileName }) => fileName), ...open].filter((name) => !later.test(name));
      chunk.code = chunk.code
        .replace("__FILES__", JSON.stringify(names.sort()))
        .replace("__VERSION__", JSON.stringify(version.digest("hex").slice(0, 12)));
    },
  };
}

async function publicFiles(folder: string): Promise<string[]> {
  if (folder === "") return [];
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isFile() && !entry.name.startsWith("."))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"));
}
