import { readdirSync, readFileSync } from "node:fs";

const kinds = {
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  uint32: Uint32Array,
  int32: Int32Array,
  float64: Float64Array,
} as const;

interface Entry {
  readonly stored: string;
  readonly reference: string;
  readonly modality?: string;
  readonly voi?: string;
  readonly voi1?: string;
  readonly colour?: string;
}

const folder = new URL("../fixtures/dicom/", import.meta.url);
const reference = JSON.parse(readFileSync(new URL("../fixtures/dicom.json", import.meta.url), "utf8")) as {
  readonly arrays: Readonly<
    Record<
      string,
      { readonly type: keyof typeof kinds; readonly shape: readonly number[]; readonly data: string }
    >
  >;
  readonly files: Readonly<Record<string, Entry>>;
};

/** Names of the fixtures, without ".dcm". */
export const names = readdirSync(folder)
  .map((name) => name.replace(".dcm", ""))
  .sort();

/** Names of those that have reference values. */
export const referenced = Object.keys(reference.files);

/** The bytes of a fixture. */
export function bytesOf(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`${name}.dcm`, folder)));
}

/** A fixture with the value of one element of two bytes replaced, of each element whose tag is given; little endian. */
export function withUint16(name: string, changes: Readonly<Record<number, number>>): Uint8Array {
  const bytes = bytesOf(name);
  const view = new DataView(bytes.buffer);
  for (const [tag, value] of Object.entries(changes))
    view.setUint16(valueStart(bytes, Number(tag)), value, true);
  return bytes;
}

/** Where the value of an element of a fixture starts, in explicit VR little endian with a short length. */
export function valueStart(bytes: Uint8Array, tag: number): number {
  const head = Buffer.from([(tag >> 16) & 0xff, tag >>> 24, tag & 0xff, (tag >> 8) & 0xff]);
  const at = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(head, 128);
  if (at < 0) throw new Error(`no element ${tag.toString(16)}`);
  return at + 8;
}

/** Where the coded bytes of a fixture lie that has one frame in one fragment. */
export function frameOf(bytes: Uint8Array): { readonly start: number; readonly end: number } {
  const file = Buffer.from(bytes.buffer);
  const table = file.lastIndexOf(Buffer.from("e07f1000", "hex")) + 12;
  const item = table + 8 + file.readUInt32LE(table + 4);
  return { start: item + 8, end: item + 8 + file.readUInt32LE(item + 4) };
}

/** What pydicom makes of a fixture; see test/fixtures/dicom.py. */
export function referenceOf(name: string, what: Exclude<keyof Entry, "reference"> = "stored") {
  const entry = reference.files[name]?.[what];
  if (entry === undefined) return undefined;
  const { type, shape, data } = reference.arrays[entry]!;
  const bytes = new Uint8Array(Buffer.from(data, "base64"));
  return { type, shape, values: Array.from(new kinds[type](bytes.buffer) as Iterable<number>) };
}
