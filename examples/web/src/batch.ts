import { make } from "./dom.js";
import type { FilmResult } from "./examine.js";
import type { FilmSource } from "./film.js";
import { decimal, decisionWords, readable } from "./results.js";

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
  container.replaceChildren(make("table", {}, caption, make("thead", {}, head), body));

  const setHead = (findings: readonly string[]) =>
    head.replaceChildren(
      ...["File", "Status", ...findings].map((title) => make("th", { scope: "col" }, readable(title))),
    );

  const fill = (index: number, row: BatchRow, state: "waiting" | "done" | "failed") => {
    const { element } = rows[index]!;
    rows[index] = { ...row, element };
    const button = make("button", { type: "button", class: "link", disabled: state !== "done" }, row.name);
    button.addEventListener("click", () => onShow(index));
    element.dataset.status = state;
    element.replaceChildren(
      make("th", { scope: "row" }, button),
      make("td", { class: "status" }, row.status),
      ...(row.result?.findings ?? []).map(({ probability, decision }) =>
        make(
          "td",
          { "data-decision": decision },
          make("span", { class: "number" }, decimal(probability)),
          " ",
          make("span", { class: "decision" }, decisionWords[decision]),
        ),
      ),
    );
  };

  return {
    /** Starts a new batch. */
    reset(sources: readonly FilmSource[]): void {
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
      setHead(result.findings.map(({ finding }) => finding));
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
