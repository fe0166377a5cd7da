import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { patient, pngFile, textFile } from "./films.js";
import type { Stage } from "./site.js";
import { choose, classified, results, screenshot, told, type Visit, visit } from "./visit.js";

const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

export function accessibleSuite(stage: () => Stage): void {
  const widths = { wide: { width: 1280, height: 900 }, phone: { width: 360, height: 740 } };
  describe.each(Object.entries(widths))("%s", (name, viewport) => {
    let at: Visit;
    beforeAll(async () => {
      at = await visit(stage().browser, stage().url, { viewport });
    });
    afterAll(() => at?.close());

    test.each(["light", "dark"] as const)(
      "axe finds nothing serious before the first film, %s",
      async (colorScheme) => {
        await at.page.emulateMedia({ colorScheme });
        await screenshot(at.page, `${name}-${colorScheme}-empty`);
        expect(await seriousFindings(at.page)).toEqual([]);
      },
    );

    test("axe finds nothing serious with results, a map, an error and a batch, light and dark", async () => {
      const films = [
        await pngFile("a.png", patient(12, ["Effusion"])),
        await pngFile("b.png", patient(13)),
        textFile("c.png"),
      ];
      await choose(at.page, films);
      await classified(at.page, "a.png", "b.png", "c.png");
      await at.page.locator("#lungs").check();
      await at.page.locator("#results button").nth(1).click();
      await at.page.locator("#overlay canvas:not([hidden])").waitFor();
      for (const colorScheme of ["light", "dark"] as const) {
        await at.page.emulateMedia({ colorScheme });
        await screenshot(at.page, `${name}-${colorScheme}-results`);
        expect(await seriousFindings(at.page)).toEqual([]);
      }
    });

    test("nothing makes the page wider than the screen", async () => {
      const [content, screen] = await at.page.evaluate(() => [
        document.documentElement.scrollWidth,
        document.documentElement.clientWidth,
      ]);
      expect(content).toBeLessThanOrEqual(screen!);
    });

    test("nothing was said on the console, and no request failed", () => {
      expect(at.faults).toEqual([]);
    });
  });

  test("with the keyboard alone every control is reached, and a film is drawn, explained and opened", async () => {
    const at = await visit(stage().browser, stage().url);
    try {
      const { keyboard } = at.page;
      await tabTo(at.page, "synthetic");
      await keyboard.press("Enter");
      await told(at.page, /^Done/);

      const reached = await tabRound(at.page);
      const wanted = [
        "files",
        "synthetic",
        "window-center",
        "window-width",
        "opacity",
        "lungs",
        "window-reset",
        "csv",
        "model",
      ];
      expect([...reached]).toEqual(expect.arrayContaining([...wanted, "model-files", "backend"]));
      const findings = Object.keys(await results(at.page));
      expect(findings.filter((finding) => !reached.has(`explain ${finding}`))).toEqual([]);

      for (const [key, finding] of [
        ["Enter", findings[0]!],
        ["Space", findings[1]!],
      ] as const) {
        await tabTo(at.page, `explain ${finding}`);
        await keyboard.press(key);
        const button = at.page.locator(`#results tr[data-finding="${finding}"] button`);
        await at.page.locator(`#results tr[data-finding="${finding}"] button[aria-pressed="true"]`).waitFor();
        expect(await button.evaluate((element) => element === document.activeElement)).toBe(true);
      }

      await tabTo(at.page, "window-width");
      const before = await results(at.page);
      for (let i = 0; i < 3; i++) await keyboard.press("PageDown");
      await told(at.page, /window that you chose/);
      expect(await results(at.page)).not.toEqual(before);

      const [chooser] = await Promise.all([
        at.page.waitForEvent("filechooser"),
        tabTo(at.page, "files").then(() => keyboard.press("Enter")),
      ]);
      expect(chooser.isMultiple()).toBe(true);
      expect(at.faults).toEqual([]);
    } finally {
      await at.close();
    }
  });

  test("what has the focus can be seen", async () => {
    const at = await visit(stage().browser, stage().url);
    try {
      for (const id of ["files", "synthetic", "model"]) {
        await tabTo(at.page, id);
        const seen = await at.page.evaluate(() => {
          const active = document.activeElement!;
          const parts = [active, (active as HTMLInputElement).labels?.[0], active.closest("label")].filter(
            (part) => part != null,
          );
          return parts.some((part) => {
            const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(part);
            return (outlineStyle !== "none" && Number.parseFloat(outlineWidth) > 0) || boxShadow !== "none";
          });
        });
        expect(seen, id).toBe(true);
      }
    } finally {
      await at.close();
    }
  });
}

/** What axe-core finds that is serious or critical: rule and places. */
async function seriousFindings(page: Page): Promise<string[]> {
  await page.evaluate(await readFile(axe, "utf8"));
  const found = (await page.evaluate("axe.run()")) as AxeResults;
  return found.violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, help, nodes }) => `${id}: ${help} (${nodes.map(({ target }) => target).join(", ")})`);
}

/** What has the focus: its id, or "explain" and the finding of its row. */
const focused = (page: Page) =>
  page.evaluate(() => {
    const active = document.activeElement as HTMLElement;
    const finding = active.closest<HTMLElement>("tr[data-finding]")?.dataset.finding;
    return finding ? `explain ${finding}` : active.id;
  });

/** Presses Tab until something has the focus. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let i = 0; i < 80; i++) {
    if ((await focused(page)) === name) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`Tab does not reach ${name}`);
}

/** Presses Tab once round the page, and tells what had the focus. */
async function tabRound(page: Page): Promise<Set<string>> {
  const reached = new Set<string>();
  for (let i = 0; i < 60; i++) {
    await page.keyboard.press("Tab");
    reached.add(await focused(page));
  }
  return reached;
}
