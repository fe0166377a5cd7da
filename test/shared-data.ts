import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../../shared/data/", import.meta.url));

/** Folder of real chest X-rays beside the checkout, ending in a separator; undefined where there is none. */
export const sharedData: string | undefined = existsSync(folder) ? folder : undefined;
