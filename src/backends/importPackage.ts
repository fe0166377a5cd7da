import { env } from "@tensorflow/tfjs-core";
import { BackendError } from "../errors.js";

/** Imports a package by its name. */
export type ImportPackage = (name: string) => Promise<unknown>;

/** Imports an installed package when it is asked for; bundlers do not see the name and leave the package out. */
export const importPackage: ImportPackage = (name) =>
  import(/* webpackIgnore: true */ /* @vite-ignore */ name);

/** Where a backend comes from. */
export interface BackendSource {
  /** Name of the backend. */
  readonly backend: string;
  /** The packages that have to be installed. */
  readonly packages: readonly string[];
  /** What a bundle for a browser has to import; undefined for a backend that runs in Node only. */
  readonly bundleImport?: string;
}

/**
 * Imports a package that a backend needs.
 *
 * @throws BackendError when the package is not there, with the way to get it; and when it is but fails to load,
 * with the package's own error as the cause
 */
export async function requirePackage(
  importPackage: ImportPackage,
  name: string,
  { backend, packages, bundleImport }: BackendSource,
): Promise<unknown> {
  try {
    return await importPackage(name);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const install = `npm install ${packages.join(" ")}`;
    const fail = (message: string) => new BackendError(backend, message, packages, { cause });
    if (!env().getBool("IS_NODE")) {
      throw bundleImport === undefined
        ? fail(`the backend "${backend}" runs in Node only`)
        : fail(
            `the backend "${backend}" is not in this bundle; run: ${install}; and add: import "${bundleImport}"`,
          );
    }
    if ((cause as { code?: unknown }).code === "ERR_MODULE_NOT_FOUND" && reason.includes(`'${name}'`)) {
      throw fail(`the backend "${backend}" needs ${name}, which is not installed; run: ${install}`);
    }
    throw fail(`the backend "${backend}" cannot load ${name}: ${reason}`);
  }
}
