import { make } from "./dom.js";

/**
 * The part of Markdown in which the library writes model cards, as elements: headings, paragraphs, quotes, lists and tables, with
 * bold text. Text is set as text, so a card can bring no element of its own.
 */
export function markdown(text: string): HTMLElement[] {
  return text
    .trim()
    .split(/\n{2,}/)
    .map((block) => {
      const lines = block.split("\n");
      const heading = /^(#{1,3}) (.*)/.exec(block);
      // The page's own headings end at the second level.
      if (heading) return make(heading[1] === "#" ? "h3" : "h4", {}, ...inline(heading[2]!));
      if (lines.every((line) => line.startsWith("- "))) {
        return make(
          "ul",
          { class: "bullets" },
          ...lines.map((line) => make("li", {}, ...inline(line.slice(2)))),
        );
      }
      if (lines.length > 1 && lines.every((line) => line.startsWith("|"))) return table(lines);
      if (lines.every((line) => line.startsWith(">"))) {
        return make("blockquote", {}, ...inline(lines.map((line) => line.slice(1).trim()).join(" ")));
      }
      return make("p", {}, ...inline(lines.join(" ")));
    });
}

function table([header, , ...rows]: readonly string[]): HTMLElement {
  const cells = (line: string) =>
    line
      .replace(/^\||\|$/g, "")
      .split(/(?<!\\)\|/)
      .map((cell) => inline(cell.trim()));
  const titles = cells(header!);
  const head = titles.every((title) => title.length === 0)
    ? []
    : [make("thead", {}, make("tr", {}, ...titles.map((title) => make("th", { scope: "col" }, ...title))))];
  const body = rows.map((line) => {
    const [first = [], ...rest] = cells(line);
    return make(
      "tr",
      {},
      make("th", { scope: "row" }, ...first),
      ...rest.map((cell) => make("td", {}, ...cell)),
    );
  });
  return make(
    "div",
    { class: "table-box", tabindex: 0 },
    make("table", {}, ...head, make("tbody", {}, ...body)),
  );
}

/** Bold text, and characters that are escaped so as not to be Markdown. */
function inline(text: string): (Node | string)[] {
  const plain = (part: string) => part.replace(/\\([\\`*_[\]<>|~#])/g, "$1");
  return text
    .split(/(?<!\\)\*\*/)
    .map((part, i) => (i % 2 === 1 ? make("strong", {}, plain(part)) : plain(part)))
    .filter((part) => part !== "");
}
