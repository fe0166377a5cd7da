import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * Writes files into a folder, which is made where it is absent. All are first written whole under temporary names,
 * then renamed in the order given: whoever reads, or finds the folder after a crash, sees each file whole, old or new.
 * On an error the temporary files are removed.
 */
export async function replaceFiles(
  directory: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<void> {
  await mkdir(directory, { recursive: true });
  const suffix = `.${process.pid}-${counter++}.tmp`;
  const paths = Object.keys(files).map((name) => join(directory, name));
  try {
    for (const [name, content] of Object.entries(files)) {
      await writeFile(join(directory, name + suffix), content, { flush: true });
    }
    for (const path of paths) await rename(path + suffix, path);
  } catch (error) {
    await Promise.all(paths.map((path) => rm(path + suffix, { force: true })));
    throw error;
  }
}

let counter = 0;

/** Removes from a folder what calls that were cut off left of files, by the files' names. */
export async function removeUnfinished(directory: string, isName: (name: string) => boolean): Promise<void> {
  const stale = (await readdir(directory)).filter((name) => {
    const whole = /^(.+)\.\d+-\d+\.tmp$/.exec(name)?.[1];
    return whole !== undefined && isName(whole);
  });
  await Promise.all(stale.map((name) => rm(join(directory, name), { force: true })));
}
