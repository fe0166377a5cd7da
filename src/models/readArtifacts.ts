import { io } from "@tensorflow/tfjs-core";
import { isRadiolucentError, ModelError } from "../errors.js";
import { bytesOfEntries } from "./weightEntries.js";

/** Where a model's files are, and how they are read. */
export interface ModelFiles {
  /** Path or URL of model.json. */
  readonly json: string;
  /** Path or URL of a weights file that model.json names. */
  readonly locate: (path: string) => string;
  /**
   * Reads a file.
   *
   * @throws ModelError, its subject the file
   */
  readonly read: (file: string) => Promise<Uint8Array>;
  /** Told the sizes, once model.json was read. */
  readonly onSize?: (weightBytes: number) => void;
}

/**
 * Reads model.json and the weights files that it names.
 *
 * @throws ModelError, its `subject` the file, when one cannot be read, is not as it should be, or when the files of a
 *   group of weights hold more or fewer bytes than model.json lists
 */
export async function readArtifacts(files: ModelFiles): Promise<io.ModelArtifacts> {
  const json = parseModel(files.json, await files.read(files.json));
  try {
    return await io.getModelArtifactsForJSON(json, async (manifest) => {
      files.onSize?.(bytesOfEntries(manifest.flatMap(({ weights }) => weights)));
      const groups = await Promise.all(manifest.map((group) => readGroup(files, group)));
      return [manifest.flatMap(({ weights }) => weights), groups.flat()];
    });
  } catch (error) {
    if (!(error instanceof TypeError) || isRadiolucentError(error)) throw error;
    throw new ModelError(
      files.json,
      `${files.json}: its weightsManifest is not as TensorFlow.js writes it (${error.message}); save or fetch the model again`,
      { cause: error },
    );
  }
}

function parseModel(file: string, content: Uint8Array): io.ModelJSON {
  const text = new TextDecoder().decode(content);
  const json = parse(file, text);
  if (json?.format === "graph-model") {
    throw new ModelError(
      file,
      `${file}: is a TensorFlow.js graph model; expected a layers model, which the converter writes from a Keras model ` +
        "with --output_format tfjs_layers_model",
    );
  }
  if (json?.modelTopology && Array.isArray(json.weightsManifest)) return json as io.ModelJSON;
  throw new ModelError(
    file,
    `${file}: has no modelTopology and weightsManifest; expected a TensorFlow.js layers model`,
  );
}

function parse(file: string, text: string): Partial<io.ModelJSON> | null {
  try {
    return JSON.parse(text) as Partial<io.ModelJSON> | null;
  } catch (error) {
    const start = text.trimStart().slice(0, 20);
    throw new ModelError(
      file,
      `${file}: is not whole JSON${start && `, it begins with ${JSON.stringify(start)}`}; expected the model.json of a ` +
        "saved model: save or fetch the model again",
      { cause: error },
    );
  }
}

async function readGroup(files: ModelFiles, group: io.WeightsManifestConfig[number]): Promise<ArrayBuffer[]> {
  const paths = group.paths.map(files.locate);
  const parts = await Promise.all(paths.map(files.read));
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const expected = bytesOfEntries(group.weights);
  if (length !== expected) {
    throw new ModelError(
      paths.at(-1) ?? files.json,
      `${paths.join(" and ") || files.json}: ${length} bytes where model.json lists weights of ${expected}; save or fetch ` +
        "the model again",
    );
  }
  return parts.filter((part) => part.length > 0).map(bufferOf);
}

/** The memory of bytes, copied where they share it with others. */
function bufferOf(bytes: Uint8Array): ArrayBuffer {
  const { buffer, byteOffset, byteLength } = bytes;
  const whole = byteOffset === 0 && byteLength === buffer.byteLength && buffer instanceof ArrayBuffer;
  return whole ? buffer : (buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer);
}
