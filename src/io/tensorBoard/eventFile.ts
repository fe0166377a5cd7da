import { appendFile, mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TensorBoardEvent } from "./eventRecord.js";

const prefix = "events.out.tfevents.";

/**
 * Makes a file of events in a folder, after those that are there in the order in which TensorBoard reads them, the order
 * of the names. What earlier files say from the step `from` on is void.
 *
 * @returns appends events; they are on disk when its promise resolves
 */
export async function eventFile(
  directory: string,
  from: number,
): Promise<(events: readonly TensorBoardEvent[]) => Promise<void>> {
  // Not imported with this module, for users who write no events.
  const { eventRecord } = await import("./eventRecord.js");
  await mkdir(directory, { recursive: true });
  const now = Date.now() / 1000;
  const taken = (await readdir(directory))
    .filter((name) => name.startsWith(prefix))
    .map((name) => Number.parseInt(name.slice(prefix.length), 10) || 0);
  const file = join(
    directory,
    `${prefix}${Math.max(Math.floor(now), ...taken.map((second) => second + 1))}.epochs`,
  );
  const opening = [
    eventRecord({ wallTime: now, step: 0, content: { kind: "version" } }),
    eventRecord({ wallTime: now, step: from, content: { kind: "start" } }),
  ];
  await writeFile(file, Buffer.concat(opening), { flag: "wx", flush: true });
  return async (events) => {
    await appendFile(file, Buffer.concat(events.map(eventRecord)), { flush: true });
  };
}
