/** The page's element of an id, which has to be of the class given. */
export function element<T extends HTMLElement>(id: string, kind: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`index.html has no ${kind.name} "${id}"`);
  return found;
}

/** Makes an element with attributes, of which false and undefined ones are left out, and with children. */
export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, string | number | boolean | undefined>> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false && value !== undefined) made.setAttribute(name, value === true ? "" : String(value));
  }
  made.append(...children);
  return made;
}

/** The first canvas inside the element of an id. */
export function canvasIn(id: string): HTMLCanvasElement {
  const canvas = element(id, HTMLElement).querySelector("canvas");
  if (canvas === null) throw new Error(`index.html has no canvas in "${id}"`);
  return canvas;
}
