import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { limitConcurrency } from "../../src/training/limitConcurrency.js";
import { codeOf, documents, root } from "./documentCode.js";
import { placeFiles, writeDatasets } from "./exampleFiles.js";

const atOnce = limitConcurrency(2, new AbortController().signal);

// The code runs as a user's files do, against the built package; the films are phantoms laid out as the datasets that it reads.
describe("the code of README and guides", () => {
  let folder: string;
  beforeAll(async () => {
    mkdirSync(join(root, "runs"), { recursive: true });
    folder = mkdtempSync(join(root, "runs", "documents-"));
    const datasets = join(folder, "datasets");
    await writeDatasets(datasets);
    for (const { name, files } of documents) {
      mkdirSync(join(folder, name));
      placeFiles(join(folder, name), datasets);
      for (const [file, code] of Object.entries(files)) {
        writeFileSync(join(folder, name, file), code);
        writeFileSync(join(folder, name, file.replace(/ts$/, "js")), javaScriptOf(code));
      }
    }
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("has no type error", () => {
    const { config } = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile);
    const { options } = ts.parseJsonConfigFileContent({ ...config, include: [] }, ts.sys, root);
    const scripts = documents.flatMap(({ name, files }) =>
      Object.keys(files).map((file) => join(folder, name, file)),
    );
    const program = ts.createProgram(scripts, options);
    const messages = ts.getPreEmitDiagnostics(program).map(({ file, start = 0, messageText }) => {
      const line = file && 1 + file.getLineAndCharacterOfPosition(start).line;
      return `${file?.fileName.slice(folder.length)}:${line} ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
    });
    expect(messages).toEqual([]);
  });

  test.concurrent.each(documents.filter(({ files }) => files["main.ts"]))(
    "of $name runs and prints what the document says",
    ({ name, outputs }) =>
      atOnce(async () => {
        const directory = join(folder, name);
        const { stdout } = await promisify(execFile)(process.execPath, ["main.js"], { cwd: directory });
        for (const output of outputs) expect(stdout).toContain(output);
        if (name === "README") checkReadme(directory, stdout);
      }),
    240_000,
  );
});

function javaScriptOf(code: string): string {
  const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext };
  return ts.transpileModule(code, { compilerOptions }).outputText;
}

function checkReadme(directory: string, stdout: string): void {
  for (const finding of ["Cardiomegaly", "Effusion", "Nodule", "Pneumothorax", "mean"]) {
    expect(stdout).toMatch(new RegExp(`^${finding} .*\\[[\\d.]+, [\\d.]+\\]`, "m"));
  }
  const report = readFileSync(join(directory, "report.html"), "utf8");
  expect(report).toContain("ChestX-ray14");
  expect(report.match(/src="data:image\/png/g)?.length).toBeGreaterThanOrEqual(4);
}

test.each([...documents, codeOf(join(root, "examples/README.md"))])(
  "$name names scripts, programs and files that exist",
  ({ text, folder }) => {
    const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    for (const [, script] of text.matchAll(/\bnpm run ([\w:-]+)/g))
      expect(Object.keys(scripts)).toContain(script);
    const programs = [...text.matchAll(/\bnpx tsx ([\w./-]+)/g)].map(([, file]) => join(root, file!));
    const links = [...text.matchAll(/\]\((?!\w+:)([^)#]+)\)/g)].map(([, file]) => join(folder, file!));
    expect([...programs, ...links].filter((file) => !existsSync(file))).toEqual([]);
  },
);

test("README names the two commands that set everything up", () => {
  const { commands } = documents.find(({ name }) => name === "README")!;
  expect(commands).toContain("npm ci && npm run quickstart");
  expect(commands).toContain("npm ci && npm test");
});
