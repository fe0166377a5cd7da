import { io } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { isRadiolucentError, ModelError } from "../errors.js";
import { filesOverHttp } from "./filesOverHttp.js";
import { modelFromArtifacts } from "./modelFromArtifacts.js";
import { readArtifacts } from "./readArtifacts.js";

/** How far {@link openModel} has come. */
export interface DownloadProgress {
  /** Bytes of weights that have come. */
  readonly loadedBytes: number;
  /** How many there are. */
  readonly totalBytes: number;
}

/** How {@link openModel} fetches, over http only. */
export interface OpenModelOptions {
  /** Headers, credentials and the like for each request. */
  readonly requestInit?: Omit<RequestInit, "signal" | "body" | "method">;
  /** Called whenever a weights file has come. */
  readonly onProgress?: (progress: DownloadProgress) => void;
  /** Ends the requests with the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * Loads a layers model, in a browser or in Node: one that `saveModel` or {@link storeModel} saved, one whose weights were
 * quantised, or one that the TensorFlow.js converter made of a Keras 2 or Keras 3 model. It gives the same outputs as the
 * one that was saved and carries its contract if it had one. Quantised weights become float32.
 *
 * Batch normalisation that is not trainable uses its moving statistics, as `honourTrainable` tells. No optimizer is
 * loaded. What fails leaves no tensor.
 *
 * ```ts
 * const model = await openModel("https://example.org/models/chest/model.json");
 * await storeModel(model, "indexeddb://chest"); // for the next visit, without a network
 * ```
 *
 * @param source URL of model.json (http, https, or relative to the page), beside which the weights lie, with the same
 *   query; "indexeddb://name" or "localstorage://name" in a browser; or a handler of TensorFlow.js such as
 *   `tf.io.browserFiles(files)`
 * @throws ModelError, its `subject` the URL, the unknown layer class, or the weight at fault: when a file cannot be
 *   fetched (status 404), is not JSON, is cut short or too long, or does not describe a layers model
 */
export async function openModel(
  source: string | io.IOHandler,
  options: OpenModelOptions = {},
): Promise<LayersModel> {
  const name = typeof source === "string" ? source : "the handler's model";
  const handler = typeof source === "string" ? handlerOf(source) : source;
  const artifacts = handler
    ? await loadFrom(handler, name)
    : await readArtifacts(filesOverHttp(name, options));
  options.signal?.throwIfAborted();
  return modelFromArtifacts(artifacts, name);
}

/** TensorFlow.js's handler for a store; undefined for a URL or a relative one. */
function handlerOf(source: string): io.IOHandler | undefined {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(source)?.[1];
  if (scheme === undefined || /^https?$/i.test(scheme)) return undefined;
  const [handler] = io.getLoadHandlers(source);
  if (handler) return handler;
  throw new ModelError(
    source,
    `${source}: nothing here can load from ${scheme}://; in Node, load a folder with loadModel of radiolucent/node`,
  );
}

async function loadFrom(handler: io.IOHandler, name: string): Promise<io.ModelArtifacts> {
  try {
    if (handler.load) return await handler.load();
  } catch (error) {
    if (isRadiolucentError(error)) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new ModelError(name, `${name}: cannot be loaded: ${reason}`, { cause: error });
  }
  throw new ModelError(name, `${name}: the handler can save models but not load them`);
}
