import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { softwareVulkan } from "../softwareVulkan.js";
import type { DeviceFindings } from "./webgpuDeviceProgram.js";

const programs = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const isThere = process.platform === "linux" && process.arch === "x64";
const vulkan = isThere ? softwareVulkan() : undefined;
const skipped = vulkan ? "" : " (skipped: there is no Chromium, whose SwiftShader takes the place of a GPU)";

async function run(program: string, env: Readonly<Record<string, string>>): Promise<string> {
  // Fails when the program does not end by itself.
  const { stdout } = await promisify(execFile)(process.execPath, ["--import", "tsx", programs(program)], {
    env: { ...process.env, ...env },
    timeout: 110_000,
  });
  return stdout;
}

describe.skipIf(!vulkan)(`the device "webgpu", on a software GPU${skipped}`, () => {
  let findings: DeviceFindings;
  beforeAll(async () => {
    findings = JSON.parse(await run("webgpuDeviceProgram.ts", vulkan!));
  }, 120_000);

  it("says that it runs there", () => {
    expect(findings.webgpu.description).toMatch(/^ONNX Runtime 1\.\d+\.\d+ on webgpu, \d+ threads?$/);
  });

  it("computes what the processor does, to 1e-3", () => {
    for (const [name, expected] of Object.entries(findings.cpu.elementwise)) {
      expectNear(findings.webgpu.elementwise[name]!, expected, name);
    }
  });

  it("predicts and trains as the processor does, to 1e-3", () => {
    for (const [name, expected] of Object.entries(findings.cpu.networks)) {
      const actual = findings.webgpu.networks[name]!;
      for (const key of ["before", "losses", "after"] as const) {
        expectNear(actual[key], expected[key], `${name}, ${key}`);
      }
      expect(actual.losses.at(-1)).toBeLessThan(actual.losses[0]!);
    }
  });

  it("leaves the weights on the device between the steps, and frees all else", () => {
    for (const { broughtBack, bytesOnDevice } of Object.values(findings.webgpu.networks)) {
      expect(broughtBack).toEqual([]);
      expect(bytesOnDevice[0]).toBeGreaterThan(0);
      expect(bytesOnDevice[2]).toBe(bytesOnDevice[1]);
    }
  });

  it("reports what ran where: all on the device", () => {
    const { cpu, webgpu } = findings;
    expect(cpu.report).toMatchObject({ onProcessor: {}, copies: 0, bytesOnDevice: 0 });
    expect(cpu.report.operations).toEqual({ cpu: expect.any(Number) });
    expect(webgpu.report.device).toBe("webgpu");
    expect(webgpu.report.operations.webgpu).toBeGreaterThan(1000);
    expect(webgpu.report.operations.cpu).toBe(cpu.report.operations.cpu);
    expect(webgpu.report).toMatchObject({ onProcessor: {}, copies: 0, fallbacks: {} });
  });

  it("reports what the processor does in its place", () => {
    expect(findings.remainders).toEqual([4, 1, 3]);
    expect(findings.onProcessor.Mod).toBeGreaterThan(0);
    expect(findings.copies).toBeGreaterThan(0);
  });

  it("hands tensors on when the device changes", () => {
    expect(findings.handedOn).toEqual([
      [2, 3, 4],
      [4, 6, 8],
      [20, 30, 40],
      [24, 36, 48],
    ]);
  });
});

describe.skipIf(!isThere)('the device "webgpu" without a driver', () => {
  it("is an error at the start that says what to install; the backend before it stays", async () => {
    const none = { VK_ICD_FILENAMES: "/nowhere.json", VK_DRIVER_FILES: "/nowhere.json" };
    const { messages, packages, name, device, sum } = JSON.parse(await run("webgpuMissingProgram.ts", none));
    expect(messages).toHaveLength(2);
    for (const message of messages) {
      expect(message).toContain('the device "webgpu" does not start');
      expect(message).toContain("libvulkan1");
    }
    expect(packages).toEqual(["onnxruntime-node"]);
    expect(name).toBe("onnx");
    expect(device).toBe("cpu");
    expect(sum).toBe(3);
  });
});

function expectNear(actual: readonly number[], expected: readonly number[], what: string): void {
  expect(actual, what).toHaveLength(expected.length);
  const furthest = Math.max(...expected.map((value, i) => Math.abs(actual[i]! - value)));
  expect(furthest, what).toBeLessThan(1e-3);
}
