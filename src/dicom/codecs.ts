import { ArgumentError } from "../errors.js";
import type { FrameHead } from "./codestream.js";

/** Where the codecs are: the URL of `dcmjs-codecs/build/dcmjs-native-codecs.wasm`, its bytes, or what they compile to. */
export type CodecSource = string | URL | BufferSource | WebAssembly.Module;

/** A coded frame and what the decoder has to know of it. */
export interface CodedFrame
  extends Pick<FrameHead, "height" | "width" | "components" | "precision" | "signed"> {
  /** How it is coded. */
  readonly coding: "jpeg" | "jpeg-ls" | "jpeg-2000" | "htj2k";
  /** The codestream. */
  readonly bytes: Uint8Array;
}

interface CodecExports {
  readonly memory: WebAssembly.Memory;
  readonly [name: string]: unknown;
}

const named = new Map<string, Promise<WebAssembly.Module>>();
const given = new WeakMap<object, Promise<WebAssembly.Module>>();

/** Decodes frames until one fails; then it is used up. */
type Decoder = (frame: CodedFrame) => Uint8Array | string;

/** A decoder that no frame has failed on, by the module it runs. */
const intact = new WeakMap<WebAssembly.Module, Decoder>();

/** Memory that a decoder may keep for the next frame; WebAssembly gives none back. */
const memoryKept = 2 ** 29;

/**
 * Decodes a frame. The codecs are loaded at the first one, once for each source.
 *
 * @returns the samples, of one byte where the precision is 8 bits at most, otherwise of two; or what is wrong with the frame
 * @throws ArgumentError for a source that is not the codecs, or where none was given and none is found
 */
export async function decodeFrame(
  frame: CodedFrame,
  source: CodecSource | undefined,
): Promise<Uint8Array | string> {
  const module = await loadModule(source);
  const decode = intact.get(module) ?? (await createDecoder(module));
  return decode(frame);
}

async function loadModule(source: CodecSource | undefined): Promise<WebAssembly.Module> {
  const key = source instanceof URL ? source.href : (source ?? "");
  const modules = (typeof key === "string" ? named : given) as Map<unknown, Promise<WebAssembly.Module>>;
  let compiling = modules.get(key);
  if (compiling === undefined) {
    compiling = compile(source);
    modules.set(key, compiling);
  }
  try {
    return await compiling;
  } catch (error) {
    modules.delete(key);
    throw new ArgumentError(
      "options.codecs",
      `the codecs of compressed DICOM files cannot be loaded${source === undefined ? "" : " from there"}; give the URL or the bytes of dcmjs-codecs/build/dcmjs-native-codecs.wasm, which a web page has to serve itself`,
      { cause: error },
    );
  }
}

async function compile(source: CodecSource | undefined): Promise<WebAssembly.Module> {
  if (source instanceof WebAssembly.Module) return source;
  if (source === undefined) return WebAssembly.compile(await readInstalled());
  if (typeof source !== "string" && !(source instanceof URL)) return WebAssembly.compile(source);
  if (source.toString().startsWith("file:")) {
    return WebAssembly.compile(await nodeModule("node:fs/promises").readFile(new URL(source)));
  }
  const response = await fetch(source);
  if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
  return WebAssembly.compile(await response.arrayBuffer());
}

/** Reads the installed package; no import of a Node built-in, so that the reader bundles for a browser. */
async function readInstalled(): Promise<Uint8Array<ArrayBuffer>> {
  const { createRequire } = nodeModule("node:module");
  const path = createRequire(import.meta.url).resolve("dcmjs-codecs/build/dcmjs-native-codecs.wasm");
  return new Uint8Array(await nodeModule("node:fs/promises").readFile(path));
}

const nodeModule: typeof process.getBuiltinModule = (name: string) =>
  globalThis.process.getBuiltinModule(name as never) as never;

const functions = {
  jpeg: "DecodeJpeg",
  "jpeg-ls": "DecodeJpegLs",
  "jpeg-2000": "DecodeJpeg2000",
  htj2k: "DecodeHtJpeg2000",
} as const;

/** Messages of the codecs that tell of a stream which is not whole; they go on and make something up. */
const damage = /corrupt|premature|invalid|inconsisten|truncat|CallbackWarning::(?!Unknown marker|Empty SOT)/i;

async function createDecoder(module: WebAssembly.Module): Promise<Decoder> {
  const text = (pointer: number, length: number) =>
    new TextDecoder("latin1").decode(new Uint8Array(codecs.memory.buffer, pointer, length));
  const stop = (message: string): never => {
    throw new Error(message);
  };
  const badFile = () => 8;
  const instance = await WebAssembly.instantiate(module, {
    env: {
      onCodecsException: (pointer: number, length: number) => stop(text(pointer, length)),
      onCodecsInfo: (pointer: number, length: number) => {
        const message = text(pointer, length);
        if (damage.test(message)) stop(message);
      },
      onCodecsTrace: () => {},
      emscripten_notify_memory_growth: () => {},
    },
    wasi_snapshot_preview1: {
      proc_exit: (code: number) => stop(`stopped with code ${code}`),
      clock_time_get: badFile,
      // OpenJPH says what is wrong with a stream on the standard error output, and goes on.
      fd_write: (_file: number, vectors: number) => {
        const view = new DataView(codecs.memory.buffer);
        return stop(text(view.getUint32(vectors, true), view.getUint32(vectors + 4, true)));
      },
      fd_close: badFile,
      fd_seek: badFile,
      environ_get: () => 0,
      environ_sizes_get: (count: number, size: number) => {
        const view = new DataView(codecs.memory.buffer);
        view.setUint32(count, 0, true);
        view.setUint32(size, 0, true);
        return 0;
      },
    },
  });
  const codecs = instance.exports as CodecExports;
  const call = (name: string, ...values: number[]) =>
    (codecs[name] as (...values: number[]) => number)(...values) >>> 0;
  call("_initialize");
  return function decode(frame) {
    // Whatever fails leaves the codec's memory behind as it was: the next frame then gets a new instance.
    intact.delete(module);
    try {
      const samples = decodeWith(call, codecs.memory, frame);
      if (codecs.memory.buffer.byteLength <= memoryKept) intact.set(module, decode);
      return samples;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  };
}

function decodeWith(
  call: (name: string, ...values: number[]) => number,
  memory: WebAssembly.Memory,
  frame: CodedFrame,
): Uint8Array {
  const context = call("CreateCodecsContext");
  const parameters = call("CreateDecoderParameters");
  call("SetConvertColorspaceToRgb", parameters, 0);
  const depth = frame.precision <= 8 ? 8 : 16;
  for (const [name, value] of Object.entries({
    Columns: frame.width,
    Rows: frame.height,
    BitsAllocated: depth,
    BitsStored: frame.precision,
    SamplesPerPixel: frame.components,
    PixelRepresentation: frame.signed ? 1 : 0,
    PlanarConfiguration: 0,
    PhotometricInterpretation: frame.components === 1 ? 1 : 3,
  })) {
    call(`Set${name}`, context, value);
  }
  call("SetEncodedBufferSize", context, frame.bytes.length);
  new Uint8Array(memory.buffer).set(frame.bytes, call("GetEncodedBuffer", context));
  call(functions[frame.coding], context, parameters);
  const size = call("GetDecodedBufferSize", context);
  const expected = (frame.width * frame.height * frame.components * depth) / 8;
  if (size !== expected) throw new Error(`gave ${size} bytes; expected ${expected}`);
  const samples = new Uint8Array(memory.buffer, call("GetDecodedBuffer", context), size).slice();
  call("ReleaseDecoderParameters", parameters);
  call("ReleaseCodecsContext", context);
  return samples;
}
