import { setImmediate as nextTurn } from "node:timers/promises";
import { parentPort } from "node:worker_threads";
import type { Image } from "../../image.js";
import { decodePlainPng } from "./decodePlainPng.js";
import { loadFilm } from "./loadFilm.js";
import type { WorkerAnswer, WorkerTask } from "./workerPool.js";

// A thread that loads films, one after another, for `workerPool.ts`.
const port = parentPort!;
const tasks: WorkerTask[] = [];
let busy = false;

port.on("message", (message: WorkerTask | { readonly cancelled: number }) => {
  if ("cancelled" in message) {
    const index = tasks.findIndex(({ id }) => id === message.cancelled);
    if (index >= 0) tasks.splice(index, 1);
    return;
  }
  tasks.push(message);
  if (!busy) void work();
});

async function work(): Promise<void> {
  busy = true;
  for (let task = tasks.shift(); task !== undefined; task = tasks.shift()) {
    await answer(task);
    // What was cancelled meanwhile is heard of now.
    await nextTurn();
  }
  busy = false;
}

async function decode(bytes: Uint8Array, file: string): Promise<Image> {
  const image = decodePlainPng(bytes);
  if (image) return image;
  // Its libraries take time and memory, which most workers never need.
  const { decodeImage } = await import("../decodeImage.js");
  return decodeImage(bytes, { file });
}

async function answer({ id, request }: WorkerTask): Promise<void> {
  let reply: WorkerAnswer;
  try {
    const { image, outcome } = await loadFilm(request, decode);
    const { data } = image.pixels;
    reply = { id, film: { pixels: data, range: image.range, outcome } };
    port.postMessage(reply, [data.buffer as ArrayBuffer]);
  } catch {
    // The asking thread tries too, and has the error in its own class.
    reply = { id, film: undefined };
    port.postMessage(reply);
  }
}
