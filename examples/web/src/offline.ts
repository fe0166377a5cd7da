import codecs from "dcmjs-codecs/build/dcmjs-native-codecs.wasm?url";
import { element } from "./dom.js";

/** Keeps the page for visits without a network, and says when it is kept. Only what was built can be kept. */
export async function keepOffline(): Promise<void> {
  const text = element("offline", HTMLElement);
  if (!import.meta.env.PROD || !("serviceWorker" in navigator)) {
    text.textContent = "Works online only";
    return;
  }
  try {
    await navigator.serviceWorker.register("service-worker.js");
    await navigator.serviceWorker.ready;
    text.textContent = "Ready for offline use";
    whenIdle(() => void keepCodecs(text));
  } catch {
    text.textContent = "Works online only: this browser keeps no pages";
  }
}

/** The codecs of compressed DICOM files are larger than all the rest, so they come last. The service worker keeps them. */
async function keepCodecs(text: HTMLElement): Promise<void> {
  const { serviceWorker } = navigator;
  if (serviceWorker.controller === null) {
    await new Promise((resolve) =>
      serviceWorker.addEventListener("controllerchange", resolve, { once: true }),
    );
  }
  const response = await fetch(codecs).catch(() => undefined);
  await response?.arrayBuffer();
  if (response?.ok) text.textContent = "Ready for offline use, compressed DICOM included";
}

function whenIdle(work: () => void): void {
  if ("requestIdleCallback" in window) requestIdleCallback(work, { timeout: 10_000 });
  else setTimeout(work, 3_000);
}
