import { element, make } from "./dom.js";

/** Says how far work has come; screen readers read it out. */
export function say(text: string): void {
  element("status", HTMLElement).textContent = text;
}

/** Adds to the list of errors, which screen readers read out at once. */
export function addError(text: string): void {
  const box = element("errors", HTMLElement);
  const list = box.querySelector("ul") ?? box.appendChild(make("ul"));
  list.append(make("li", {}, text));
}

/** Empties the list of errors. */
export function clearErrors(): void {
  element("errors", HTMLElement).replaceChildren();
}

/** Lists what to bear in mind of the film that is shown. */
export function showWarnings(warnings: readonly string[]): void {
  element("warnings", HTMLElement).replaceChildren(...warnings.map((text) => make("li", {}, text)));
}

/** What an error says to people; without the file's name before it, where that is said apart. */
export function messageOf(error: unknown, file = ""): string {
  const message = error instanceof Error ? error.message : String(error);
  return file !== "" && message.startsWith(`${file}: `) ? message.slice(file.length + 2) : message;
}
