/** adam.wat, assembled; a test compares the two. */
export const adamModule =
  "AGFzbQEAAAABDAFgCH99fX19fX19AAMCAQAFAwEAAgcRAgZtZW1vcnkCAARzdGVwAAAKpwEBpAECAX8DewNAIAj9AAQAIQkg" +
  "Af0TIAj9AASAgAL95gEgAv0TIAn95gH95AEhCiAD/RMgCP0ABICABP3mASAE/RMgCSAJ/eYB/eYB/eQBIQsgCCAK/QsEgIAC" +
  "IAggC/0LBICABCAIIAj9AASAgAYgBf0TIAr95gEgBv0TIAv95gH94wEgB/0T/eQB/ecB/eUB/QsEgIAGIAhBEGohCCAIIABJ" +
  "DQALCw==";

/** Numbers that the module takes at a time. */
const chunk = 8192;

interface AdamModule {
  readonly memory: WebAssembly.Memory;
  step(bytes: number, ...settings: readonly number[]): void;
}

let loaded: { readonly step: AdamModule["step"]; readonly arrays: readonly Float32Array[] } | undefined;

/** The module and its four arrays: gradient, first moment, second moment, weights. */
function load() {
  const module = new WebAssembly.Module(Buffer.from(adamModule, "base64"));
  const { memory, step } = new WebAssembly.Instance(module).exports as unknown as AdamModule;
  return { step, arrays: [0, 1, 2, 3].map((i) => new Float32Array(memory.buffer, i * chunk * 4, chunk)) };
}

/** What a step of Adam depends on beside the arrays. */
export interface AdamSettings {
  /** Decay of the mean of gradients. */
  readonly beta1: number;
  /** Decay of the mean of squared gradients. */
  readonly beta2: number;
  /** Learning rate over 1 - beta1^step. */
  readonly rate: number;
  /** 1 over 1 - beta2^step. */
  readonly correction: number;
  /** What is added to the root. */
  readonly epsilon: number;
}

/** Updates weights and both moments in place, in float32. All arrays are of one length. */
export function adamStep(
  gradient: Float32Array,
  updated: { readonly first: Float32Array; readonly second: Float32Array; readonly weights: Float32Array },
  { beta1, beta2, rate, correction, epsilon }: AdamSettings,
): void {
  loaded ??= load();
  const { step, arrays } = loaded;
  const all = [gradient, updated.first, updated.second, updated.weights];
  for (let start = 0; start < gradient.length; start += chunk) {
    const count = Math.min(chunk, gradient.length - start);
    all.forEach((array, i) => {
      arrays[i]!.set(array.subarray(start, start + count));
    });
    step(Math.ceil(count / 4) * 16, beta1, 1 - beta1, beta2, 1 - beta2, rate, correction, epsilon);
    for (let i = 1; i < 4; i++) all[i]!.set(arrays[i]!.subarray(0, count), start);
  }
}
