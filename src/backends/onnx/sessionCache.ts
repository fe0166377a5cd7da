/** What was used last stays, up to a number of entries and a sum of bytes; the rest is freed. */
export class SessionCache<Entry> {
  private readonly entries = new Map<string, { readonly entry: Entry; readonly bytes: number }>();
  private bytes = 0;

  /**
   * @param mostBytes what all entries but the newest may take together
   * @param free frees an entry
   */
  constructor(
    private readonly mostBytes: number,
    private readonly free: (entry: Entry) => void,
    private readonly mostEntries = 256,
  ) {}

  /** Number of entries. */
  get size(): number {
    return this.entries.size;
  }

  /** The entry of a key, which becomes the newest. */
  get(key: string): Entry | undefined {
    const found = this.entries.get(key);
    if (found === undefined) return undefined;
    this.entries.delete(key);
    this.entries.set(key, found);
    return found.entry;
  }

  /** Adds an entry as the newest, and frees the oldest until the bounds hold. */
  set(key: string, entry: Entry, bytes: number): void {
    this.delete(key);
    this.entries.set(key, { entry, bytes });
    this.bytes += bytes;
    for (const oldest of this.entries.keys()) {
      const full = this.entries.size > this.mostEntries || this.bytes > this.mostBytes;
      if (!full || oldest === key) break;
      this.delete(oldest);
    }
  }

  /** Frees an entry, if it is there. */
  delete(key: string): void {
    const found = this.entries.get(key);
    if (found === undefined) return;
    this.entries.delete(key);
    this.bytes -= found.bytes;
    this.free(found.entry);
  }

  /** Frees all entries. */
  clear(): void {
    for (const key of [...this.entries.keys()]) this.delete(key);
  }
}
