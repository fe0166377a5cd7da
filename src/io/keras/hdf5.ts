import { type Dataset, type File, Group, h5wasm } from "h5wasm";
import { ModelError } from "../../errors.js";
import type { StoredTensor } from "../../models/assignWeights.js";

const signature = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

/** Whether bytes begin as an HDF5 file: its signature may follow a user's block of 512, 1024, 2048, ... bytes. */
export function isHdf5(bytes: Uint8Array): boolean {
  for (let start = 0; start + signature.length <= bytes.length; start = start === 0 ? 512 : 2 * start) {
    if (signature.every((byte, i) => bytes[start + i] === byte)) return true;
  }
  return false;
}

let opened = 0;

/**
 * Opens an HDF5 file in memory, reads of it what `read` reads, and forgets it on every way out. Nothing is printed. The
 * HDF5 library can loop without end over a file whose own lists are damaged, which have no checksums in the form that
 * Keras writes.
 *
 * @throws ModelError, its `subject` "file", when the file is cut short or damaged; ModelErrors of `read` pass
 */
export async function readHdf5<T>(bytes: Uint8Array, read: (file: File) => T): Promise<T> {
  const module = await h5wasm.ready;
  const path = `/radiolucent-${++opened}.h5`;
  let file: File | undefined;
  module.activate_throwing_error_handler();
  try {
    module.FS.writeFile(path, bytes);
    file = new h5wasm.File(path, "r");
    return read(file);
  } catch (error) {
    if (error instanceof ModelError) throw error;
    throw new ModelError("file", `the HDF5 file cannot be read: ${reasonOf(error)}; fetch or save it again`, {
      cause: error,
    });
  } finally {
    try {
      file?.close();
    } catch {
      // A damaged file may not close; it goes with its memory.
    }
    module.deactivate_throwing_error_handler();
    if (module.FS.analyzePath(path, true).exists) module.FS.unlink(path);
  }
}

/** The library's own words are a stack of its C functions; the last of them says the cause. */
function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const truncated = /truncated file: eof = (\d+).*?stored_eof = (\d+)/.exec(text);
  if (truncated) return `it ends after ${truncated[1]} of ${truncated[2]} bytes`;
  const causes = [...text.matchAll(/#\d+:.*? in \S+ (.*)/g)];
  return causes.at(-1)?.[1] ?? text.split("\n")[0] ?? "it is damaged";
}

/** A group inside another by its name, which may hold slashes. */
export function groupAt(group: Group, name: string): Group | undefined {
  const found = entryAt(group, name);
  return found instanceof Group ? found : undefined;
}

function entryAt(group: Group, name: string): unknown {
  let inner: unknown = group;
  for (const part of name.split("/")) {
    if (!(inner instanceof Group) || !inner.keys().includes(part)) return undefined;
    inner = inner.get(part);
  }
  return inner;
}

/** A text attribute; undefined where there is none. */
export function textAttribute(group: Group, name: string): string | undefined {
  const value = group.attrs[name]?.value;
  return typeof value === "string" ? value : undefined;
}

/**
 * A list of texts in an attribute. Keras spreads a long list over attributes name0, name1, ...; undefined where there is
 * neither.
 */
export function textsAttribute(group: Group, name: string): string[] | undefined {
  const { attrs } = group;
  if (attrs[name] !== undefined) return textsOf(attrs[name].value);
  if (attrs[`${name}0`] === undefined) return undefined;
  const texts: string[] = [];
  for (let part = 0; attrs[`${name}${part}`] !== undefined; part++) {
    texts.push(...textsOf(attrs[`${name}${part}`]!.value));
  }
  return texts;
}

/** An empty list is stored as one of numbers. */
function textsOf(value: unknown): string[] {
  const list = Array.isArray(value) ? value : typeof value === "string" ? [value] : [];
  return list.filter((text) => typeof text === "string").map((text) => text.replace(/\0+$/, ""));
}

/**
 * A dataset of a group as numbers.
 *
 * @param layer whose weight it is, for errors
 * @throws ModelError for one that isn't there, or not of numbers
 */
export function tensorAt(group: Group, name: string, layer: string): StoredTensor {
  const entry = entryAt(group, name);
  if (!isDataset(entry)) {
    throw new ModelError(
      layer,
      `${layer}: its weight "${name}" is named in the file but not stored; save the file again`,
    );
  }
  const shape = entry.shape ?? [];
  const size = shape.reduce((product, extent) => product * extent, 1);
  const brain = entry.attrs.dtype?.value === "bfloat16";
  const values = brain ? fromBrainFloat(entry.value) : toFloat32(entry, layer, name);
  if (values.length !== size) {
    throw new ModelError(
      layer,
      `${layer}: its weight "${name}" holds ${values.length} numbers where its shape [${shape.join(", ")}] needs ${size}; save the file again`,
    );
  }
  return { shape, values, name };
}

const isDataset = (entry: unknown): entry is Dataset => entry instanceof h5wasm.Dataset;

function toFloat32(dataset: Dataset, layer: string, name: string): Float32Array {
  const { type, size } = dataset.metadata;
  if (type !== 0 && type !== 1) {
    throw new ModelError(
      layer,
      `${layer}: its weight "${name}" is not of numbers, but of HDF5's type ${type}`,
    );
  }
  if (type === 1 && size < 4) {
    throw new ModelError(
      layer,
      `${layer}: its weight "${name}" is of ${8 * size} bit numbers, which cannot be read; save the weights as float32`,
    );
  }
  const value = dataset.value as number | bigint | ArrayLike<number | bigint>;
  if (value instanceof Float32Array) return value;
  if (typeof value === "number" || typeof value === "bigint") return Float32Array.of(Number(value));
  return Float32Array.from(value, Number);
}

/** bfloat16 is the upper half of a float32. */
function fromBrainFloat(value: unknown): Float32Array {
  const bytes = value instanceof Uint8Array ? value : new Uint8Array();
  const wide = new Uint8Array(2 * bytes.length);
  for (let i = 0; i < bytes.length; i += 2) wide.set(bytes.subarray(i, i + 2), 2 * i + 2);
  return new Float32Array(wide.buffer);
}
