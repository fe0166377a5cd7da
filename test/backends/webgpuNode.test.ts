import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { softwareVulkan } from "./softwareVulkan.js";
import type { WebgpuFindings } from "./webgpuProgram.js";

const program = fileURLToPath(new URL("webgpuProgram.ts", import.meta.url));
const vulkan = softwareVulkan();
const missing = [
  ...(vulkan ? [] : ["Chromium, whose SwiftShader takes the place of a GPU"]),
  ...["webgpu", "@tensorflow/tfjs-backend-webgpu"].filter((name) => !isInstalled(name)),
];
const skipped = missing.length > 0 ? ` (skipped: there is no ${missing.join(", no ")})` : "";

function isInstalled(name: string): boolean {
  try {
    return createRequire(import.meta.url).resolve(name) !== "";
  } catch {
    return false;
  }
}

describe.skipIf(skipped !== "")(`webgpu in Node, on a software GPU${skipped}`, () => {
  let findings: WebgpuFindings;
  beforeAll(async () => {
    // Fails when the program does not end by itself.
    const { stdout } = await promisify(execFile)(process.execPath, ["--import", "tsx", program], {
      env: { ...process.env, ...vulkan },
      timeout: 50_000,
    });
    findings = JSON.parse(stdout);
  });

  it("starts on Dawn", () => {
    expect(findings.description).toBe("TensorFlow.js on WebGPU through Dawn");
  });

  it("predicts what the CPU backend predicts, to 1e-4", () => {
    expect(findings.cpuLogits).toHaveLength(16);
    expect(findings.webgpuLogits).toHaveLength(16);
    findings.cpuLogits.forEach((logit, i) => {
      expect(Math.abs(findings.webgpuLogits[i]! - logit)).toBeLessThan(1e-4);
    });
  });

  it("trains: the loss falls", () => {
    expect(findings.losses).toHaveLength(6);
    expect(findings.losses.at(-1)).toBeLessThan(findings.losses[0]! / 2);
  });

  it("cannot read values at once, and says how to read them", () => {
    expect(findings.syncRead).toContain("await tensor.data()");
  });

  it("starts a second time", () => {
    expect(findings.logitAfterRestart).toBe(findings.webgpuLogits[0]);
  });
});
