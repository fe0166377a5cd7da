import { afterAll, beforeAll, describe } from "vitest";
import { accessibleSuite } from "./accessibleSuite.js";
import { backendsSuite } from "./backendsSuite.js";
import { chromiumProgram, startChromium } from "./chromium.js";
import { filesSuite } from "./filesSuite.js";
import { modelsSuite } from "./modelsSuite.js";
import { networkSuite } from "./networkSuite.js";
import { picturesSuite } from "./picturesSuite.js";
import { resultsSuite } from "./resultsSuite.js";
import { buildSite, type Stage } from "./site.js";

const title = chromiumProgram
  ? "the web page in Chromium"
  : "the web page (skipped: no Chromium at CHROMIUM or /usr/bin/chromium)";

describe.skipIf(chromiumProgram === undefined)(title, () => {
  let stage: Stage;
  let close: () => Promise<void>;
  beforeAll(async () => {
    const site = await buildSite();
    const [server, browser] = await Promise.all([site.serve(), startChromium()]);
    stage = { site, url: server.url, browser };
    close = async () => {
      await browser.close();
      await server.close();
      await site.remove();
    };
  }, 60_000);
  afterAll(() => close?.());

  const at = () => stage;
  describe("results", () => resultsSuite(at));
  describe("pictures", () => picturesSuite(at));
  describe("files", () => filesSuite(at));
  describe("models", () => modelsSuite(at));
  describe("network", () => networkSuite(at));
  describe("for everybody", () => accessibleSuite(at));
  describe("backends", () => backendsSuite(at));
});
