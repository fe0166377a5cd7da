import type { DataMover, KernelBackend } from "@tensorflow/tfjs-core";
import type { Entry } from "./entry.js";

/**
 * What TensorFlow.js's DataStorage does, with the data on the objects that stand for them: thousands of them come and go
 * in a step, which costs the garbage collector much more in that class's WeakMap.
 */
export class EntryStorage {
  private readonly key = Symbol("entry");
  private count = 0;

  constructor(
    private readonly backend: KernelBackend,
    private readonly mover: DataMover,
  ) {}

  /** The data; another backend's are brought here first. */
  get(dataId: object): Entry {
    const holder = dataId as Record<symbol, Entry | undefined>;
    if (holder[this.key] === undefined) this.mover.moveData(this.backend, dataId);
    return holder[this.key]!;
  }

  /** Puts data in the place of what was there. */
  set(dataId: object, entry: Entry): void {
    if (!this.has(dataId)) this.count++;
    (dataId as Record<symbol, Entry | undefined>)[this.key] = entry;
  }

  /** Whether the data are here. */
  has(dataId: object): boolean {
    return (dataId as Record<symbol, Entry | undefined>)[this.key] !== undefined;
  }

  /** Forgets data; says whether they were here. */
  delete(dataId: object): boolean {
    if (!this.has(dataId)) return false;
    (dataId as Record<symbol, Entry | undefined>)[this.key] = undefined;
    this.count--;
    return true;
  }

  /** How many data are here. */
  numDataIds(): number {
    return this.count;
  }
}
