// The picture of README: parts of quickstart's report, as Chromium shows them.
//
//     npm run quickstart && npx tsx docs/pictures/report.ts
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import sharp from "sharp";

const shown = ["measures", "roc", "cams"];
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox"],
});
try {
  const page = await browser.newPage({ viewport: { width: 1000, height: 800 } });
  await page.goto(pathToFileURL("runs/quickstart/report.html").href);
  await page.addStyleTag({
    content: `section:not(${shown.map((id) => `#${id}`).join()}) { display: none }
      nav, footer, section p, #roc table, #cams table, #cams figure:not(:nth-child(3n + 1)) { display: none !important }
      body { display: block !important; padding: 1rem }
      section { margin-top: 1.5rem !important }`,
  });
  const picture = await page.screenshot({ fullPage: true });
  await sharp(picture).png({ palette: true, colours: 128 }).toFile("docs/pictures/report.png");
} finally {
  await browser.close();
}
