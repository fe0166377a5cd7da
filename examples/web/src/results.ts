import { make } from "./dom.js";
import type { FilmResult, FindingResult } from "./examine.js";

/** A number in [0, 1] with three digits; one that is not known is a dash. */
export function decimal(value: number | undefined): string {
  return value === undefined || Number.isNaN(value) ? "–" : value.toFixed(3);
}

/** A finding's name as people read it. */
export const readable = (finding: string) => finding.replaceAll("_", " ");

/** A decision in words. */
export const decisionWords = { above: "above", below: "below", none: "no threshold" } as const;

/** The table of one film's findings; in each row a button that asks for its explanation. */
export function resultsTable(container: HTMLElement, onExplain: (result: FindingResult | undefined) => void) {
  const body = make("tbody");
  const buttons = new Map<string, HTMLButtonElement>();
  container.replaceChildren(
    make(
      "table",
      {},
      make("caption", { class: "visually-hidden" }, "What the model says of this film"),
      make(
        "thead",
        {},
        make(
          "tr",
          {},
          ...["Finding", "Probability", "Calibrated", "Decision"].map((title) =>
            make("th", { scope: "col" }, title),
          ),
        ),
      ),
      body,
    ),
  );

  const row = (result: FindingResult) => {
    const { head, finding, probability, calibrated, threshold, decision } = result;
    const button = make("button", { type: "button", class: "explain", "aria-pressed": "false" });
    button.append(
      readable(finding),
      make("span", { class: "visually-hidden" }, ": show on the film where the model looks"),
    );
    button.addEventListener("click", () => onExplain(button.ariaPressed === "true" ? undefined : result));
    buttons.set(keyOf(result), button);
    const bar = make("meter", { min: 0, max: 1, value: probability, "aria-hidden": "true" });
    return make(
      "tr",
      {
        "data-head": head,
        "data-finding": finding,
        "data-probability": probability,
        "data-calibrated": calibrated,
        "data-threshold": Number.isNaN(threshold) ? undefined : threshold,
        "data-decision": decision,
      },
      make("th", { scope: "row" }, button),
      make("td", { class: "number" }, bar, decimal(probability)),
      make("td", { class: "number" }, decimal(calibrated)),
      make(
        "td",
        {},
        make("span", { class: "decision" }, decisionWords[decision]),
        ...(decision === "none" ? [] : [" ", make("span", { class: "number quiet" }, decimal(threshold))]),
      ),
    );
  };

  return {
    /** Shows one film's findings. */
    show({ findings }: FilmResult): void {
      buttons.clear();
      body.replaceChildren(...findings.map(row));
    },
    /** Marks the finding that is explained now. */
    press(result: FindingResult | undefined): void {
      for (const [key, button] of buttons) {
        button.ariaPressed = String(result !== undefined && key === keyOf(result));
      }
    },
  };
}

const keyOf = ({ head, finding }: FindingResult) => `${head}/${finding}`;
