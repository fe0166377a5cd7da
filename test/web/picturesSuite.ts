import ndarray from "ndarray";
import { diceCoefficient, renderPhantom, resizeMask } from "radiolucent";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectedOf } from "./expected.js";
import { patient, pngFile } from "./films.js";
import { shippedModel } from "./shippedModel.js";
import type { Stage } from "./site.js";
import {
  choose,
  classified,
  furthest,
  pixels,
  results,
  screenshot,
  slide,
  told,
  type Visit,
  visit,
} from "./visit.js";

const size = 320;
const study = patient(8, ["Effusion"]);

export function picturesSuite(stage: () => Stage): void {
  let at: Visit;
  beforeAll(async () => {
    at = await visit(stage().browser, stage().url);
    await choose(at.page, [await pngFile("pictures.png", study, size)]);
    await classified(at.page, "pictures.png");
  });
  afterAll(() => at?.close());
  const button = (finding: string) =>
    at.page.locator(`#results tr[data-finding="${finding}"] button[aria-pressed]`);

  test("the film is drawn pixel for pixel", async () => {
    const drawn = await pixels(at.page, "#film canvas");
    const truth = renderPhantom(study, size).image.pixels.data;
    expect(drawn.length).toBe(4 * truth.length);
    let furthest = 0;
    for (let i = 0; i < truth.length; i++) furthest = Math.max(furthest, Math.abs(drawn[4 * i]! - truth[i]!));
    expect(furthest).toBeLessThanOrEqual(1);
  });

  test("a finding's button lays a map over the film, and takes it away again", async () => {
    expect(await button("Effusion").getAttribute("aria-pressed")).toBe("false");
    await button("Effusion").click();
    await at.page.locator("#overlay canvas:not([hidden])").waitFor();
    expect(await button("Effusion").getAttribute("aria-pressed")).toBe("true");
    const map = await pixels(at.page, "#overlay canvas");
    const opaque = map.filter((_, i) => i % 4 === 3 && map[i]! > 128).length;
    expect(opaque).toBeGreaterThan(50);
    expect(opaque).toBeLessThan(0.6 * size * size);
    await screenshot(at.page, "map");

    await button("Effusion").click();
    await at.page.locator("#overlay canvas").waitFor({ state: "hidden" });
  });

  test("the opacity slider changes how much of the map is seen", async () => {
    await button("Effusion").click();
    const overlay = at.page.locator("#overlay canvas");
    await overlay.waitFor();
    for (const opacity of [0.1, 0.9]) {
      await slide(at.page, "#opacity", opacity);
      expect(Number(await overlay.evaluate((canvas) => getComputedStyle(canvas).opacity))).toBeCloseTo(
        opacity,
      );
    }
    await button("Effusion").click();
    await overlay.waitFor({ state: "hidden" });
  });

  test("the lungs lie over the film where they are, and where the library finds them in Node", async () => {
    await at.page.locator("#lungs").check();
    await at.page.locator("#lung-overlay canvas:not([hidden])").waitFor();
    const veil = await pixels(at.page, "#lung-overlay canvas");
    const inside = Uint8Array.from({ length: size * size }, (_, i) => Number(veil[4 * i + 3]! > 0));
    const shown = ndarray(inside, [size, size]);
    const { lungs } = await expectedOf(shippedModel, await pngFile("pictures.png", study, size));
    expect(diceCoefficient(shown, renderPhantom(study, size).lungMask)).toBeGreaterThan(0.9);
    expect(diceCoefficient(shown, resizeMask(lungs!, size, size))).toBeGreaterThan(0.999);
    await screenshot(at.page, "lungs");
    await at.page.locator("#lungs").uncheck();
    await at.page.locator("#lung-overlay canvas").waitFor({ state: "hidden" });
  });

  test("the window's sliders change film and probabilities, and reset brings them back", async () => {
    const { probabilities } = await expectedOf(shippedModel, await pngFile("pictures.png", study, size));
    const [before, film] = [await results(at.page), await pixels(at.page, "#film canvas")];
    await slide(at.page, "#window-width", 60);
    await slide(at.page, "#window-center", 170);
    await told(at.page, /window that you chose/);
    const narrow = await results(at.page);
    expect(furthest(narrow, probabilities)).toBeGreaterThan(1e-3);
    expect(await pixels(at.page, "#film canvas")).not.toEqual(film);
    await screenshot(at.page, "window");

    await at.page.locator("#window-reset").click();
    await told(at.page, /^Done/);
    expect(await results(at.page)).toEqual(before);
    expect(await pixels(at.page, "#film canvas")).toEqual(film);
  });

  test("nothing was said on the console, and nothing failed", () => {
    expect(at.faults).toEqual([]);
  });
}
