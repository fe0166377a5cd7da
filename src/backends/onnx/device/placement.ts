import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Device } from "./providers.js";

/** What ran where in a run of a graph. */
export interface Placement {
  /** Number of operations by device. */
  readonly operations: Readonly<Partial<Record<Device, number>>>;
  /** The operations that ran on the processor though the graph is another device's: how many of each kind. */
  readonly onProcessor?: Readonly<Record<string, number>>;
  /** How often a value was copied from one to the other between two operations. */
  readonly copies?: number;
}

/** An entry of ONNX Runtime's profile. */
interface Event {
  readonly cat?: string;
  readonly name?: string;
  readonly args?: { readonly op_name?: string; readonly provider?: string };
}

/** A folder for the profile of one run, in which ONNX Runtime says what ran where; its binding says so nowhere else. */
export class ProfileFolder {
  private readonly folder: string;

  private constructor() {
    this.folder = mkdtempSync(join(tmpdir(), "radiolucent-onnx-"));
  }

  /** Makes a folder; undefined where there is no place for temporary files. */
  static make(): ProfileFolder | undefined {
    try {
      return new ProfileFolder();
    } catch {
      return undefined;
    }
  }

  /** Start of the profile's path, which ONNX Runtime completes. */
  get prefix(): string {
    return join(this.folder, "run");
  }

  /** Deletes the folder. */
  remove(): void {
    try {
      rmSync(this.folder, { recursive: true, force: true });
    } catch {
      // Windows keeps files that are open.
    }
  }
}

/**
 * What ran where, by the profile of one run.
 *
 * @param endProfile completes the profile and gives its path
 * @returns undefined where it cannot be read
 */
export function readPlacement(endProfile: () => string, device: Device): Placement | undefined {
  let events: readonly Event[];
  try {
    events = JSON.parse(readFileSync(endProfile(), "utf8"));
  } catch {
    return undefined;
  }
  const operations: Partial<Record<Device, number>> = { [device]: 0, cpu: 0 };
  const onProcessor: Record<string, number> = {};
  let copies = 0;
  for (const { cat, name, args } of events) {
    const { op_name: kind, provider } = args ?? {};
    if (cat !== "Node" || !name?.endsWith("_kernel_time") || kind === undefined) continue;
    if (kind.startsWith("Memcpy")) {
      copies++;
      continue;
    }
    const place = provider === "CPUExecutionProvider" ? "cpu" : device;
    operations[place]!++;
    if (place === "cpu") onProcessor[kind] = (onProcessor[kind] ?? 0) + 1;
  }
  return { operations, onProcessor, copies };
}
