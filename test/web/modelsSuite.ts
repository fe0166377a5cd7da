import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { contractOf, setContract, simpleCnn, useBackend } from "radiolucent";
import { saveModel } from "radiolucent/node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectedOf } from "./expected.js";
import { patient, pngFile, type TestFile } from "./films.js";
import type { Stage } from "./site.js";
import {
  choose,
  classified,
  complaints,
  furthest,
  kept,
  ready,
  results,
  screenshot,
  type Visit,
  visit,
} from "./visit.js";

export function modelsSuite(stage: () => Stage): void {
  let at: Visit;
  let folder: string;
  let files: readonly TestFile[];
  let film: TestFile;
  beforeAll(async () => {
    await useBackend("onnx");
    folder = await mkdtemp(join(tmpdir(), "radiolucent-model-"));
    const model = simpleCnn({
      height: 48,
      width: 48,
      channels: 1,
      classes: ["Mass", "Hernia"],
      filters: [4, 8],
      kernelSize: 3,
    });
    const contract = contractOf(model);
    setContract(model, { ...contract, input: { ...contract.input, normalization: { method: "unit" } } });
    await saveModel(model, folder);
    model.dispose();
    const names = await readdir(folder);
    files = await Promise.all(
      names.map(async (name) => ({ name, bytes: await readFile(join(folder, name)) })),
    );
    film = await pngFile("other-model.png", patient(11), 224);
    at = await visit(stage().browser, stage().url);
  });
  afterAll(async () => {
    await at?.close();
    await rm(folder, { recursive: true, force: true });
  });
  const chosen = () => at.page.locator("#model option:checked").textContent();

  test("a model that the library saved can be loaded from its files, and classifies as in Node", async () => {
    const before = await chosen();
    await choose(at.page, files, "#model-files");
    await expect.poll(chosen).not.toBe(before);
    await ready(at.page);
    await choose(at.page, [film]);
    await classified(at.page, film.name);
    const { probabilities } = await expectedOf(folder, film);
    expect(furthest(await results(at.page), probabilities)).toBeLessThan(1e-4);
    expect(await at.page.locator("#lungs").isDisabled()).toBe(true);
    await screenshot(at.page, "other-model");
  });

  test("it is still in the list after the page was closed, and the page's own model can be chosen again", async () => {
    const label = (await chosen())!;
    await kept(at.page); // Reloading before would cut its requests off.
    await at.page.reload();
    await ready(at.page);
    const labels = await at.page.locator("#model option").allTextContents();
    expect(labels).toContain(label);
    await at.page.locator("#model").selectOption({ label });
    await ready(at.page);
    await choose(at.page, [film]);
    await classified(at.page, film.name);
    expect(Object.keys(await results(at.page))).toEqual(["Mass", "Hernia"]);
    await at.page.locator("#model").selectOption({ index: 0 });
    await at.page.locator('#results tr[data-finding="Effusion"]').waitFor();
  });

  test("a model without a contract, and one without its weights, are refused in words", async () => {
    const bare = files.map(({ name, bytes }) => {
      if (name !== "model.json") return { name, bytes };
      const { userDefinedMetadata: _, ...rest } = JSON.parse(Buffer.from(bytes).toString());
      return { name, bytes: Buffer.from(JSON.stringify(rest)) };
    });
    await choose(at.page, bare, "#model-files");
    await at.page.locator("#errors li").first().waitFor();
    expect((await complaints(at.page)).join()).toMatch(/contract/);
    await choose(
      at.page,
      files.filter(({ name }) => name === "model.json"),
      "#model-files",
    );
    await at.page.locator("#errors li").filter({ hasText: "weight" }).waitFor();
    await screenshot(at.page, "model-without-contract");
    await choose(at.page, [film]);
    await classified(at.page, film.name);
    expect(Object.keys(await results(at.page))).toContain("Effusion");
  });

  test("nothing was said on the console, and no request failed", () => {
    expect(at.faults).toEqual([]);
  });
}
