import { existsSync } from "node:fs";
import { tmpdir } from "node:os";

/** Where Linux packages of Chromium and Chrome keep SwiftShader, a Vulkan driver that runs on the processor. */
const drivers = [
  "/usr/lib/chromium/vk_swiftshader_icd.json",
  "/usr/lib64/chromium-browser/vk_swiftshader_icd.json",
  "/opt/google/chrome/vk_swiftshader_icd.json",
];

/** Where Linux keeps Vulkan's loader, which finds the driver. */
const loaders = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib"].map(
  (folder) => `${folder}/libvulkan.so.1`,
);

/** What the environment of a process has to hold for Vulkan to run on SwiftShader; undefined where it is missing. */
export function softwareVulkan(): Readonly<Record<string, string>> | undefined {
  const driver = drivers.find((path) => existsSync(path));
  return driver === undefined || !loaders.some((path) => existsSync(path))
    ? undefined
    : { VK_ICD_FILENAMES: driver, XDG_RUNTIME_DIR: tmpdir() };
}

/** Makes this process use SwiftShader, where it is, unless its environment names a driver. */
export function useSoftwareVulkan(): void {
  if (process.env.VK_ICD_FILENAMES === undefined) Object.assign(process.env, softwareVulkan());
}
