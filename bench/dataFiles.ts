import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";

/**
 * Writes copies of the PNG files of a folder, taken in turn, until there are `count`. Each has a comment of its own, so no
 * two are equal, and a cache cannot take one for another.
 *
 * @returns the paths
 */
export function distinctCopies(from: string, to: string, count: number): string[] {
  const originals = readdirSync(from)
    .filter((name) => name.endsWith(".png"))
    .sort()
    .map((name) => readFileSync(join(from, name)));
  if (originals.length === 0) throw new Error(`"${from}" holds no PNG file`);
  mkdirSync(to, { recursive: true });
  return Array.from({ length: count }, (_, i) => {
    const path = join(to, `${String(i).padStart(6, "0")}.png`);
    const original = originals[i % originals.length]!;
    const end = original.length - 12;
    writeFileSync(path, Buffer.concat([original.subarray(0, end), comment(i), original.subarray(end)]));
    return path;
  });
}

function comment(number: number): Buffer {
  const content = Buffer.from(`....tEXtComment\0${number}....`, "latin1");
  content.writeUInt32BE(content.length - 12, 0);
  content.writeUInt32BE(crc32(content.subarray(4, -4)), content.length - 4);
  return content;
}
