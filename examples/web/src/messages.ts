import { element, make } from "./dom.js";

/** Says how far work has come; screen readers read it out. */
export function say(text: string): void {
  element("status", HTMLElement).textContent = text;
}

/**
 * Shows how far something long has come, without reading it out each time; takes it away again without a share.
 *
 * @param share in [0, 1]
 */
export function showProgress(share?: number, text = ""): void {
  const box = element("progress", HTMLElement);
  box.hidden = share === undefined;
  box.querySelector("progress")!.value = share ?? 0;
  box.querySelector("span")!.textContent = text;
}

/** As many errors are listed; a batch of a hundred bad files says the rest in its table. */
const mostErrors = 6;

/** Adds to the list of errors, which screen readers read out at once. */
export function addError(text: string): void {
  const box = element("errors", HTMLElement);
  const list = box.querySelector("ul") ?? box.appendChild(make("ul"));
  if (list.children.length < mostErrors) list.append(make("li", {}, text));
  else if (list.children.length === mostErrors) {
    list.append(make("li", {}, "There are more; the table of all films says what is wrong with each."));
  }
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
