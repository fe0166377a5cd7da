import { createRequire } from "node:module";
import { BackendError } from "../../errors.js";
import type { RuntimeTensor } from "./runtime.js";

/** The package that brings ONNX Runtime. */
export const runtimePackage = "onnxruntime-node";

/** Oldest version of it that has what is used here. */
const oldestVersion = [1, 22] as const;

/** What is used of onnxruntime-node's inner module, which alone can run without a promise. */
export interface Binding {
  readonly binding: {
    readonly InferenceSession: new () => {
      loadModel(buffer: ArrayBuffer, offset: number, length: number, options: object): void;
      run(
        feeds: Readonly<Record<string, RuntimeTensor>>,
        fetches: Readonly<Record<string, RuntimeTensor | null>>,
        options: object,
      ): Record<string, RuntimeTensor>;
      /** Ends the profile and gives the path of its file. */
      endProfiling(): string;
      dispose(): void;
    };
    listSupportedBackends(): readonly { readonly name: string }[];
  };
  initOrt(): void;
}

/** How packages are found; tests give their own. */
export type RequirePackage = (name: string) => unknown;

/** Finds what onnxruntime-node depends on: a package manager may have put it beside that package only. */
export function requireBeside(requirePackage: RequirePackage): RequirePackage {
  const resolve = (requirePackage as NodeJS.Require).resolve as NodeJS.RequireResolve | undefined;
  return resolve ? createRequire(resolve(`${runtimePackage}/package.json`)) : requirePackage;
}

/**
 * Version of the package.
 *
 * @throws BackendError when it is not installed or too old
 */
export function installedVersion(requirePackage: RequirePackage): string {
  let version: string;
  try {
    ({ version } = requirePackage(`${runtimePackage}/package.json`) as { version: string });
  } catch (cause) {
    throw fail(
      `it needs ${runtimePackage}, which is not installed; run: npm install ${runtimePackage}`,
      cause,
    );
  }
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major !== oldestVersion[0] || minor < oldestVersion[1]) {
    throw fail(
      `${runtimePackage} ${version} is installed; it needs ${oldestVersion.join(".")} or a later 1.x: run ` +
        `npm install ${runtimePackage}@^1`,
    );
  }
  return version;
}

/**
 * Loads the inner module.
 *
 * @throws BackendError when it has no binary for this machine, or another build
 */
export function loadBinding(requirePackage: RequirePackage, version: string): Binding {
  let module: Partial<Binding>;
  try {
    module = requirePackage(`${runtimePackage}/dist/binding.js`) as Partial<Binding>;
  } catch (cause) {
    throw fail(
      `${runtimePackage} ${version} does not load on ${process.platform}-${process.arch}: ${messageOf(cause)}`,
      cause,
    );
  }
  if (typeof module.initOrt !== "function" || typeof module.binding?.InferenceSession !== "function") {
    throw fail(
      `${runtimePackage} ${version} has another inner build than the versions known; take ${runtimePackage}@1.30`,
    );
  }
  return module as Binding;
}

/** What went wrong, in words. */
export const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));

/** An error of this backend. */
export function fail(message: string, cause?: unknown): BackendError {
  return new BackendError("onnx", `the backend "onnx": ${message}`, [runtimePackage], { cause });
}
