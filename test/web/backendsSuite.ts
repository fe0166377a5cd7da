import { expect, test } from "vitest";
import { startChromium } from "./chromium.js";
import { expectedOf } from "./expected.js";
import { patient, pngFile } from "./films.js";
import { shippedModel } from "./shippedModel.js";
import type { Stage } from "./site.js";
import { choose, classified, furthest, opened, results } from "./visit.js";

// Chromium imitates graphics cards in software. Their sums have another order, and half precision is allowed in places.
const backends = {
  webgl: { flags: ["--use-angle=swiftshader", "--enable-unsafe-swiftshader"], bound: 1e-2 },
  webgpu: { flags: ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"], bound: 1e-2 },
  cpu: { flags: [], bound: 1e-4 },
} as const;

/** Compiling the programs of an imitated graphics card takes long on a busy machine; this is how long it may take. */
const patience = 60_000;

export function backendsSuite(stage: () => Stage): void {
  test.for(Object.entries(backends))(
    "on %s the probabilities are those of the library in Node",
    { timeout: 2 * patience },
    async ([backend, { flags, bound }], { skip }) => {
      const film = await pngFile("backend.png", patient(14, ["Effusion"]));
      const browser = await startChromium(...flags);
      try {
        const at = await opened(browser, `${stage().url}?backend=${backend}`);
        await at.page.locator("#backend-in-use:not(:empty)[data-backend]").waitFor();
        expect(await at.page.locator("#backend-in-use").getAttribute("data-backend")).toBe(backend);
        const end = Date.now() + patience;
        while ((await at.page.locator("body").getAttribute("data-ready")) !== "true") {
          expect(await at.page.locator("#errors li").allTextContents()).toEqual([]);
          if (Date.now() > end)
            skip(`Chromium's imitated ${backend} is not ready within ${patience / 1000} s here`);
          await at.page.waitForTimeout(200);
        }
        await choose(at.page, [film]);
        await classified(at.page, film.name);
        const { probabilities } = await expectedOf(shippedModel, film);
        expect(furthest(await results(at.page), probabilities)).toBeLessThan(bound);
        expect(at.faults).toEqual([]);
      } finally {
        await browser.close();
      }
    },
  );
}
