import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isRadiolucentError } from "../../src/errors.js";
import {
  encodeSafetensors,
  parseSafetensors,
  type Safetensor,
  type WritableSafetensor,
} from "../../src/models/safetensors.js";
import { fileOf, fixture } from "../fixtures/safetensorsFile.js";

/** A file with this header and so many bytes of data. */
function fileWith(header: string | Uint8Array, dataBytes = 0, headerLength?: number | bigint): Uint8Array {
  const text = typeof header === "string" ? new TextEncoder().encode(header) : header;
  const file = new Uint8Array(8 + text.length + dataBytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(headerLength ?? text.length), true);
  file.set(text, 8);
  return file;
}

const entry = (dtype: unknown, shape: unknown, offsets: unknown) =>
  JSON.stringify({ dtype, shape, data_offsets: offsets });

function caught(read: () => unknown): { subject: string; message: string } {
  try {
    read();
  } catch (error) {
    if (isRadiolucentError(error, "model")) return { subject: error.subject, message: error.message };
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("parseSafetensors", () => {
  const bytes = fileOf(fixture.everyDtype.file);

  it("reads PyTorch's values of every dtype, at places that are not aligned, from a Node Buffer too", () => {
    const { tensors, metadata } = parseSafetensors(bytes);
    expect(metadata).toEqual({ format: "pt", note: '"quoted"\nä' });
    expect([...tensors.keys()]).toEqual(Object.keys(fixture.everyDtype.values));
    for (const [name, { dtype, shape, values }] of Object.entries(fixture.everyDtype.values)) {
      const tensor = tensors.get(name)!;
      expect([tensor.dtype, tensor.shape], name).toEqual([dtype, shape]);
      // JSON has no infinity: the fixture says "inf", as Python does.
      const got: unknown[] = Array.from(tensor.values as ArrayLike<number | bigint>);
      const read = dtype === "I64" ? BigInt : (text: string) => Number(text.replace("inf", "Infinity"));
      const expected = values.map((value) => (typeof value === "string" ? read(value) : value));
      expect(got, name).toEqual(expected);
    }
  });

  it("gives all 65536 half floats and brain floats the value that their bits say", () => {
    const data = Uint16Array.from({ length: 65536 }, (_, bits) => bits);
    for (const [dtype, exponentBits, bias] of [
      ["F16", 5, 15],
      ["BF16", 8, 127],
    ] as const) {
      const file = fileWith(`{"x":${entry(dtype, [65536], [0, 131072])}}`, 131072);
      file.set(new Uint8Array(data.buffer), file.length - 131072);
      const values = parseSafetensors(file).tensors.get("x")!.values as Float32Array;
      const fractionBits = 15 - exponentBits;
      const wrong = values.findIndex((value, bits) => {
        const fraction = (bits & (2 ** fractionBits - 1)) / 2 ** fractionBits;
        const exponent = (bits >> fractionBits) & (2 ** exponentBits - 1);
        const sign = bits & 0x8000 ? -1 : 1;
        if (exponent === 2 ** exponentBits - 1) {
          return !Object.is(value, fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY);
        }
        const size = exponent === 0 ? fraction * 2 ** (1 - bias) : (1 + fraction) * 2 ** (exponent - bias);
        return !Object.is(value, sign * size);
      });
      expect(wrong, dtype).toBe(-1);
    }
  });

  it("shares the file's memory where values are aligned, and copies where not", () => {
    const file = encodeSafetensors(
      new Map([["x", { dtype: "F32", shape: [2], values: Float32Array.of(1, 2) }]]),
    );
    expect(parseSafetensors(file).tensors.get("x")!.values.buffer).toBe(file.buffer);
    const moved = new Uint8Array(file.length + 1);
    moved.set(file, 1);
    const { values } = parseSafetensors(moved.subarray(1)).tensors.get("x")!;
    expect(values.buffer).not.toBe(moved.buffer);
    expect([...values]).toEqual([1, 2]);
  });

  it("takes an empty file of tensors, white space around the header, an empty tensor and a single number", () => {
    expect(parseSafetensors(fileWith("{}"))).toEqual({ tensors: new Map(), metadata: {} });
    expect(parseSafetensors(fileWith("\t\n{}\r ")).tensors.size).toBe(0);
    const header = `{"e":${entry("F32", [2, 0], [0, 0])},"s":${entry("U8", [], [0, 1])}}`;
    const { tensors } = parseSafetensors(fileWith(header, 1));
    expect(tensors.get("e")!.values).toHaveLength(0);
    expect(tensors.get("s")).toEqual({ dtype: "U8", shape: [], values: Uint8Array.of(0) });
  });

  it("keeps names that mean something in JavaScript", () => {
    const header = `{"__proto__":${entry("U8", [1], [0, 1])},"1":${entry("U8", [1], [1, 2])},"__metadata__":{"__proto__":"x"}}`;
    const { tensors, metadata } = parseSafetensors(fileWith(header, 2));
    expect([...tensors.keys()]).toEqual(["__proto__", "1"]);
    expect(Object.entries(metadata)).toEqual([["__proto__", "x"]]);
  });

  const good = entry("F32", [2], [0, 8]);
  it.each<[string, Uint8Array, string, RegExp]>([
    ["no bytes", new Uint8Array(0), "header", /is 0 bytes long/],
    ["7 bytes", new Uint8Array(7), "header", /is 7 bytes long/],
    [
      "a header past the end",
      fileWith("{}", 0, 3),
      "header",
      /header of 3 bytes, and the file ends at byte 10/,
    ],
    ["a header over 100 MB", fileWith("{}", 0, 100_000_001), "header", /100000001 bytes; the format allows/],
    ["a header of 2^64 - 1", fileWith("{}", 0, 2n ** 64n - 1n), "header", /18446744073709551615 bytes/],
    [
      "a pickle",
      new TextEncoder().encode("PK\u0003\u0004 archive/data.pkl"),
      "header",
      /Turn \.pt and \.pth/,
    ],
    ["no UTF-8", fileWith(Uint8Array.of(0xff)), "header", /not whole JSON in UTF-8/],
    ["a byte order mark", fileWith("\ufeff{}"), "header", /not whole JSON/],
    ["half a header", fileWith("{"), "header", /not whole JSON/],
    ["no header", fileWith(""), "header", /not whole JSON/],
    ["a list", fileWith("[]"), "header", /not a JSON object/],
    ["metadata that is not texts", fileWith('{"__metadata__":{"a":1}}'), "__metadata__", /names to texts/],
    ["a name that stands twice", fileWith(`{"x":${good},"\\u0078":${good}}`, 8), "x", /"x" stands twice/],
    [
      "a field that stands twice",
      fileWith(`{"x":${good.replace("}", ',"shape":[1]}')}}`, 8),
      "shape",
      /twice/,
    ],
    [
      "an unknown dtype",
      fileWith(`{"x":${entry("F8_E4M3", [2], [0, 2])}}`, 2),
      "x",
      /dtype "F8_E4M3"; expected/,
    ],
    [
      "a dtype named like a method",
      fileWith(`{"x":${entry("toString", [2], [0, 2])}}`, 2),
      "x",
      /dtype "toString"/,
    ],
    ["no shape", fileWith(`{"x":{"dtype":"F32","data_offsets":[0,4]}}`, 4), "x", /shape undefined/],
    ["a negative extent", fileWith(`{"x":${entry("F32", [-1, -2], [0, 8])}}`, 8), "x", /shape \[-1,-2\]/],
    ["an extent of a half", fileWith(`{"x":${entry("F32", [0.5, 4], [0, 8])}}`, 8), "x", /shape \[0\.5,4\]/],
    ["a shape that overflows", fileWith(`{"x":${entry("F32", [2, 2 ** 52], [0, 8])}}`, 8), "x", /overflows/],
    [
      "offsets in the wrong order",
      fileWith(`{"x":${entry("F32", [2], [8, 0])}}`, 8),
      "x",
      /data_offsets \[8,0\]/,
    ],
    ["one offset", fileWith(`{"x":${entry("F32", [2], [8])}}`, 8), "x", /data_offsets \[8\]/],
    ["a hole before", fileWith(`{"x":${entry("F32", [1], [4, 8])}}`, 8), "x", /byte 4 .* leaves a hole/],
    [
      "an overlap",
      fileWith(`{"x":${good},"y":${entry("F32", [1], [4, 8])}}`, 8),
      "y",
      /overlaps.*expected byte 8/,
    ],
    ["the same data twice", fileWith(`{"x":${good},"y":${good}}`, 8), "y", /overlaps/],
    [
      "too few bytes for the shape",
      fileWith(`{"x":${entry("F32", [2], [0, 4])}}`, 4),
      "x",
      /has 4 .* needs 8/,
    ],
    ["a file that is cut off", fileWith(`{"x":${good}}`, 7), "x", /has 7 bytes: the file is cut off/],
    ["bytes after the last tensor", fileWith(`{"x":${good}}`, 9), "data", /1 bytes after the last tensor/],
    ["a tensor that is a number", fileWith('{"x":1}'), "x", /no dtype, shape and data_offsets/],
  ])("refuses %s, and says which tensor or byte", (_, file, subject, message) => {
    const error = caught(() => parseSafetensors(file, "w.safetensors"));
    expect(error.subject).toBe(subject);
    expect(error.message).toMatch(message);
    expect(error.message).toMatch(/^w\.safetensors: /);
  });

  it("never fails with anything but a ModelError, nor reads outside, whatever bytes change", () => {
    const edit = fc.tuple(fc.nat(bytes.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 6 }), fc.nat(bytes.length), (edits, length) => {
        // Inside a larger buffer, whose other bytes no value may show.
        const around = new Uint8Array(bytes.length + 64).fill(0xa5);
        around.set(bytes, 32);
        for (const [at, value] of edits) around[32 + at] = value;
        const file = around.subarray(32, 32 + (length % 4 === 0 ? length : bytes.length));
        checkReading(file);
      }),
      { numRuns: 3000, seed: 5 },
    );
  });

  it("never fails with anything but a ModelError, whatever the header says", () => {
    const number = fc.oneof(fc.nat(40), fc.constantFrom(-1, -0, 0.5, 2 ** 53, 1e300, null, "4"));
    const info = fc.record(
      {
        dtype: fc.oneof(fc.constantFrom("F32", "U8", "F16", "I64", "BOOL", "constructor"), fc.jsonValue()),
        shape: fc.oneof(fc.array(number, { maxLength: 4 }), fc.jsonValue()),
        data_offsets: fc.oneof(fc.tuple(number, number), fc.jsonValue()),
      },
      { requiredKeys: [] },
    );
    const header = fc.oneof(
      fc.dictionary(fc.string(), fc.oneof({ weight: 5, arbitrary: info }, fc.jsonValue())),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(header, fc.nat(64), (json, dataBytes) => {
        checkReading(fileWith(JSON.stringify(json), dataBytes));
      }),
      { numRuns: 1000, seed: 6 },
    );
  });
});

function checkReading(file: Uint8Array): void {
  let tensors: ReadonlyMap<string, Safetensor>;
  try {
    ({ tensors } = parseSafetensors(file));
  } catch (error) {
    if (isRadiolucentError(error, "model")) return;
    throw error;
  }
  for (const { values, shape } of tensors.values()) {
    expect(values.length).toBe(shape.reduce((product, extent) => product * extent, 1));
    if (values.buffer !== file.buffer) continue;
    expect(values.byteOffset).toBeGreaterThanOrEqual(file.byteOffset);
    expect(values.byteOffset + values.byteLength).toBeLessThanOrEqual(file.byteOffset + file.byteLength);
  }
}

describe("encodeSafetensors", () => {
  it("gives the reference writer's bytes: wider dtypes first, then by name in UTF-8, header padded to 8", () => {
    const { tensors, metadata } = parseSafetensors(fileOf(fixture.canonical));
    const backwards = [...(tensors as ReadonlyMap<string, WritableSafetensor>)].reverse();
    const swapped = Object.fromEntries(Object.entries(metadata).reverse());
    expect(Buffer.from(encodeSafetensors(new Map(backwards), swapped)).toString("base64")).toBe(
      fixture.canonical,
    );
    const empty = encodeSafetensors(new Map());
    expect([...empty]).toEqual([8, 0, 0, 0, 0, 0, 0, 0, ...Buffer.from("{}      ")]);
  });

  it("gives back what was written, bit by bit", () => {
    const tensor = fc
      .tuple(
        fc.array(fc.nat(4), { maxLength: 3 }),
        fc.constantFrom("F32", "F64", "I32", "U8", "I64", "BOOL"),
        fc.nat(),
      )
      .map(([shape, dtype, seed]) => {
        const size = shape.reduce((product, extent) => product * extent, 1);
        const classes = {
          F32: Float32Array,
          F64: Float64Array,
          I32: Int32Array,
          U8: Uint8Array,
          I64: BigInt64Array,
          BOOL: Uint8Array,
        };
        const Values = classes[dtype as keyof typeof classes];
        const bits = Uint8Array.from({ length: size * Values.BYTES_PER_ELEMENT }, (_, i) => (i + 1) * seed);
        return { dtype, shape, values: new Values(bits.buffer) } as WritableSafetensor;
      });
    const name = fc.string({ unit: "grapheme" }).filter((text) => text !== "__metadata__");
    fc.assert(
      fc.property(
        fc.array(fc.tuple(name, tensor), { maxLength: 6 }),
        fc.dictionary(name, fc.string({ unit: "grapheme" })),
        (list, metadata) => {
          const tensors = new Map(list);
          const file = encodeSafetensors(tensors, metadata);
          const read = parseSafetensors(file);
          expect(Object.entries(read.metadata).sort()).toEqual(Object.entries(metadata).sort());
          expect(read.tensors.size).toBe(tensors.size);
          for (const [key, { dtype, shape, values }] of tensors) {
            const found = read.tensors.get(key)!;
            expect([found.dtype, found.shape]).toEqual([dtype, shape]);
            expect(found.values.buffer).toBe(file.buffer);
            const { buffer, byteOffset, byteLength } = found.values;
            expect(new Uint8Array(buffer, byteOffset, byteLength)).toEqual(new Uint8Array(values.buffer));
          }
        },
      ),
      { numRuns: 300, seed: 7 },
    );
  });

  it("names the tensor that cannot be written", () => {
    const write = (name: string, tensor: unknown) => () =>
      encodeSafetensors(new Map([[name, tensor as WritableSafetensor]]));
    const values = Float32Array.of(1, 2);
    expect(write("x", { dtype: "F32", shape: [3], values })).toThrow(
      /tensors: "x" has 2 values for shape \[3\]/,
    );
    expect(write("x", { dtype: "F32", shape: [-1, -2], values })).toThrow(/for shape \[-1,-2\]/);
    expect(write("x", { dtype: "F64", shape: [2], values })).toThrow(
      /"x" has values in another array than Float64Array/,
    );
    expect(write("x", { dtype: "F16", shape: [2], values })).toThrow(
      /dtype F16, which is not written; write F32/,
    );
    expect(write("__metadata__", { dtype: "F32", shape: [2], values })).toThrow(/keeps for metadata/);
    expect(write("\ud800", { dtype: "F32", shape: [2], values })).toThrow(/half a surrogate pair/);
    expect(() => encodeSafetensors(new Map(), { a: 1 as unknown as string })).toThrow(
      /metadata: "a" is number/,
    );
  });
});
