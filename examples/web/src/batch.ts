import { make } from "./dom.js";
import type { FilmResult, FindingResult } from "./examine.js";
import type { FilmSource } from "./film.js";
import { decimal, decisionText, readable } from "./words.js";

/** One film of a batch. */
export interface BatchRow {
  readonly name: string;
  /** "waiting", "done", or what is wrong with it. */
  readonly status: string;
  /** Once it is done. */
  readonly result: FilmResult | undefined;
}

/** The table of all films; a film's name is a button that shows it. */
export function batchTable(container: HTMLElement, onShow: (index: number) => void) {
  const head = make("tr");
  const body = make("tbody");
  let rows: (BatchRow & { readonly element: HTMLTableRowElement })[] = [];
  const caption = make("caption", { class: "visually-hidden" }, "All films and what the model says of them");
  const table = make("table", {}, caption, make("thead", {}, head), body);
  container.replaceChildren(table);
  showsOverflow(container, table);

  let columns = 0;

  const setHead = (findings: readonly FindingResult[]) => {
    const several = new Set(findings.map(({ head }) => head)).size > 1;
    const titles = findings.map(({ head, finding }) => (several ? `${head}: ${finding}` : finding));
    head.replaceChildren(
      ...["File", "Status", ...titles].map((title) => make("th", { scope: "col" }, readable(title))),
    );
    columns = titles.length;
    for (const { element } of rows) span(element);
  };

  /** What is said of a film without results takes the place of these. */
  const span = (element: HTMLTableRowElement) => {
    const status = element.cells[1];
    if (status) status.colSpan = element.cells.length === 2 ? 1 + columns : 1;
  };

  const fill = (index: number, row: BatchRow, state: "waiting" | "done" | "failed") => {
    const { element } = rows[index]!;
    rows[index] = { ...row, element };
    const button = make("button", { type: "button", class: "link", disabled: state !== "done" }, row.name);
    button.addEventListener("click", () => onShow(index));
    element.dataset.status = state;
    element.replaceChildren(
      make("th", { scope: "row" }, button),
      make("td", { class: "status" }, make("span", {}, row.status)),
      ...(row.result?.findings ?? []).map((found) =>
        make(
          "td",
          { "data-decision": found.decision },
          make("span", { class: "number" }, decimal(found.probability)),
          " ",
          make("span", { class: "decision" }, decisionText(found)),
        ),
      ),
    );
    span(element);
  };

  return {
    /** Starts a new batch. */
    reset(sources: readonly FilmSource[]): void {
      rows = [];
      setHead([]);
      rows = sources.map(({ name }) => ({
        name,
        status: "waiting",
        result: undefined,
        element: make("tr", { "data-file": name }),
      }));
      for (const [i, row] of rows.entries()) fill(i, row, "waiting");
      body.replaceChildren(...rows.map(({ element }) => element));
    },
    /** Fills in what the model says of a film. */
    done(index: number, result: FilmResult): void {
      setHead(result.findings);
      fill(index, { ...rows[index]!, status: "done", result }, "done");
    },
    /** Says what is wrong with a film. */
    failed(index: number, message: string): void {
      fill(index, { ...rows[index]!, status: message, result: undefined }, "failed");
    },
    /** Marks the film that is shown. */
    select(index: number): void {
      for (const [i, { element }] of rows.entries()) element.ariaCurrent = i === index ? "true" : null;
    },
    /** What the table holds. */
    get rows(): readonly BatchRow[] {
      return rows;
    },
  };
}

/** Says so where a table goes on beyond its box, and lets the keyboard scroll it there. */
function showsOverflow(box: HTMLElement, table: HTMLElement): void {
  const observer = new ResizeObserver(() => {
    const beyond = box.scrollWidth > box.clientWidth + 1;
    box.toggleAttribute("data-beyond", beyond);
    if (beyond) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  });
  observer.observe(box);
  observer.observe(table);
}
