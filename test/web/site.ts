import { readdirSync, statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";
import { build, preview } from "vite";

const root = fileURLToPath(new URL("../../examples/web/", import.meta.url));

/** The page as it is built for a web server. */
export interface Site {
  /** Folder of the built files. */
  readonly folder: string;
  /** Bytes of each built file, by its path below the folder. */
  readonly files: Readonly<Record<string, number>>;
  /** Serves the folder at a free port of this machine, until it is closed. */
  serve(): Promise<{ readonly url: string; close(): Promise<void> }>;
  /** Takes the folder away. */
  remove(): Promise<void>;
}

/** Builds the page into a temporary folder, as `npm run web:build` does into its own. */
export async function buildSite(): Promise<Site> {
  const folder = await mkdtemp(join(tmpdir(), "radiolucent-page-"));
  const environment = process.env.NODE_ENV;
  process.env.NODE_ENV = "production";
  try {
    await build({ root, logLevel: "error", build: { outDir: folder, emptyOutDir: true } });
  } finally {
    process.env.NODE_ENV = environment;
  }
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const sizes = names.map((name) => [name, statSync(join(folder, name))] as const);
  return {
    folder,
    files: Object.fromEntries(sizes.filter(([, of]) => of.isFile()).map(([name, { size }]) => [name, size])),
    async serve() {
      const server = await preview({
        root,
        logLevel: "error",
        build: { outDir: folder },
        preview: { host: "127.0.0.1", port: 0, open: false },
      });
      return { url: server.resolvedUrls!.local[0]!, close: () => server.close() };
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** What all tests share: the built page, an address at which it is served, and a browser. */
export interface Stage {
  readonly site: Site;
  readonly url: string;
  readonly browser: Browser;
}
