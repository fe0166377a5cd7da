import { camTable, truthOf } from "./camGrid.js";
import type { FigureTable } from "./figure.js";
import { formatNumber } from "./format.js";
import { type Content, html, type Markup, pngAddress } from "./html.js";
import { type MaskPicture, maskTable } from "./maskOverlayGrid.js";
import type { CamPicture, ReportInput } from "./reportInput.js";
import { table } from "./table.js";

const methodOf = ({ method = "Grad-CAM" }: CamPicture) => method;

/** Pictures of where the model looks. */
export function camBody(cams: readonly CamPicture[], { evaluatedOn }: ReportInput): Markup {
  const methods = [...new Set(cams.map(methodOf))].join(", ");
  return html`<p>Where the network finds evidence for a finding (${methods}), laid over the film. Each map is scaled by its own maximum, so colours show where, not how much.</p>
<div class="cams">${cams.map((cam) => {
    const { imageId, finding, probability, png, note } = cam;
    return picture(png, `${methodOf(cam)} for ${finding} on image ${imageId} of ${evaluatedOn}`, [
      html`<b>${finding}</b>`,
      `predicted ${formatNumber(probability)}, ${truthOf(cam)}`,
      html`<span class="muted">${imageId}${note && html`<br>${note}`}</span>`,
    ]);
  })}</div>
${pictureTable("The films, what is predicted and what is known", camTable(cams))}`;
}

/** Pictures of masks over films. */
export function maskBody(masks: readonly MaskPicture[], { evaluatedOn }: ReportInput): Markup {
  return html`<p>What the network takes for the mask, as a veil over the film; the outline is the mask of the dataset.</p>
<div class="cams">${masks.map(({ imageId, mask, dice, png }) =>
    picture(png, `Predicted mask ${mask} on image ${imageId} of ${evaluatedOn}`, [
      html`<b>${mask}</b>`,
      Number.isNaN(dice) ? "no Dice coefficient" : `Dice ${formatNumber(dice)}`,
      html`<span class="muted">${imageId}</span>`,
    ]),
  )}</div>
${pictureTable("The films, and how far the masks overlap", maskTable(masks))}`;
}

function picture(png: Uint8Array, alt: string, lines: readonly Content[]): Markup {
  return html`<figure><img src="${pngAddress(png)}" alt="${alt}">
<figcaption>${lines.map((line, i) => (i === 0 ? line : html`<br>${line}`))}</figcaption></figure>
`;
}

const pictureTable = (caption: string, { columns, rows }: FigureTable) =>
  table({ caption, head: columns, rows });
