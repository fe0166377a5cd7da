import { existsSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type WritePhantomOptions, writePhantomDataset } from "radiolucent/node";

/**
 * A folder of phantoms in the layout of a public dataset, for its adapter to read: written once for each set of options,
 * found again after that.
 *
 * @returns the folder
 */
export async function phantomFolder(options: Omit<WritePhantomOptions, "directory">): Promise<string> {
  const { format, patients, size = 256, seed = 0, ...rest } = options;
  const details = Object.entries(rest).map(([name, value]) => `${name}-${JSON.stringify(value)}`);
  const name = [format, patients, size, seed, ...details].join("-").replace(/[^\w.-]+/g, "_");
  const directory = join("runs", "phantoms", name);
  const written = join(directory, "written");
  if (existsSync(written)) return directory;
  await rm(directory, { recursive: true, force: true });
  console.log(`Writing phantoms of ${patients} patients in the layout "${format}" to ${directory}`);
  await writePhantomDataset({ ...options, directory });
  await writeFile(written, "");
  return directory;
}
