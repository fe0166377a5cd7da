// The picture of the web page in README: a synthetic film, what speaks for a finding, and the lungs, as Chromium shows them.
//
//     npm run web:build && npx tsx docs/pictures/web.ts
import { chromium } from "playwright-core";
import sharp from "sharp";
import { preview } from "vite";

const server = await preview({ root: "examples/web", preview: { host: "127.0.0.1", port: 0, open: false } });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox"],
});
try {
  const page = await browser.newPage({ viewport: { width: 1180, height: 800 } });
  await page.goto(`${server.resolvedUrls!.local[0]}?backend=wasm`);
  await page.locator('body[data-ready="true"]').waitFor({ state: "attached" });
  await page.locator("#synthetic").click();
  const found = page.locator("#results tr[data-decision=above] button").first();
  for (let drawn = 0; drawn < 20 && !(await found.isVisible()); drawn++) {
    await page.locator("#synthetic").click();
    await page.waitForTimeout(2000);
  }
  await page.locator("#lungs").check();
  await found.click();
  await page
    .locator("#status")
    .filter({ hasText: /^Shown/ })
    .waitFor();
  const picture = await page.screenshot();
  await sharp(picture).png({ palette: true, colours: 128 }).toFile("docs/pictures/web.png");
} finally {
  await browser.close();
  await server.close();
}
