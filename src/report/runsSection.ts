import type { RunsEvaluation } from "../training/evaluateRuns.js";
import { figureBody } from "./figureBody.js";
import { html, type Markup } from "./html.js";
import { runsPlot } from "./runsPlot.js";

/** How far the measures depend on the run. */
export async function runsBody(runs: RunsEvaluation, on: string): Promise<Markup> {
  const figures = [runsPlot(runs), runsPlot(runs, { metric: "calibrationError" })];
  return html`<p>The same training, begun anew with other random numbers. How far apart the runs are says how much hangs on chance in training; it says nothing of how the model does on other patients.</p>
${await Promise.all(figures.map((figure) => figureBody(figure, { on })))}`;
}
