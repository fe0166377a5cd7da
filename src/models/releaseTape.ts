import { dispose, engine } from "@tensorflow/tfjs-core";

/** Frees what TensorFlow.js saved for a way back that failed; it does so itself only after a successful one. */
export function releaseTape(): void {
  const { state } = engine();
  if (state.gradientDepth > 0) return;
  for (const node of state.activeTape ?? []) dispose(node.saved ?? []);
  state.activeTape = [];
}
