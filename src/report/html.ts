/** Text that is HTML already. */
export class Markup {
  /** @param source HTML that is put in as it is */
  constructor(readonly source: string) {}
}

/** What may stand in a template: text and numbers are escaped, markup goes in as it is, undefined is nothing. */
export type Content = string | number | Markup | undefined | readonly Content[];

/** A template tag for HTML: whatever is put in and is not markup itself is escaped, for text and quoted attributes. */
export function html(strings: TemplateStringsArray, ...contents: readonly Content[]): Markup {
  return new Markup(strings.reduce((source, string, i) => source + render(contents[i - 1]) + string));
}

function render(content: Content): string {
  if (content === undefined) return "";
  if (content instanceof Markup) return content.source;
  if (Array.isArray(content)) return content.map(render).join("");
  return String(content).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** A `data:` address that holds a PNG. */
export function pngAddress(png: Uint8Array): string {
  return `data:image/png;base64,${btoa(Array.from(png, (byte) => String.fromCharCode(byte)).join(""))}`;
}

/** An SVG from a plot as part of a page, with a name for who can't see it. */
export function inlineSvg(svg: string, label: string): Markup {
  const inner = svg.replace(/^<svg/, "").replace(/ xmlns(:xlink)?="[^"]*"/g, "");
  return html`<svg role="img" aria-label="${label}"${new Markup(inner)}`;
}
