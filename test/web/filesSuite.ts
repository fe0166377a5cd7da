import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectedOf } from "./expected.js";
import { cut, dicomFile, patient, pngFile, type TestFile, textFile } from "./films.js";
import { shippedModel } from "./shippedModel.js";
import type { Stage } from "./site.js";
import {
  choose,
  classified,
  complaints,
  drop,
  furthest,
  results,
  screenshot,
  type Visit,
  visit,
} from "./visit.js";

export function filesSuite(stage: () => Stage): void {
  let at: Visit;
  let good: readonly TestFile[];
  const bad: TestFile[] = [];
  beforeAll(async () => {
    at = await visit(stage().browser, stage().url);
    good = [await pngFile("good.png", patient(9, ["Nodule"])), dicomFile("good.dcm", patient(10))];
    bad.push(
      { name: "empty.png", bytes: new Uint8Array() },
      textFile("words.png"),
      cut(good[0]!, "half.png"),
      cut(good[1]!, "half.dcm"),
    );
  });
  afterAll(() => at?.close());

  test("each bad file of a batch is named with what is wrong with it, and the others get results", async () => {
    const batch = [bad[0]!, good[0]!, ...bad.slice(1), good[1]!];
    await drop(at.page, batch);
    await classified(at.page, ...batch.map(({ name }) => name));
    const said = await complaints(at.page);
    expect(said).toHaveLength(bad.length);
    for (const [i, { name }] of bad.entries()) {
      expect(said[i]).toContain(name);
      expect(said[i]).toMatch(/empty|neither PNG nor JPEG|cut short|damaged|ends|bytes/);
      expect(said[i]).not.toMatch(/undefined|NaN|\[object|at \w+ \(/);
    }
    const rows = await at.page
      .locator("#batch tr[data-file]")
      .evaluateAll((list) =>
        (list as HTMLElement[]).map(({ dataset }) => `${dataset.file} ${dataset.status}`),
      );
    expect(rows).toEqual(batch.map(({ name }) => `${name} ${name.startsWith("good") ? "done" : "failed"}`));
    await screenshot(at.page, "bad-files");
  });

  test("the CSV file has a line for each film, with the probabilities that the library computes", async () => {
    const [download] = await Promise.all([at.page.waitForEvent("download"), at.page.locator("#csv").click()]);
    const lines = (await readFile(await download.path(), "utf8")).trim().split("\r\n");
    const [header, ...rows] = lines.map((line) => line.split(","));
    expect(rows.map(([name]) => name)).toEqual([
      "empty.png",
      "good.png",
      "words.png",
      "half.png",
      "half.dcm",
      "good.dcm",
    ]);
    for (const film of good) {
      const row = rows.find(([name]) => name === film.name)!;
      const { probabilities } = await expectedOf(shippedModel, film);
      for (const [finding, expected] of Object.entries(probabilities)) {
        expect(Number(row[header!.indexOf(`${finding} probability`)])).toBeCloseTo(expected, 4);
      }
    }
  });

  test("a film of the table is shown again when its name is pressed", async () => {
    await at.page.locator('#batch tr[data-file="good.dcm"] button').click();
    await at.page.locator("#status").filter({ hasText: "Showing good.dcm" }).waitFor();
    const { probabilities } = await expectedOf(shippedModel, good[1]!);
    expect(furthest(await results(at.page), probabilities)).toBeLessThan(1e-4);
  });

  test("a film of bad files alone leaves no results of the film before", async () => {
    await choose(at.page, [textFile("alone.png")]);
    await classified(at.page, "alone.png");
    expect(await results(at.page)).toEqual({});
    expect(await complaints(at.page)).toHaveLength(1);
  });

  test("over twenty films no tensor stays behind", async () => {
    const films = await Promise.all(
      Array.from({ length: 20 }, (_, i) => pngFile(`many-${i}.png`, patient(i), 224)),
    );
    const count = async () => Number(await at.page.locator("body").getAttribute("data-tensors"));
    await choose(at.page, films.slice(0, 2));
    await classified(at.page, "many-0.png", "many-1.png");
    const before = await count();
    expect(before).toBeGreaterThan(0);
    await choose(at.page, films);
    await classified(at.page, ...films.map(({ name }) => name));
    expect(await count()).toBe(before);
  });

  test("nothing was said on the console, and no request failed", () => {
    expect(at.faults).toEqual([]);
  });
}
