import { formatNumber } from "./format.js";
import { html, type Markup, pngAddress } from "./html.js";
import type { CamPicture, ReportInput } from "./reportInput.js";

/** Pictures of where the model looks. */
export function camBody(cams: readonly CamPicture[], { evaluatedOn }: ReportInput): Markup {
  return html`<p>Where the network finds evidence for a finding (Grad-CAM), laid over the film. Each map is scaled by its own maximum, so colours show where, not how much.</p>
<div class="cams">${cams.map(({ imageId, finding, probability, label, png, note }) => {
    const truth = Number.isNaN(label) ? "unknown" : label === 1 ? "present" : "absent";
    return html`<figure><img src="${pngAddress(png)}" alt="Grad-CAM for ${finding} on image ${imageId} of ${evaluatedOn}">
<figcaption><b>${finding}</b><br>predicted ${formatNumber(probability)}, label ${truth}<br><span class="muted">${imageId}${note && html`<br>${note}`}</span></figcaption></figure>
`;
  })}</div>`;
}
