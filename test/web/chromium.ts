import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const path = process.env.CHROMIUM ?? "/usr/bin/chromium";

/** Chromium's program; undefined where there is none. CHROMIUM names another place than Debian's. */
export const chromiumProgram: string | undefined = existsSync(path) ? path : undefined;

/** Starts Chromium; no name but this machine's own address resolves in it, so nothing can leave the machine. */
export async function startChromium(...more: readonly string[]): Promise<Browser> {
  return await chromium.launch({
    executablePath: chromiumProgram!,
    args: ["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", ...more],
  });
}
