import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const entries = JSON.parse(readFileSync(`${root}package.json`, "utf8")).exports as Record<string, string>;
const sources = Object.entries(entries)
  .filter(([, target]) => target.endsWith(".js"))
  .map(([entry, target]) => ({
    entry,
    file: `${root}${target.replace("./dist/", "src/").replace(/\.js$/, ".ts")}`,
  }));

const config = ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile).config;
const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
const program = ts.createProgram(
  sources.map(({ file }) => file),
  options,
);
const checker = program.getTypeChecker();

// The list is the public surface: a change here is a change for users and belongs in CHANGELOG.md.
for (const { entry, file } of sources) {
  test(`exports of ${entry}`, () => {
    const module = checker.getSymbolAtLocation(program.getSourceFile(file)!);
    const names = (module === undefined ? [] : checker.getExportsOfModule(module)).map((symbol) => {
      const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
      return target.flags & ts.SymbolFlags.Value ? symbol.name : `type ${symbol.name}`;
    });
    expect(names.sort()).toMatchSnapshot();
  });
}
