import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sharedData } from "../shared-data.js";
import { expectedOf } from "./expected.js";
import { dicomFile, jpegFile, patient, pngFile, type TestFile, widePngFile } from "./films.js";
import { shippedModel } from "./shippedModel.js";
import type { Stage } from "./site.js";
import { choose, classified, drop, furthest, results, screenshot, type Visit, visit } from "./visit.js";

// The page runs the library's own code on the same weights; what is left is float32 sums in another order.
const lossless = 1e-4;
// Two JPEG decoders may round a pixel differently, and a browser's canvas holds eight bits of the sixteen of a PNG.
const lossy = 2e-3;

const study = patient(0, ["Effusion", "Cardiomegaly"]);

export function resultsSuite(stage: () => Stage): void {
  let at: Visit;
  beforeAll(async () => {
    at = await visit(stage().browser, stage().url);
  });
  afterAll(() => at?.close());

  test("a dropped PNG gets the probabilities that the library computes in Node", async () => {
    const film = await pngFile("dropped.png", study);
    await drop(at.page, [film]);
    await classified(at.page, film.name);
    const { probabilities } = await expectedOf(shippedModel, film);
    const shown = await results(at.page);
    expect(furthest(shown, probabilities), JSON.stringify({ shown, probabilities })).toBeLessThan(lossless);
    await screenshot(at.page, "result");
  });

  test("the same findings are decided present as were drawn", async () => {
    const present = Object.entries(await results(at.page)).filter(([, { decision }]) => decision === "above");
    expect(present.map(([finding]) => finding).sort()).toEqual([...study.findings].sort());
  });

  const kinds: Record<string, () => Promise<TestFile>> = {
    PNG: () => pngFile("chosen.png", patient(1, ["Nodule"])),
    "16-bit PNG": () => widePngFile("wide.png", patient(5, ["Cardiomegaly"])),
    DICOM: async () => dicomFile("chosen.dcm", patient(2, ["Pneumothorax"])),
    JPEG: () => jpegFile("chosen.jpg", patient(3, ["Effusion"])),
  };
  test.each(Object.entries(kinds))(
    "a chosen %s gets the probabilities that the library computes in Node",
    async (kind, make) => {
      const film = await make();
      await choose(at.page, [film]);
      await classified(at.page, film.name);
      const { probabilities } = await expectedOf(shippedModel, film);
      const shown = await results(at.page);
      const bound = kind === "JPEG" || kind === "16-bit PNG" ? lossy : lossless;
      expect(furthest(shown, probabilities), JSON.stringify({ shown, probabilities })).toBeLessThan(bound);
    },
  );

  test("on WASM a prediction at the model's size takes less than a second, at best of five", async () => {
    const times: number[] = [];
    for (let i = 0; i < 5; i++) {
      const name = `time-${i}.png`;
      await choose(at.page, [await pngFile(name, patient(4 + i))]);
      await classified(at.page, name);
      times.push(Number.parseFloat((await at.page.locator("#time").textContent())!));
    }
    expect(Math.min(...times), `${times} ms`).toBeGreaterThan(0);
    expect(Math.min(...times), `${times} ms`).toBeLessThan(1000);
  });

  describe.skipIf(sharedData === undefined)(
    sharedData ? "real films" : "real films (skipped: no ../shared/data)",
    () => {
      test.each([
        ["JPEG in DICOM", "dicom/1.2.276.0.7230010.3.1.4.8323329.6904.1517875201.850819.dcm", lossy],
        ["MONOCHROME1", "dicom/Fake_MONOHR1.dcm", lossy],
        ["PNG of 1024 pixels", "nih-1024/images/00000282_000.png", lossless],
        ["PNG with alpha", "nih-1024/images/00000100_000.png", lossless],
      ])("%s gets the probabilities that the library computes in Node", async (_, path, bound) => {
        const film = { name: path.split("/").at(-1)!, bytes: await readFile(join(sharedData!, path)) };
        await choose(at.page, [film]);
        await classified(at.page, film.name);
        const { probabilities } = await expectedOf(shippedModel, film);
        const shown = await results(at.page);
        expect(furthest(shown, probabilities), JSON.stringify({ shown, probabilities })).toBeLessThan(bound);
      });
    },
  );

  test("nothing was said on the console, nothing failed, and no other host was asked", () => {
    expect(at.faults).toEqual([]);
  });
}
