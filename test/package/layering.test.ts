import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, test } from "vitest";

const source = fileURLToPath(new URL("../../src/", import.meta.url));

/** Rooms from the bottom to the top, each with the rooms whose code it may run; types may come from any room below. */
const rooms: Readonly<Record<string, readonly string[]>> = {
  labels: [],
  metrics: [],
  splits: ["labels"],
  balance: ["labels"],
  images: [],
  phantom: ["images", "labels"],
  losses: [],
  layers: [],
  models: ["losses", "layers"],
  training: ["losses", "layers", "models", "metrics", "labels", "images"],
  explain: ["layers", "models", "images"],
  dicom: ["labels", "images"],
  datasets: ["labels", "images"],
  report: ["metrics", "explain", "labels", "balance"],
  backends: [],
  io: [
    "labels",
    "metrics",
    "splits",
    "balance",
    "images",
    "phantom",
    "losses",
    "layers",
    "models",
    "training",
  ].concat(["explain", "dicom", "datasets", "report", "backends"]),
};

/** The bottom files: what all rooms stand on. */
const ground = ["errors", "random", "matrix", "image", "bits", "nextTask"];

const packages: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  random: [],
  bits: [],
  nextTask: [],
  matrix: ["ndarray"],
  image: ["ndarray"],
  labels: ["ndarray"],
  metrics: ["ndarray"],
  splits: [],
  balance: [],
  images: ["ndarray"],
  phantom: ["ndarray"],
  losses: ["@tensorflow/tfjs-core"],
  layers: ["@tensorflow/tfjs-core", "@tensorflow/tfjs-layers"],
  models: ["@tensorflow/tfjs-core", "@tensorflow/tfjs-layers", "ndarray"],
  training: ["@tensorflow/tfjs-core", "@tensorflow/tfjs-layers", "ndarray"],
  explain: ["@tensorflow/tfjs-core", "@tensorflow/tfjs-layers", "ndarray"],
  dicom: ["ndarray", "dcmjs-codecs", "fflate"],
  datasets: ["ndarray"],
  report: ["vega", "vega-lite", "ndarray"],
  backends: [
    "@tensorflow/tfjs-core",
    "@tensorflow/tfjs-layers",
    "@tensorflow/tfjs-backend-cpu",
    "@tensorflow/tfjs-backend-wasm",
    "@bufbuild/protobuf/wire",
  ],
};

interface Import {
  readonly from: string;
  readonly target: string;
  readonly typeOnly: boolean;
}

function importsOf(file: string): Import[] {
  const tree = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true);
  const found: Import[] = [];
  const add = (node: ts.Expression | undefined, typeOnly: boolean) => {
    if (node && ts.isStringLiteral(node)) found.push({ from: file, target: node.text, typeOnly });
  };
  const allTypes = (elements: readonly { readonly isTypeOnly: boolean }[]) =>
    elements.length > 0 && elements.every((element) => element.isTypeOnly);
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      const clause = node.importClause;
      const named = clause?.namedBindings;
      const onlyTypes =
        clause?.name === undefined && named && ts.isNamedImports(named) && allTypes(named.elements);
      add(node.moduleSpecifier, clause?.phaseModifier === ts.SyntaxKind.TypeKeyword || onlyTypes === true);
    } else if (ts.isExportDeclaration(node)) {
      const named = node.exportClause;
      add(
        node.moduleSpecifier,
        node.isTypeOnly || (named && ts.isNamedExports(named) && allTypes(named.elements)) === true,
      );
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node.arguments[0], false);
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

const files = readdirSync(source, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts"))
  .map((name) => join(source, name));
const roomOf = (file: string) => relative(source, file).split(/[\\/]/)[0]!.replace(/\.ts$/, "");
const imports = files.flatMap(importsOf);
const order = Object.keys(rooms);

describe("layering", () => {
  test("every file of src is in a known room or at the ground", () => {
    expect(
      [...new Set(files.map(roomOf))].filter((room) => !["index", ...ground, ...order].includes(room)),
    ).toEqual([]);
  });

  test("rooms import only from the rooms below that the plan allows", () => {
    const wrong = imports.flatMap(({ from, target, typeOnly }) => {
      if (!target.startsWith(".")) return [];
      const [room, other] = [roomOf(from), roomOf(resolve(dirname(from), target.replace(/\.js$/, ".ts")))];
      if (room === "index" || room === other || ground.includes(other)) return [];
      const allowed = typeOnly ? order.indexOf(other) < order.indexOf(room) : rooms[room]?.includes(other);
      return allowed ? [] : [`${relative(source, from)} imports ${target}`];
    });
    expect(wrong).toEqual([]);
  });

  test("rooms import only the packages that the plan allows, and only io and backends touch Node", () => {
    const wrong = imports.flatMap(({ from, target, typeOnly }) => {
      const room = roomOf(from);
      if (target.startsWith(".") || typeOnly || room === "io") return [];
      if (target.startsWith("node:"))
        return room === "backends" ? [] : [`${relative(source, from)} imports ${target}`];
      return packages[room]?.includes(target) ? [] : [`${relative(source, from)} imports ${target}`];
    });
    expect(wrong).toEqual([]);
  });

  test("index files of rooms are explicit lists", () => {
    const starred = files
      .filter((file) => /[\\/]index\.ts$/.test(file) && roomOf(file) !== "index")
      .filter((file) => /export \*/.test(readFileSync(file, "utf8")));
    expect(starred.map((file) => relative(source, file))).toEqual([]);
  });
});
