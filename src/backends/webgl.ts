import { env, findBackendFactory } from "@tensorflow/tfjs-core";
import { BackendError } from "../errors.js";
import { type ImportPackage, requirePackage } from "./importPackage.js";
import { activate, type BackendDefinition } from "./registry.js";

const packages = ["@tensorflow/tfjs-backend-webgl"] as const;

/** TensorFlow.js on WebGL, in a browser. */
export function webglBackend(importPackage: ImportPackage): BackendDefinition {
  return {
    name: "webgl",
    async start() {
      if (env().getBool("IS_NODE")) {
        throw new BackendError(
          "webgl",
          `the backend "webgl" (${packages[0]}) runs in a browser only`,
          packages,
        );
      }
      if (findBackendFactory("webgl") === null) {
        await requirePackage(importPackage, packages[0], {
          backend: "webgl",
          packages,
          bundleImport: packages[0],
        });
      }
      await activate("webgl", packages, "this browser gives no WebGL context");
      return { description: "TensorFlow.js on WebGL" };
    },
  };
}
