import { findBackendFactory } from "@tensorflow/tfjs-core";
import { type ImportPackage, requirePackage } from "./importPackage.js";
import { activate, type BackendDefinition } from "./registry.js";

const packages = ["@tensorflow/tfjs-backend-cpu"] as const;

/** TensorFlow.js in plain JavaScript: runs and trains everything, everywhere, slowly. */
export function cpuBackend(importPackage: ImportPackage): BackendDefinition {
  return {
    name: "cpu",
    async start() {
      if (findBackendFactory("cpu") === null) {
        const source = { backend: "cpu", packages, bundleImport: "radiolucent/backends/cpu" };
        await requirePackage(importPackage, packages[0], source);
      }
      await activate("cpu", packages, "reinstall it");
      return { description: "TensorFlow.js in plain JavaScript, 1 thread" };
    },
  };
}
