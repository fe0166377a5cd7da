// Keeps the page, its model and the backends, so that all works without a network after the first visit. Built as
// `service-worker.js`; precache.ts writes the list of files.

/** The part of a service worker's surroundings that is used here; TypeScript has them only in place of a page's. */
interface WorkerScope {
  readonly location: Location;
  readonly clients: { claim(): Promise<void> };
  readonly registration: { readonly scope: string };
  addEventListener(type: "install" | "activate", listener: (event: WorkerEvent) => void): void;
  addEventListener(type: "fetch", listener: (event: FetchEvent) => void): void;
}

interface WorkerEvent extends Event {
  waitUntil(work: Promise<unknown>): void;
}

interface FetchEvent extends WorkerEvent {
  readonly request: Request;
  respondWith(response: Promise<Response>): void;
}

declare const __FILES__: readonly string[];
declare const __VERSION__: string;

const worker = globalThis as unknown as WorkerScope;
const { scope } = worker.registration;
// Caches belong to a host, on which the page may lie in several folders, each of its own version.
const family = `radiolucent ${scope} `;
const current = `${family}${__VERSION__}`;

async function keepAll(): Promise<void> {
  const cache = await caches.open(current);
  // Names with a hash never change, so the browser's own copies will do; the others are asked for anew.
  const hashed = /^assets\//;
  await cache.addAll(
    __FILES__.map((file) => new Request(scope + file, { cache: hashed.test(file) ? "default" : "no-cache" })),
  );
}

async function forgetOlder(): Promise<void> {
  const names = await caches.keys();
  const older = names.filter((name) => name.startsWith(family) && name !== current);
  await Promise.all(older.map((name) => caches.delete(name)));
  await worker.clients.claim();
}

async function answer(request: Request): Promise<Response> {
  // Without its cache, which a browser may refuse or lose, the page is what the server gives.
  const cache = await caches.open(current).catch(() => undefined);
  const page =
    request.mode === "navigate" && [scope, `${scope}index.html`].includes(withoutQuery(request.url));
  // What is kept is the same for whoever asks, also where a server says that its answers vary.
  const kept = await cache
    ?.match(page ? `${scope}index.html` : request, { ignoreSearch: true, ignoreVary: true })
    .catch(() => undefined);
  if (kept) return kept;
  const response = await fetch(request);
  // What is fetched later, such as the DICOM codecs, is kept too, where there is room.
  if (response.ok && request.url.startsWith(`${scope}assets/`)) {
    await cache?.put(request, response.clone()).catch(() => {});
  }
  return response;
}

const withoutQuery = (url: string) => url.replace(/[?#].*$/, "");

worker.addEventListener("install", (event) => event.waitUntil(keepAll()));
worker.addEventListener("activate", (event) => event.waitUntil(forgetOlder()));
worker.addEventListener("fetch", (event) => {
  const { method, url } = event.request;
  if (method === "GET" && url.startsWith(scope)) event.respondWith(answer(event.request));
});
