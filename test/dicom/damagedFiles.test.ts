import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readDicom } from "../../src/dicom/readDicom.js";
import { readDicomHeader } from "../../src/dicom/readDicomHeader.js";
import { tags } from "../../src/dicom/tags.js";
import { ImageError, isRadiolucentError } from "../../src/errors.js";
import { bytesOf, frameOf, names, referenced, valueStart, withUint16 } from "./fixtures.js";

async function faultOf(bytes: Uint8Array): Promise<string> {
  const error: unknown = await readDicom(bytes, { file: "a.dcm" }).catch((reason: unknown) => reason);
  if (!(error instanceof ImageError)) throw error instanceof Error ? error : new Error("it was read");
  expect(error.message).toMatch(/^a\.dcm: /);
  return `${error.problem} ${error.tag ?? ""}`.trim();
}

const coded = [
  "grey8-baseline",
  "grey8-progressive",
  "grey12-extended",
  "grey12-lossless",
  "grey12-lossless-sv1",
  "grey12-jpegls",
  "grey12-jpegls-near",
  "grey12-j2k",
  "grey12-j2k-lossy",
  "grey12-htj2k",
  "rgb-jpegls-none",
  "rgb-j2k",
  "ybr422-baseline",
];

describe("a damaged file", () => {
  it.each(names)("%s cut short anywhere is an error that names the file", async (name) => {
    const whole = bytesOf(name);
    for (let length = 0; length < whole.length; length += 41) {
      expect(await faultOf(whole.subarray(0, length))).toMatch(/^(empty|not-an-image|truncated)/);
    }
  });

  it.each(coded)(
    "%s whose frame is cut short inside a whole file is an error, not half a picture",
    async (name) => {
      const whole = bytesOf(name);
      const { start, end } = frameOf(whole);
      for (const part of [0.5, 0.75, 0.9]) {
        const cut = start + 2 * Math.floor(((end - start) * part) / 2);
        const padding = whole.slice();
        padding.fill(0, cut, end);
        expect(await faultOf(padding)).toBe("truncated (7FE0,0010)");
        // As a careless repair would leave it: a short fragment with an end marker. A progressive JPEG may end after any scan.
        if (name === "grey8-progressive") continue;
        const mended = Buffer.concat([whole.subarray(0, cut), Buffer.from("ffd9feffdde000000000", "hex")]);
        mended.writeUInt32LE(cut + 2 - start, start - 4);
        expect(await faultOf(mended)).toBe("truncated (7FE0,0010)");
      }
    },
  );

  it("after a damaged frame the codecs decode as before", async () => {
    for (const name of coded) {
      const whole = bytesOf(name);
      const before = (await readDicom(whole)).storedPixels.data;
      const bytes = whole.slice();
      const { start, end } = frameOf(whole);
      bytes.fill(0x55, Math.floor((start + end) / 2), end - 2);
      await readDicom(bytes).catch((error: unknown) => expect(error).toBeInstanceOf(ImageError));
      const both = await Promise.all([readDicom(bytes).catch(() => undefined), readDicom(whole)]);
      expect(both[1].storedPixels.data).toEqual(before);
    }
  });

  it.each([
    ["a marker that dcmjs-codecs waits at for ever", "grey8-baseline", 3, [0x01]],
    [
      "tiles that lie outside the image, which OpenJPH counts to 2^32 for",
      "rgb-htj2k",
      32,
      [255, 255, 255, 255],
    ],
  ])("a frame with %s is an error, and soon", async (_, name, at, values) => {
    const bytes = bytesOf(name);
    bytes.set(values, frameOf(bytes).start + at);
    expect(await faultOf(bytes)).toBe("truncated (7FE0,0010)");
  });

  it("hundreds of damaged frames leave nothing behind that the next one meets", async () => {
    // Each leaves the codec's stack where it stopped, which a codec that went on in use would run out of.
    const whole = bytesOf("grey12-jpegls");
    const { storedPixels } = await readDicom(whole);
    const bytes = whole.slice();
    const { start, end } = frameOf(whole);
    bytes.fill(0, Math.floor((2 * start + end) / 3), end);
    bytes.set([0xff, 0xd9], end - 2);
    for (let i = 0; i < 333; i++) await readDicom(bytes).catch(() => undefined);
    expect((await readDicom(whole)).storedPixels.data).toEqual(storedPixels.data);
  });

  it.each([
    ["Rows 0", "grey12-explicit", { [tags.rows]: 0 }, "truncated (0028,0010)"],
    ["Columns 0", "grey12-explicit", { [tags.columns]: 0 }, "truncated (0028,0011)"],
    ["too many rows for its bytes", "grey12-explicit", { [tags.rows]: 14 }, "truncated (7FE0,0010)"],
    [
      "absurd sides",
      "grey12-explicit",
      { [tags.rows]: 65535, [tags.columns]: 65535 },
      "unsupported (0028,0010)",
    ],
    [
      "absurd sides of a frame",
      "grey12-j2k",
      { [tags.rows]: 65535, [tags.columns]: 65535 },
      "unsupported (0028,0010)",
    ],
    ["other sides than its frame", "grey12-j2k", { [tags.rows]: 14 }, "truncated (7FE0,0010)"],
    ["other sides than its run lengths", "grey12-rle", { [tags.rows]: 14 }, "truncated (7FE0,0010)"],
    ["Bits Allocated 12", "grey12-explicit", { [tags.bitsAllocated]: 12 }, "unsupported (0028,0100)"],
    [
      "Bits Allocated 8 for a frame of 12",
      "grey12-jpegls",
      { [tags.bitsAllocated]: 8 },
      "truncated (0028,0101)",
    ],
    ["Bits Stored 0", "grey12-explicit", { [tags.bitsStored]: 0 }, "truncated (0028,0101)"],
    ["Bits Stored 17", "grey12-explicit", { [tags.bitsStored]: 17 }, "truncated (0028,0101)"],
    ["High Bit below the stored bits", "grey12-explicit", { [tags.highBit]: 10 }, "truncated (0028,0102)"],
    ["High Bit above those allocated", "grey12-explicit", { [tags.highBit]: 16 }, "truncated (0028,0102)"],
    ["Pixel Representation 2", "grey12-explicit", { [tags.pixelRepresentation]: 2 }, "truncated (0028,0103)"],
    ["Samples per Pixel 2", "grey12-explicit", { [tags.samplesPerPixel]: 2 }, "unsupported (0028,0002)"],
    ["3 samples of grey", "grey12-explicit", { [tags.samplesPerPixel]: 3 }, "truncated (7FE0,0010)"],
    ["3 samples in a frame of 1", "grey12-jpegls", { [tags.samplesPerPixel]: 3 }, "truncated (7FE0,0010)"],
    ["signed colour", "rgb-explicit", { [tags.pixelRepresentation]: 1 }, "unsupported (0028,0103)"],
    [
      "unsigned where the frame is signed",
      "signed12-htj2k",
      { [tags.pixelRepresentation]: 0 },
      "unsupported (0028,0103)",
    ],
    ["window width 0", "window-width-0", {}, "unsupported (0028,1051)"],
    ["32 bits in big endian", "grey32-big-endian", {}, "unsupported (0028,0100)"],
  ])("with %s says so", async (_, name, changes, fault) => {
    expect(await faultOf(withUint16(name, changes))).toBe(fault);
  });

  it.each([
    [tags.photometricInterpretation, "HSV        ", "unsupported (0028,0004)"],
    [tags.photometricInterpretation, "RGB        ", "unsupported (0028,0004)"],
    [tags.photometricInterpretation, "           ", "not-an-image (0028,0004)"],
    [tags.windowWidth, "wide", "unsupported (0028,1051)"],
    [tags.windowWidth, "1\\2 ", "unsupported (0028,1051)"],
    [tags.transferSyntax, "1.2.840.10008.1.2.9", "unsupported (0002,0010)"],
  ])("with other text in an element says so", async (tag, text, fault) => {
    const bytes = bytesOf("grey12-explicit");
    bytes.set(Buffer.from(text), valueStart(bytes, tag));
    expect(await faultOf(bytes)).toBe(fault);
  });

  it("with as much data left over as a frame has says so", async () => {
    const whole = withUint16("grey12-explicit", { [tags.rows]: 6 });
    expect(await faultOf(whole)).toBe("truncated (7FE0,0010)");
  });

  it("with sequences in sequences without end says so, and soon", async () => {
    const whole = Buffer.from(bytesOf("grey12-explicit"));
    const meta = whole.indexOf(Buffer.from("08001600", "hex"));
    const deep = Buffer.from("4000750253510000fffffffffeff00e0ffffffff", "hex");
    const nested = Buffer.concat([whole.subarray(0, meta), ...Array.from({ length: 20_000 }, () => deep)]);
    expect(await faultOf(nested)).toBe("unsupported (0040,0275)");
  });

  it("with an absurd number of frames says so before it takes memory", async () => {
    const bytes = bytesOf("frames-baseline");
    bytes.set(Buffer.from("99"), valueStart(bytes, tags.numberOfFrames));
    expect(await faultOf(bytes)).toBe("truncated (7FE0,0010)");
    bytes.set(Buffer.from("-1"), valueStart(bytes, tags.numberOfFrames));
    expect(await faultOf(bytes)).toBe("truncated (0028,0008)");
  });

  it("that is something else is no DICOM image", async () => {
    expect(await faultOf(new Uint8Array())).toBe("empty");
    expect(await faultOf(new Uint8Array(4000))).toBe("not-an-image");
    expect(await faultOf(Buffer.from("\x89PNG\r\n\x1a\n and so on"))).toBe("not-an-image");
    expect(await faultOf(Buffer.from("<!doctype html><title>404</title>"))).toBe("not-an-image");
  });

  it("window and frame that are not there are arguments at fault", async () => {
    const bytes = bytesOf("two-windows");
    for (const [options, argument] of [
      [{ window: 2 }, "options.window"],
      [{ window: -1 }, "options.window"],
      [{ window: { center: 0, width: 0 } }, "options.window"],
      [{ frame: 1 }, "options.frame"],
      [{ frame: 0.5 }, "options.frame"],
    ] as const) {
      await expect(readDicom(bytes, options)).rejects.toMatchObject({ code: "argument", argument });
    }
  });

  it("codecs that are none are an argument at fault, and only compressed files ask for them", async () => {
    const codecs = new Uint8Array([0, 1, 2]);
    await expect(readDicom(bytesOf("grey12-j2k"), { codecs })).rejects.toMatchObject({
      argument: "options.codecs",
    });
    expect((await readDicom(bytesOf("grey12-rle"), { codecs })).rows).toBe(13);
    expect((await readDicom(bytesOf("grey12-j2k"))).rows).toBe(13);
  });
});

describe("any change of any file", () => {
  const change = fc.record({
    name: fc.constantFrom(...referenced),
    cut: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { freq: 4 }),
    edits: fc.array(
      fc.record({
        at: fc.double({ min: 0, max: 0.9999, noNaN: true }),
        byte: fc.integer({ min: 0, max: 255 }),
      }),
      { maxLength: 12 },
    ),
  });

  it("gives an image of the header's shape within its range, or one of the library's errors", async () => {
    await fc.assert(
      fc.asyncProperty(change, async ({ name, cut, edits }) => {
        const bytes = bytesOf(name);
        for (const { at, byte } of edits) bytes[Math.floor(at * bytes.length)] = byte;
        const given = cut === null ? bytes : bytes.subarray(0, Math.floor(cut * bytes.length));
        try {
          const { storedPixels, pixels, range, ...header } = await readDicom(given);
          const { rows, columns, frames, samplesPerPixel: samples } = header;
          const plain = frames === 1 && samples === 1;
          expect(storedPixels.shape).toEqual(plain ? [rows, columns] : [frames, rows, columns, samples]);
          expect(storedPixels.data.length).toBe(rows * columns * frames * samples);
          expect(pixels.shape).toEqual([rows, columns]);
          expect(pixels.data.every((value) => value >= range[0] && value <= range[1])).toBe(true);
        } catch (error) {
          if (!isRadiolucentError(error)) throw error;
        }
        try {
          readDicomHeader(given);
        } catch (error) {
          if (!isRadiolucentError(error, "image")) throw error;
        }
      }),
      { numRuns: 600 },
    );
  }, 60_000);
});
