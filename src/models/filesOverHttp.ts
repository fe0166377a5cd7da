import { ModelError } from "../errors.js";
import type { OpenModelOptions } from "./openModel.js";
import type { ModelFiles } from "./readArtifacts.js";

/**
 * A model's files as a server gives them: weights beside model.json, with its query. A path in model.json that is a URL of
 * its own leads nowhere else, as the request's headers and the query may be secrets of this server.
 */
export function filesOverHttp(
  url: string,
  { requestInit, onProgress, signal }: OpenModelOptions,
): ModelFiles {
  const json = absolute(url);
  let totalBytes = Number.NaN;
  let loadedBytes = 0;
  return {
    json: url,
    locate(path) {
      const located = new URL(new URL(".", json).href + path);
      if (located.search === "") located.search = json.search;
      return located.href;
    },
    onSize(bytes) {
      totalBytes = bytes;
    },
    async read(file) {
      const content = await fetchFile(file, { ...requestInit, ...(signal && { signal }) });
      if (file !== url) {
        loadedBytes += content.length;
        onProgress?.({ loadedBytes, totalBytes });
      }
      return content;
    },
  };
}

function absolute(url: string): URL {
  const page = (globalThis as { location?: { href?: string } }).location?.href;
  try {
    return new URL(url, page);
  } catch (error) {
    throw new ModelError(
      url,
      `${url}: is no URL; expected that of a model.json (http or https; in a browser, relative ones too), ` +
        "or indexeddb://name. In Node, load a folder with loadModel of radiolucent/node",
      { cause: error },
    );
  }
}

async function fetchFile(url: string, init: RequestInit): Promise<Uint8Array> {
  let response: Response;
  try {
    response = await fetch(url, init);
    if (response.ok) return new Uint8Array(await response.arrayBuffer());
  } catch (error) {
    init.signal?.throwIfAborted();
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ModelError(url, `${url}: cannot be fetched: ${reason}`, { cause: error });
  }
  throw new ModelError(
    url,
    `${url}: the server answers ${response.status} ${response.statusText}; expected model.json and, beside it, the weights ` +
      "files that it names",
  );
}
