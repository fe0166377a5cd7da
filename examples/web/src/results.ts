import { make } from "./dom.js";
import type { FindingResult } from "./examine.js";
import { decimal, decisionText, readable, thresholdText } from "./words.js";

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
    const bar = make("meter", { min: 0, max: 1, value: probability || 0, "aria-hidden": "true" });
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
        make("span", { class: "decision" }, decisionText(result)),
        ...(decision === "none"
          ? []
          : [" ", make("span", { class: "number quiet" }, thresholdText(threshold))]),
      ),
    );
  };

  const group = (head: string) =>
    make("tr", { class: "group" }, make("th", { scope: "rowgroup", colspan: 4 }, readable(head)));

  return {
    /** Shows one film's findings; where there are none, says so in words, if there are any. */
    show(findings: readonly FindingResult[], otherwise = ""): void {
      const focused = [...buttons].find(([, button]) => button === document.activeElement)?.[0];
      buttons.clear();
      const several = new Set(findings.map(({ head }) => head)).size > 1;
      body.replaceChildren(
        ...findings.flatMap((result, i) =>
          several && result.head !== findings[i - 1]?.head
            ? [group(result.head), row(result)]
            : [row(result)],
        ),
      );
      if (findings.length === 0 && otherwise !== "") {
        body.append(make("tr", {}, make("td", { colspan: 4 }, otherwise)));
      }
      buttons.get(focused ?? "")?.focus();
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
