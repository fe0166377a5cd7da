import { mkdirSync } from "node:fs";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import type { TestFile } from "./films.js";

/** A finding's row in the table of results. */
export interface Shown {
  readonly probability: number;
  readonly decision: string;
}

/** A visit to the page, with everything that went wrong in it. */
export interface Visit {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors and warnings on the console, uncaught errors, failed requests, requests to another host; in words. */
  readonly faults: string[];
  close(): Promise<void>;
}

/** Opens an address in a context of its own. */
export async function opened(
  browser: Browser,
  address: string,
  options: BrowserContextOptions = {},
): Promise<Visit> {
  const context = await browser.newContext({ acceptDownloads: true, ...options });
  const faults: string[] = [];
  const { origin } = new URL(address);
  context.on("request", (request) => {
    const { protocol, origin: asked } = new URL(request.url());
    if (protocol !== "data:" && asked !== origin) faults.push(`asked another host: ${request.url()}`);
  });
  context.on("requestfailed", (request) =>
    faults.push(`request failed: ${request.url()} ${request.failure()?.errorText}`),
  );
  context.on("response", (response) => {
    if (response.status() >= 400) faults.push(`${response.status()}: ${response.url()}`);
  });
  context.on("weberror", (error) => faults.push(`uncaught: ${error.error().message}`));
  context.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) faults.push(`${message.type()}: ${message.text()}`);
  });
  const page = await context.newPage();
  await page.goto(address);
  return { page, context, faults, close: () => context.close() };
}

/** Opens the page on WebAssembly in a context of its own, and waits until model and backend are ready. */
export async function visit(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<Visit> {
  const at = await opened(browser, `${url}?backend=wasm`, options);
  await ready(at.page);
  return at;
}

/** Waits until model and backend are ready. */
export async function ready(page: Page): Promise<void> {
  await page.locator('body[data-ready="true"]').waitFor({ state: "attached", timeout: 30_000 });
}

/** Waits until the page is kept for visits without a network, codecs included. */
export async function kept(page: Page): Promise<void> {
  await page
    .locator("#offline")
    .filter({ hasText: /ready.*compressed DICOM/i })
    .waitFor({ timeout: 30_000 });
}

/** Drops files on the page as a person does: a DataTransfer goes over the drop zone and is let go there. */
export async function drop(page: Page, files: readonly TestFile[]): Promise<void> {
  const given = files.map(({ name, bytes }) => ({ name, base64: Buffer.from(bytes).toString("base64") }));
  const transfer = await page.evaluateHandle((list) => {
    const data = new DataTransfer();
    for (const { name, base64 } of list) {
      const content = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      data.items.add(new File([content], name));
    }
    return data;
  }, given);
  for (const event of ["dragenter", "dragover", "drop"]) {
    await page.locator("#drop").dispatchEvent(event, { dataTransfer: transfer });
  }
  await transfer.dispose();
}

/** Chooses files in the page's file input. */
export async function choose(page: Page, files: readonly TestFile[], input = "#files"): Promise<void> {
  const payload = files.map(({ name, bytes }) => ({
    name,
    mimeType: "application/octet-stream",
    buffer: Buffer.from(bytes),
  }));
  await page.locator(input).setInputFiles(payload);
}

/** Waits until the page is done with films, whether they could be read or not. */
export async function classified(page: Page, ...names: readonly string[]): Promise<void> {
  for (const name of names) {
    const row = page.locator(`#batch tr[data-file="${name}"]:not([data-status="waiting"])`);
    await row.waitFor({ state: "attached", timeout: 20_000 });
  }
  await told(page, /^Done/);
}

/** Waits until the page's status says so. */
export async function told(page: Page, text: RegExp): Promise<void> {
  await page.locator("#status").filter({ hasText: text }).waitFor({ timeout: 20_000 });
}

/** What the page says of files or models that it can't read. */
export async function complaints(page: Page): Promise<string[]> {
  return await page.locator("#errors li").allTextContents();
}

/** The table of results: probabilities and decisions by finding. */
export async function results(page: Page): Promise<Record<string, Shown>> {
  return await page
    .locator("#results tr[data-finding]")
    .evaluateAll((rows) =>
      Object.fromEntries(
        (rows as HTMLElement[]).map(({ dataset }) => [
          dataset.finding!,
          { probability: Number(dataset.probability), decision: dataset.decision! },
        ]),
      ),
    );
}

/** Greatest difference between the page's probabilities and others; Infinity where the findings differ. */
export function furthest(shown: Record<string, Shown>, expected: Readonly<Record<string, number>>): number {
  if (Object.keys(shown).join() !== Object.keys(expected).join()) return Number.POSITIVE_INFINITY;
  return Math.max(
    ...Object.entries(expected).map(([finding, value]) => Math.abs(shown[finding]!.probability - value)),
  );
}

/** A canvas's pixels: red, green, blue, opacity. */
export async function pixels(page: Page, canvas: string): Promise<Uint8ClampedArray> {
  // Read from a copy: reading a canvas itself often makes Chromium warn.
  const base64 = await page.locator(canvas).evaluate((element) => {
    const { width, height } = element as HTMLCanvasElement;
    const copy = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true })!;
    copy.drawImage(element as HTMLCanvasElement, 0, 0);
    const { data } = copy.getImageData(0, 0, width, height);
    let text = "";
    for (let i = 0; i < data.length; i += 8192) text += String.fromCharCode(...data.subarray(i, i + 8192));
    return btoa(text);
  });
  return new Uint8ClampedArray(Buffer.from(base64, "base64"));
}

/** Moves a slider, as an arrow key does. */
export async function slide(page: Page, slider: string, value: number): Promise<void> {
  await page.locator(slider).evaluate((element, to) => {
    (element as HTMLInputElement).value = String(to);
    element.dispatchEvent(new Event("input", { bubbles: true }));
    element.dispatchEvent(new Event("change", { bubbles: true }));
  }, value);
}

/** A picture of the whole page in runs/web-screenshots, for people to look at. */
export async function screenshot(page: Page, name: string): Promise<void> {
  mkdirSync("runs/web-screenshots", { recursive: true });
  await page.screenshot({ path: `runs/web-screenshots/${name}.png`, fullPage: true });
}
