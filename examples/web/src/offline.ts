import codecs from "dcmjs-codecs/build/dcmjs-native-codecs.wasm?url";
import { element, make } from "./dom.js";

/** Keeps the page for visits without a network, and says when it is kept. Only what was built can be kept. */
export async function keepOffline(): Promise<void> {
  const text = element("offline", HTMLElement);
  if (!import.meta.env.PROD || !("serviceWorker" in navigator)) {
    text.textContent = "Works online only";
    return;
  }
  try {
    const registration = await navigator.serviceWorker.register("service-worker.js");
    await active(registration);
    text.textContent = "Ready for offline use";
    tellOfNewer(registration, text);
    whenIdle(() => void keepCodecs(text));
  } catch {
    text.textContent = "Works online only: this browser keeps no pages";
  }
}

/** Waits for a worker that serves the page; the first one fails where the browser has no room for its files. */
async function active({ active, installing }: ServiceWorkerRegistration): Promise<void> {
  if (active !== null || installing === null) return;
  await new Promise<void>((resolve, reject) => {
    installing.addEventListener("statechange", () => {
      if (installing.state === "activated") resolve();
      if (installing.state === "redundant") reject(new Error("The page's files cannot be kept."));
    });
  });
}

/** A newer version waits until no tab shows the older one, whose files it takes away. */
function tellOfNewer(registration: ServiceWorkerRegistration, text: HTMLElement): void {
  const tell = () => {
    if (registration.waiting === null || document.getElementById("newer") !== null) return;
    text.after(
      make(
        "strong",
        { id: "newer" },
        " A newer version of this page is here: close all of its tabs to get it.",
      ),
    );
  };
  tell();
  registration.addEventListener("updatefound", () =>
    registration.installing?.addEventListener("statechange", tell),
  );
  registration.installing?.addEventListener("statechange", tell);
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
