import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { cpus } from "node:os";
import { join } from "node:path";
import type { Compiled } from "./compile.js";
import type { SignedPlan } from "./plan.js";
import { keyText } from "./recorded.js";
import type { Runtime } from "./runtime.js";

/** First line of a file: what belongs to the model that follows, and the model's checksum. */
interface Header extends Pick<Compiled, "outputs" | "operations"> {
  readonly sha256: string;
}

/**
 * Written graphs in a folder, for later processes. A file's name tells the plan, the versions of library and runtime, and
 * the processor. Files that are missing, damaged or in the way of writing cost time only.
 */
export class GraphFolder {
  private readonly surroundings: string;

  constructor(
    private readonly folder: string,
    { version: runtimeVersion, device, threads }: Runtime,
    settings: object,
  ) {
    const { version } = createRequire(import.meta.url)("../../../package.json") as {
      readonly version: string;
    };
    const processor = cpus()[0]?.model;
    this.surroundings = JSON.stringify({ version, runtimeVersion, device, threads, processor, ...settings });
  }

  /** The graph of a plan, if an earlier process has written it. */
  read(plan: SignedPlan): Compiled | undefined {
    try {
      const bytes = readFileSync(this.fileOf(plan));
      const end = bytes.indexOf("\n");
      const { sha256, ...header } = JSON.parse(bytes.toString("utf8", 0, end)) as Header;
      const model = Uint8Array.from(bytes.subarray(end + 1));
      return checksum(model) === sha256 ? { ...header, model } : undefined;
    } catch {
      return undefined;
    }
  }

  /** Keeps a plan's graph. */
  write(plan: SignedPlan, { model, outputs, operations }: Compiled): void {
    const header: Header = { outputs, operations, sha256: checksum(model) };
    const file = this.fileOf(plan);
    const unfinished = `${file}.${process.pid}`;
    attempt(() => {
      mkdirSync(this.folder, { recursive: true });
      writeFileSync(unfinished, Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`), model]));
      renameSync(unfinished, file);
    });
    attempt(() => rmSync(unfinished, { force: true }));
  }

  private fileOf({ order, leaves, places }: SignedPlan): string {
    // A plan's signature holds numbers that are this process's own.
    const keys = order.map(({ key }) => keyText(key));
    const kinds = leaves.map(({ kind }) => keyText(kind));
    const text = JSON.stringify([this.surroundings, keys, kinds, places]);
    return join(this.folder, `${checksum(Buffer.from(text))}.graph`);
  }
}

/** Does what may fail, as on a full or read-only disk. */
function attempt(action: () => void): void {
  try {
    action();
  } catch {
    // The graph is written again by the process that needs it.
  }
}

const checksum = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
