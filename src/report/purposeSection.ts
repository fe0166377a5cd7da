import { html, type Markup } from "./html.js";
import type { ModelPurpose } from "./reportInput.js";

/** What the model is for, and what not. */
export function purposeBody({ intendedUse, outOfScope = [], limits }: ModelPurpose): Markup {
  const list = (heading: string, items: readonly string[]) =>
    items.length > 0
      ? html`<h3>${heading}</h3>\n<ul>${items.map((item) => html`<li>${item}</li>`)}</ul>\n`
      : undefined;
  return html`<p>${intendedUse}</p>
${list("Not for", outOfScope)}${list("Limits", limits)}`;
}
