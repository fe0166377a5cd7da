import { crc32 } from "node:zlib";
import { strFromU8, unzipSync } from "fflate";
import { ModelError } from "../../errors.js";
import type { LayerConfig } from "../../models/kerasLayer.js";
import { parseConfig } from "./parseConfig.js";

const parts = ["config.json", "metadata.json", "model.weights.h5"] as const;

/**
 * Takes a .keras file apart: a zip archive of config.json, metadata.json and model.weights.h5. Each is held against the
 * checksum that the archive has of it.
 *
 * @throws ModelError, its `subject` "file", for an archive that is cut short, damaged or of something else
 */
export function openArchive(bytes: Uint8Array): {
  readonly config: LayerConfig;
  readonly version?: string;
  readonly weights: Uint8Array;
} {
  const names: string[] = [];
  let files: Record<string, Uint8Array>;
  let sums: ReadonlyMap<string, number>;
  try {
    files = unzipSync(bytes, {
      filter: ({ name }) => {
        names.push(name);
        return (parts as readonly string[]).includes(name);
      },
    });
    sums = checksums(bytes);
  } catch (error) {
    throw new ModelError(
      "file",
      "the zip archive is not whole: its list of contents is missing or damaged; fetch or save the .keras file again",
      { cause: error },
    );
  }
  const damaged = Object.keys(files).find((name) => crc32(files[name]!) !== sums.get(name));
  if (damaged !== undefined) {
    throw new ModelError(
      "file",
      `${damaged} in the zip archive is damaged: its checksum is another; fetch or save the .keras file again`,
    );
  }
  const [config, metadata, weights] = parts.map((name) => files[name]);
  if (config === undefined || weights === undefined) {
    throw new ModelError("file", missing(names, config === undefined));
  }
  const version = versionIn(metadata);
  return { config: parseConfig(strFromU8(config)), weights, ...(version !== undefined && { version }) };
}

/** CRC-32 of each file by its name, as the list of contents at the end of an archive that could be read has it. */
function checksums(bytes: Uint8Array): Map<string, number> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let end = bytes.length - 22;
  while (view.getUint32(end, true) !== 0x06054b50) end--;
  const sums = new Map<string, number>();
  let at = view.getUint32(end + 16, true);
  for (let left = view.getUint16(end + 10, true); left > 0; left--) {
    const [name, extra, comment] = [28, 30, 32].map((place) => view.getUint16(at + place, true)) as [
      number,
      number,
      number,
    ];
    sums.set(strFromU8(bytes.subarray(at + 46, at + 46 + name)), view.getUint32(at + 16, true));
    at += 46 + name + extra + comment;
  }
  return sums;
}

function missing(names: readonly string[], config: boolean): string {
  if (names.some((name) => name.endsWith("data.pkl"))) {
    return "this is a PyTorch file; save its state_dict as .safetensors and use loadSafetensors";
  }
  if (!config && names.some((name) => /^model\.weights\.(npz|json)$/.test(name))) {
    return 'the .keras file holds its weights as .npz or in shards; save it again with model.save("model.keras")';
  }
  return `the zip archive holds no ${config ? "config.json" : "model.weights.h5"}, but ${names.slice(0, 5).join(", ") || "nothing"}; expected what model.save("model.keras") wrote`;
}

function versionIn(metadata: Uint8Array | undefined): string | undefined {
  try {
    const { keras_version: version } = JSON.parse(strFromU8(metadata ?? new Uint8Array())) as {
      keras_version?: unknown;
    };
    return typeof version === "string" ? version : undefined;
  } catch {
    return undefined;
  }
}
