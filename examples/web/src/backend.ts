import plainUrl from "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url";
import simdUrl from "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url";
import { env } from "@tensorflow/tfjs-core";
import { type BackendInUse, isRadiolucentError, useBackend } from "radiolucent";

/** What the list of backends offers. */
export type BackendChoice = "auto" | "webgpu" | "webgl" | "wasm" | "cpu";

const choices: readonly string[] = ["auto", "webgpu", "webgl", "wasm", "cpu"];

/** Each is fetched only when it is used; of the .wasm files only the one that fits this browser. */
const starters: Readonly<Record<Exclude<BackendChoice, "auto">, () => Promise<BackendInUse>>> = {
  async webgpu() {
    await import("@tensorflow/tfjs-backend-webgpu");
    return useBackend("webgpu");
  },
  async webgl() {
    await import("@tensorflow/tfjs-backend-webgl");
    return useBackend("webgl");
  },
  async wasm() {
    await import("radiolucent/backends/wasm");
    // Its threads start from its own source text, which does not survive a bundler: one thread, whatever the server allows.
    env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
    const wasmPaths = {
      "tfjs-backend-wasm.wasm": plainUrl,
      "tfjs-backend-wasm-simd.wasm": simdUrl,
      "tfjs-backend-wasm-threaded-simd.wasm": simdUrl,
    };
    return useBackend("wasm", { wasmPaths });
  },
  async cpu() {
    await import("radiolucent/backends/cpu");
    return useBackend("cpu");
  },
};

/** Whether a text is one of the choices. */
export function isBackendChoice(text: string | null): text is BackendChoice {
  return text !== null && choices.includes(text);
}

/**
 * Starts a backend: the one that was chosen, or with "auto" the first that runs of WebGPU, WebGL, WASM and plain
 * JavaScript. A graphics card that is only imitated in software is passed over by "auto": WASM is faster.
 */
export async function startBackend(choice: BackendChoice): Promise<BackendInUse> {
  if (choice !== "auto") return starters[choice]();
  const candidates = [
    ...((await hasWebGpu()) ? (["webgpu"] as const) : []),
    ...(hasWebGl() ? (["webgl"] as const) : []),
    "wasm",
    "cpu",
  ] as const;
  for (const candidate of candidates.slice(0, -1)) {
    try {
      return await starters[candidate]();
    } catch (error) {
      if (!isRadiolucentError(error, "backend")) throw error;
    }
  }
  return starters.cpu();
}

interface Gpu {
  requestAdapter(): Promise<{ readonly info?: { readonly isFallbackAdapter?: boolean } } | null>;
}

async function hasWebGpu(): Promise<boolean> {
  const { gpu } = navigator as { gpu?: Gpu };
  const adapter = await gpu?.requestAdapter().catch(() => null);
  return adapter != null && adapter.info?.isFallbackAdapter !== true;
}

function hasWebGl(): boolean {
  const context = document
    .createElement("canvas")
    .getContext("webgl2", { failIfMajorPerformanceCaveat: true });
  if (context === null) return false;
  const names = context.getExtension("WEBGL_debug_renderer_info");
  const renderer = names ? String(context.getParameter(names.UNMASKED_RENDERER_WEBGL)) : "";
  context.getExtension("WEBGL_lose_context")?.loseContext();
  return !/swiftshader|llvmpipe|software|basic render/i.test(renderer);
}
