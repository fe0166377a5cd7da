import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { writePhantomDataset } from "radiolucent/node";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const readme = readFileSync(join(root, "README.md"), "utf8");
const blocks = (language: string) =>
  [...readme.matchAll(/^```(\w+)\n([\s\S]*?)^```/gm)].filter((m) => m[1] === language).map((m) => m[2]!);

// The code runs as a user's file, against the built package; the films are phantoms laid out as the datasets that it reads.
describe("README's code", () => {
  let folder: string;
  let script: string;
  beforeAll(async () => {
    await mkdir(join(root, "runs"), { recursive: true });
    folder = mkdtempSync(join(root, "runs", "readme-"));
    script = join(folder, "readme.ts");
    writeFileSync(script, blocks("ts").join("\n"));
    for (const [format, directory] of [
      ["chestXray14", "ChestX-ray14"],
      ["padChest", "PadChest"],
      ["siimPneumothorax", "SIIM"],
    ] as const) {
      await writePhantomDataset({
        format,
        directory: join(folder, directory),
        patients: 40,
        size: 64,
        seed: "readme",
      });
    }
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("has no type error", () => {
    const { config } = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile);
    const { options } = ts.parseJsonConfigFileContent({ ...config, include: [] }, ts.sys, root);
    const program = ts.createProgram([script], options);
    const messages = ts.getPreEmitDiagnostics(program).map(({ messageText }) => messageText);
    expect(messages.map((message) => ts.flattenDiagnosticMessageText(message, "\n"))).toEqual([]);
  });

  test("runs, measures the test patients and writes the report", async () => {
    const tsx = import.meta.resolve("tsx");
    const { stdout } = await promisify(execFile)(process.execPath, ["--import", tsx, script], {
      cwd: folder,
    });
    for (const finding of ["Cardiomegaly", "Effusion", "Nodule", "Pneumothorax", "mean"]) {
      expect(stdout).toMatch(new RegExp(`^${finding} .*\\[[\\d.]+, [\\d.]+\\]`, "m"));
    }
    const report = readFileSync(join(folder, "report.html"), "utf8");
    expect(report).toContain("ChestX-ray14");
    expect(report.match(/src="data:image\/png/g)?.length).toBeGreaterThanOrEqual(4);
  }, 120_000);
});

test("README names the two commands that set everything up", () => {
  const commands = blocks("sh").join("\n").split("\n");
  expect(commands).toContain("npm ci && npm run quickstart");
  expect(commands).toContain("npm ci && npm test");
});
