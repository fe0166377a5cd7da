import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The checkout. */
export const root = fileURLToPath(new URL("../../", import.meta.url));

/** The code of a Markdown file, by what becomes of it. */
export interface DocumentCode {
  /** The file's name without its ending. */
  readonly name: string;
  /** Its folder. */
  readonly folder: string;
  /** All of it. */
  readonly text: string;
  /**
   * Files by name: `main.ts`, all `ts` blocks joined, but for blocks that begin with a file's name (`// worker.ts`), each of
   * which is that file; and `browser-1.ts` and so on, the `js` blocks, which do not run in Node.
   */
  readonly files: Readonly<Record<string, string>>;
  /** The `text` blocks: what main.ts prints. */
  readonly outputs: readonly string[];
  /** Lines of the `sh` blocks. */
  readonly commands: readonly string[];
}

/** README and every guide. */
export const documents: readonly DocumentCode[] = [
  join(root, "README.md"),
  ...readdirSync(join(root, "docs/guides"))
    .filter((file) => file.endsWith(".md"))
    .map((file) => join(root, "docs/guides", file)),
].map(codeOf);

/** Reads a Markdown file. */
export function codeOf(path: string): DocumentCode {
  const files: Record<string, string> = {};
  const outputs: string[] = [];
  const commands: string[] = [];
  const add = (name: string, code: string) => {
    files[name] = (files[name] ?? "") + code;
  };
  const text = readFileSync(path, "utf8");
  let browser = 0;
  for (const [, language, code = ""] of text.matchAll(/^```(\w+)\n([\s\S]*?)^```/gm)) {
    if (language === "ts") add(/^\/\/ ([\w-]+\.ts)\n/.exec(code)?.[1] ?? "main.ts", code);
    if (language === "js") add(`browser-${++browser}.ts`, code);
    if (language === "text") outputs.push(code);
    if (language === "sh") commands.push(...code.split("\n").filter((line) => line !== ""));
  }
  return { name: basename(path, ".md"), folder: dirname(path), text, files, outputs, commands };
}
