import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ndarray from "ndarray";
import { describe, expect, it } from "vitest";
import { readDicom } from "../../src/dicom/readDicom.js";
import { isRadiolucentError } from "../../src/errors.js";
import { decodeImage } from "../../src/io/decodeImage.js";
import { encodePng } from "../../src/io/encodePng.js";
import { sharedData } from "../shared-data.js";

interface Fixture {
  readonly cases: readonly {
    readonly name: string;
    readonly file: string;
    readonly shape: readonly number[];
    readonly high: number;
    readonly pixels: readonly number[];
  }[];
  readonly real: Readonly<Record<string, readonly [height: number, width: number, sha256: string]>>;
}

const fixture = JSON.parse(
  readFileSync(new URL("../fixtures/decodedImages.json", import.meta.url), "utf8"),
) as Fixture;
const bytesOf = (name: string) =>
  Buffer.from(fixture.cases.find((each) => each.name === name)!.file, "base64");
const missing = sharedData === undefined ? " (skipped: ../shared/data is absent)" : "";

async function problemOf(source: string | Uint8Array): Promise<string> {
  const error = await decodeImage(source).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (isRadiolucentError(error, "image")) return error.problem;
  throw error ?? new Error("no error was thrown");
}

describe("decodeImage", () => {
  it.each(fixture.cases)("$name: Pillow's pixels, exactly", async ({ file, shape, high, pixels }) => {
    const image = await decodeImage(Buffer.from(file, "base64"));
    expect(image.pixels.shape).toEqual(shape);
    expect(image.range).toEqual([0, high]);
    expect(image.pixels.data).toBeInstanceOf(high === 65535 ? Uint16Array : Uint8Array);
    expect(Array.from(image.pixels.data)).toEqual(pixels);
  });

  it.each(["8-bit grey PNG", "16-bit grey PNG", "palette PNG", "RGB JPEG, 4:2:0", "progressive grey JPEG"])(
    "%s cut anywhere in its head or pixels: never decoded",
    async (name) => {
      const whole = bytesOf(name);
      const pixelsEnd = name.includes("PNG") ? whole.length - 12 : whole.length;
      for (let end = 0; end < pixelsEnd; end += 3) {
        const kinds = end === 0 ? ["empty"] : end < 8 ? ["not-an-image", "truncated"] : ["truncated"];
        expect(kinds).toContain(await problemOf(whole.subarray(0, end)));
      }
    },
  );

  it("a PNG with any byte of its pixels changed: never decoded", async () => {
    const whole = bytesOf("8-bit grey PNG");
    const start = whole.indexOf("IDAT");
    for (let at = start; at < whole.length - 12; at++) {
      const damaged = Buffer.from(whole);
      damaged[at]! ^= 0x10;
      expect(await problemOf(damaged)).toBe("truncated");
    }
  });

  it("names the file and the kind of fault", async () => {
    expect(await problemOf("no/such/file.png")).toBe("missing");
    await expect(decodeImage("no/such/file.png")).rejects.toThrow("no/such/file.png: there is no such file");
    await expect(decodeImage(new Uint8Array(), { file: "a.png" })).rejects.toThrow(
      "a.png: the file holds no bytes",
    );
    expect(await problemOf(Buffer.from("GIF89a"))).toBe("unsupported");
    expect(await problemOf(Buffer.from("II*\0........"))).toBe("unsupported");
    expect(await problemOf(Buffer.from("RIFF....WEBPVP8 "))).toBe("unsupported");
    expect(await problemOf(Buffer.from("<svg xmlns='http://www.w3.org/2000/svg'/>"))).toBe("not-an-image");
  });

  it("leaves errors that say nothing of the image as they are", async () => {
    await expect(decodeImage(import.meta.dirname)).rejects.toMatchObject({ code: "EISDIR" });
  });
});

describe("encodePng", () => {
  it("gives a PNG whose grey pixels come back exactly", async () => {
    const pixels = ndarray(
      Uint8Array.from({ length: 256 }, (_, i) => i),
      [8, 32],
    );
    const image = await decodeImage(await encodePng(pixels));
    expect(image.pixels.shape).toEqual([8, 32]);
    expect(Array.from(image.pixels.data)).toEqual(Array.from(pixels.data));
  });

  it("gives a PNG whose colours come back as their luminance, also from a transposed array", async () => {
    const colours = ndarray(Uint8Array.of(255, 0, 0, 0, 255, 0, 0, 0, 255, 10, 20, 30), [2, 2, 3]);
    const image = await decodeImage(await encodePng(colours.transpose(1, 0, 2)));
    // round(.299 R + .587 G + .114 B); rows and columns swapped
    expect(Array.from(image.pixels.data)).toEqual([76, 29, 150, 18]);
  });

  it.each([[[0, 4]], [[2, 2, 4]], [[2]], [[1, 2, 3, 1]]])("refuses the shape %j", async (shape) => {
    const size = shape.reduce((product, extent) => product * extent, 1);
    await expect(encodePng(ndarray(new Uint8Array(size), shape))).rejects.toThrow(
      `pixels: has shape [${shape}]`,
    );
  });
});

describe("decodeImage of DICOM", () => {
  const folder = new URL("../fixtures/dicom/", import.meta.url);

  it("gives readDicom's picture, whatever the file is called", async () => {
    const path = new URL("grey12-jpegls.dcm", folder);
    const { image } = await readDicom(readFileSync(path));
    expect(image.range).toEqual([0, 1]);
    expect(await decodeImage(fileURLToPath(path))).toEqual(image);
    expect(await decodeImage(readFileSync(path))).toEqual(image);
  });

  it("names the file in errors", async () => {
    const half = readFileSync(new URL("grey12-jpegls.dcm", folder)).subarray(0, 900);
    await expect(decodeImage(half, { file: "a.dcm" })).rejects.toMatchObject({
      file: "a.dcm",
      problem: "truncated",
      tag: "(7FE0,0010)",
    });
  });
});

describe.skipIf(sharedData === undefined)(`decodeImage on real files${missing}`, () => {
  it.each(Object.entries(fixture.real))(
    "%s: Pillow's pixels, exactly",
    async (path, [height, width, sha256]) => {
      const { pixels } = await decodeImage(join(sharedData!, path));
      expect(pixels.shape).toEqual([height, width]);
      const data = pixels.data as Uint8Array;
      expect(createHash("sha256").update(data).digest("hex")).toBe(sha256);
    },
  );

  it.each([
    ["half.png", "truncated"],
    ["empty.png", "empty"],
    ["text.png", "not-an-image"],
    ["half.dcm", "truncated"],
  ])("bad/%s: %s", async (name, problem) => {
    const path = join(sharedData!, "bad", name);
    expect(await problemOf(path)).toBe(problem);
    await expect(decodeImage(path)).rejects.toThrow(name);
  });
});
