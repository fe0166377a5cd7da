import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { BrowserContext } from "playwright-core";
import { describe, expect, test } from "vitest";
import { sharedData } from "../shared-data.js";
import { dicomFile, patient } from "./films.js";
import type { Stage } from "./site.js";
import { choose, classified, complaints, kept, ready, results, screenshot, told, visit } from "./visit.js";

export function networkSuite(stage: () => Stage): void {
  test("the first load is below 6 MB, of which the model is below 3 MB", async () => {
    const context = await stage().browser.newContext({ serviceWorkers: "block" });
    try {
      const bytes = await loadedBytes(context, stage());
      const total = sum(Object.values(bytes));
      const model = sum(
        Object.entries(bytes).flatMap(([path, size]) => (path.includes("models/") ? [size] : [])),
      );
      const listed = JSON.stringify(bytes, null, 1);
      expect(model, listed).toBeGreaterThan(1e5);
      expect(model, listed).toBeLessThan(3e6);
      expect(total, listed).toBeLessThan(6e6);
    } finally {
      await context.close();
    }
  });

  test("the browser itself keeps the page from asking any other host", async () => {
    const at = await visit(stage().browser, stage().url);
    try {
      const refused = await at.page.evaluate(async () => {
        const violation = new Promise<string>((resolve) =>
          document.addEventListener("securitypolicyviolation", (event) => resolve(event.effectiveDirective)),
        );
        const answer = await fetch("https://example.org/").then(
          () => "answered",
          () => "refused",
        );
        return [answer, await violation];
      });
      expect(refused).toEqual(["refused", "connect-src"]);
    } finally {
      await at.close();
    }
  });

  describe("after the first visit", () => {
    test("everything works without a network and without the server: backend, model, films, codecs, maps", async () => {
      const server = await stage().site.serve();
      const at = await visit(stage().browser, server.url);
      try {
        await kept(at.page);
        await server.close();
        await at.context.setOffline(true);
        await at.page.reload();
        await ready(at.page);
        await at.page.locator("#synthetic").click();
        await told(at.page, /^Done/);
        expect(Object.keys(await results(at.page))).toContain("Effusion");
        await at.page.locator('#results tr[data-finding="Effusion"] button').click();
        await told(at.page, /Effusion/);
        const plain = dicomFile("plain.dcm", patient(15));
        await choose(at.page, [plain]);
        await classified(at.page, plain.name);
        if (sharedData) {
          const name = "c64d5667-a776-4f95-9e21-bfabafb07740.dcm"; // JPEG inside
          await choose(at.page, [{ name, bytes: await readFile(join(sharedData, "dicom", name)) }]);
          await classified(at.page, name);
        }
        expect(await complaints(at.page)).toEqual([]);
        expect(Object.keys(await results(at.page))).toContain("Effusion");
        await screenshot(at.page, "offline");
        expect(at.faults).toEqual([]);
      } finally {
        await at.close();
        await server.close();
      }
    });
  });
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/** Bytes of all files that the browser asks for until the page is ready, by path. */
async function loadedBytes(context: BrowserContext, { site, url }: Stage): Promise<Record<string, number>> {
  const page = await context.newPage();
  const paths = new Set<string>();
  page.on("response", (response) => paths.add(response.url().slice(url.length) || "index.html"));
  await page.goto(url);
  await ready(page);
  expect([...paths].filter((path) => site.files[path] === undefined)).toEqual([]);
  return Object.fromEntries([...paths].map((path) => [path, site.files[path]!]));
}
