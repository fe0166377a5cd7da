/**
 * TensorFlow.js's own specs, those of `@tensorflow/tfjs-core`, on a backend:
 *
 *     npm run test:conformance -- --backend onnx [--filter REGEX] [--max-failures N] [--verbose]
 *
 * `--filter` takes the specs whose full name matches; `--verbose` prints stacks, and leaves the bundle that they point
 * to in runs/. The exit code is 0 when at most N specs fail, by default as many as are known to (backends.ts), and with
 * a filter none.
 */
import { parseArgs } from "node:util";
import jasmineCore from "jasmine-core";
import { useSoftwareVulkan } from "../backends/softwareVulkan.js";
import { subjects } from "./backends.js";
import { importSuite } from "./bundle.js";
import { exclusions } from "./exclusions.js";
import { Verdict } from "./verdict.js";

const { values } = parseArgs({
  options: {
    backend: { type: "string", default: "" },
    filter: { type: "string" },
    "max-failures": { type: "string" },
    verbose: { type: "boolean", default: false },
  },
});
const subject = subjects[values.backend];
if (subject === undefined) {
  throw new Error(`--backend takes one of ${Object.keys(subjects).join(", ")}; not "${values.backend}"`);
}
const filter = new RegExp(values.filter ?? "");
const known = values.filter === undefined ? subject.knownFailures : 0;
const allowed = Number(values["max-failures"] ?? known);
if (!Number.isInteger(allowed) || allowed < 0) throw new Error("--max-failures takes a whole number");

if (subject.backend === "webgpu") useSoftwareVulkan();
const jasmine = jasmineCore.boot();
// A software GPU needs longer than the five seconds that specs have.
jasmine.DEFAULT_TIMEOUT_INTERVAL = 60_000;
const jasmineEnv = jasmine.getEnv();
jasmineEnv.configure({
  random: false,
  // TensorFlow.js has some.
  forbidDuplicateNames: false,
  specFilter: (spec) => filter.test(spec.getFullName()),
});
const verdict = new Verdict(exclusions[values.backend] ?? []);
jasmineEnv.addReporter(verdict);

const { declareSpecs } = await importSuite(subject.entry, values.verbose);
console.log(`conformance ${values.backend}: ${await declareSpecs(subject)}`);
const started = performance.now();
await jasmineEnv.execute();
const seconds = (performance.now() - started) / 1000;

for (const { name, expectations } of verdict.failures) {
  console.log(`FAILED ${name}`);
  for (const { message, stack = "" } of values.verbose ? expectations : expectations.slice(0, 1)) {
    console.log(`  ${values.verbose ? `${message}\n${stack}` : message.split("\n", 1)[0]}`);
  }
}
for (const [{ spec, reason }, count] of verdict.excluded) {
  console.log(`excluded ${spec}${count > 1 ? ` (${count} specs)` : ""}: ${reason}`);
}
const faults = verdict.exclusionFaults();
if (verdict.specs === 0) faults.push("no spec ran");
for (const fault of faults) console.log(`ERROR ${fault}`);
const failed = verdict.failures.length;
if (failed < known) console.log(`Fewer fail than the ${known} known ones: lower the figure in backends.ts.`);
const excluded = [...verdict.excluded.values()].reduce((sum, count) => sum + count, 0);
console.log(
  `conformance ${values.backend}: ${verdict.specs} specs, ${failed} failed, ${excluded} excluded, ` +
    `${verdict.pending} switched off in the suite (${seconds.toFixed(1)} s, at most ${allowed} may fail)`,
);
// What specs leave running would keep the process.
process.exit(failed > allowed || faults.length > 0 ? 1 : 0);
