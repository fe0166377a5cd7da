/** What is bundled with a backend: the specs, and the way to aim them at it. */
import { engine } from "@tensorflow/tfjs-core";
import { setTestEnvs } from "@tensorflow/tfjs-core/dist/jasmine_util.js";
import "@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js";
import "@tensorflow/tfjs-core/dist/register_all_gradients.js";
import { useBackend } from "../../src/backends/useBackend.js";
import type { Subject } from "./backends.js";

/**
 * Starts a backend and declares the specs that are meant for it. Jasmine's functions have to be global by then.
 *
 * @returns what runs, in words
 */
export async function declareSpecs({ backend, options, isDataSync }: Subject): Promise<string> {
  const { description } = await useBackend(backend as "auto", options);
  insistOn(backend);
  setTestEnvs([{ name: backend, backendName: backend, isDataSync, flags: {} }]);
  // When it is loaded, it declares specs for the environments that are set.
  await import("@tensorflow/tfjs-core/dist/tests.js");
  return description;
}

/** Fails the specs whose backend does not start again before them; TensorFlow.js would run them on another one. */
function insistOn(backend: string): void {
  const setBackend = engine().setBackend.bind(engine());
  engine().setBackend = async (name) => {
    const started = await setBackend(name);
    if (!started && name === backend) throw new Error(`the backend "${name}" does not start`);
    return started;
  };
}
