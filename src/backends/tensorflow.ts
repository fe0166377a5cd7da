import { backend, env } from "@tensorflow/tfjs-core";
import { BackendError, isRadiolucentError } from "../errors.js";
import { type ImportPackage, requirePackage } from "./importPackage.js";
import { activate, type BackendDefinition } from "./registry.js";

/** With and without CUDA, in the order of trial. */
const packages = ["@tensorflow/tfjs-node-gpu", "@tensorflow/tfjs-node"] as const;

/** TensorFlow's own library in Node. */
export function tensorflowBackend(importPackage: ImportPackage): BackendDefinition {
  return {
    name: "tensorflow",
    async start() {
      if (!env().getBool("IS_NODE")) {
        throw new BackendError("tensorflow", 'the backend "tensorflow" runs in Node only', packages);
      }
      restoreIsNullOrUndefined();
      const skipped: BackendError[] = [];
      for (const name of packages) {
        try {
          await requirePackage(importPackage, name, { backend: "tensorflow", packages: [name] });
          await activate("tensorflow", [name], `reinstall it: npm install ${name}`);
        } catch (error) {
          if (!isRadiolucentError(error, "backend")) throw error;
          skipped.push(error);
          continue;
        }
        const { isUsingGpuDevice } = backend() as { isUsingGpuDevice?: boolean };
        return {
          description: `TensorFlow through ${name}, on the ${isUsingGpuDevice ? "GPU" : "CPU"}`,
          skipped,
        };
      }
      throw new BackendError(
        "tensorflow",
        `the backend "tensorflow" needs one of two packages; run: npm install ${packages[1]}` +
          `, or with CUDA: npm install ${packages[0]} (${skipped.map((error) => error.message).join("; ")})`,
        packages,
        { cause: skipped.at(-1) },
      );
    },
  };
}

/** TensorFlow.js for Node, 4.22, calls `util.isNullOrUndefined`, which Node 23 took away: puts it back. */
function restoreIsNullOrUndefined(): void {
  const util: { isNullOrUndefined?(value: unknown): boolean } = process.getBuiltinModule("node:util");
  util.isNullOrUndefined ??= (value) => value === null || value === undefined;
}
