import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Figure } from "radiolucent";

/** Writes a plot as SVG, or a picture's bytes as they are, and says where. */
export async function savePicture(path: string, picture: Figure | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, picture instanceof Uint8Array ? picture : await picture.svg());
  console.log(`Picture: ${path}`);
}
