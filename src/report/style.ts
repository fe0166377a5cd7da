/** The style sheet of a report: dark on white, for screens from a telephone upwards and for paper. */
export const style = `
:root { --text: #1a1a1a; --muted: #595959; --line: #d9d9d9; --accent: #0072B2; }
* { box-sizing: border-box; }
html { font: 16px/1.55 system-ui, sans-serif; color: var(--text); background: #fff; -webkit-text-size-adjust: 100%; }
body { margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 82rem; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .3rem; letter-spacing: -.01em; }
h2 { font-size: 1.3rem; line-height: 1.3; margin: 3rem 0 .8rem; padding-top: .8rem; border-top: 2px solid var(--text); }
p { margin: 0 0 1rem; max-width: 46rem; orphans: 3; widows: 3; }
a { color: var(--accent); }
.muted, .note, small { color: var(--muted); }
.note { font-size: .875rem; margin-bottom: .5rem; }
.good, .bad { font-weight: 600; }
.good::before { content: "✓ "; color: #00744f; }
p.bad::before { content: "✕ "; }
.bad { color: #b03a00; }
nav ol { list-style: none; margin: 0; padding: 0; }
nav a { color: var(--text); text-decoration: none; display: block; padding: .2rem 0; }
nav a:hover { text-decoration: underline; }
dl.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); gap: 1rem; margin: 1.5rem 0 0; }
dl.figures div { border: 1px solid var(--line); border-radius: 6px; padding: .8rem 1rem; }
dl.figures dt { font-size: .875rem; color: var(--muted); }
dl.figures dd { margin: 0; font-size: 1.6rem; line-height: 1.3; font-weight: 600; font-variant-numeric: tabular-nums; }
dl.figures dd small { display: block; font-size: .8125rem; font-weight: 400; line-height: 1.4; }
dl.settings { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1.5rem; font-size: .9375rem; margin: 0; }
dl.settings dt { color: var(--muted); }
dl.settings dd { margin: 0; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; margin: 0 0 1.25rem; }
.long { max-height: 28rem; overflow-y: auto; border-bottom: 1px solid var(--line); }
.long thead th { position: sticky; top: 0; z-index: 1; background: #fff; }
.long thead th:first-child { z-index: 2; }
table { border-collapse: collapse; font-size: .875rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-size: .875rem; color: var(--muted); padding: 0 0 .4rem; }
caption span { display: block; position: sticky; left: 0; max-width: min(46rem, calc(100vw - 2rem)); }
th, td { padding: .3rem .7rem; text-align: right; vertical-align: top; white-space: nowrap; }
th { font-weight: 600; }
th:first-child { text-align: left; padding-left: 0; position: sticky; left: 0; background: #fff; }
tbody th { font-weight: 400; }
thead th { border-bottom: 1.5px solid var(--text); vertical-align: bottom; white-space: normal; }
tbody tr + tr > * { border-top: 1px solid #ececec; }
tfoot > tr:first-child > * { border-top: 1.5px solid var(--text); font-weight: 600; }
.upright th:not(:first-child), .upright td { padding: .3rem .4rem; }
.upright thead th:not(:first-child) { writing-mode: vertical-rl; transform: rotate(180deg); text-align: left; }
.upright thead th { border: 0; }
.upright tbody tr:first-child > * { border-top: 1.5px solid var(--text); }
.dense table { font-size: .8125rem; }
.dense th:not(:first-child), .dense td { padding: .3rem .4rem; }
.note + .scroll { margin-top: 2rem; }
.ids { text-align: left; white-space: normal; min-width: 10rem; max-width: 26rem; }
.pair { display: flex; flex-wrap: wrap; gap: 1rem 3rem; align-items: flex-start; }
.pair > * { min-width: 0; }
.share { display: inline-block; min-width: 3.6rem; color: var(--muted); }
.axis { display: flex; justify-content: space-between; width: 80px; font-weight: 400; color: var(--muted); }
svg { max-width: 100%; height: auto; display: block; }
svg.interval { max-width: none; margin-top: .25rem; }
figure { margin: 0 0 1.25rem; }
figcaption { font-size: .875rem; color: var(--muted); }
.panels { --least: var(--width); display: grid; grid-template-columns: repeat(auto-fill, minmax(min(var(--least), 100%), 1fr)); gap: 1.25rem 1rem; margin-bottom: 1.25rem; }
.cams { display: grid; grid-template-columns: repeat(auto-fill, minmax(205px, 1fr)); gap: 1.5rem 1rem; margin-bottom: 1.25rem; }
.cams img { width: 100%; height: auto; display: block; border-radius: 4px; background: #000; }
.cams figcaption { color: var(--text); padding-top: .4rem; line-height: 1.4; overflow-wrap: anywhere; }
.panels figure, .cams figure { margin: 0; }
.panels figure { display: flex; flex-direction: column; justify-content: space-between; }
.panels figcaption { line-height: 1.35; font-size: .8125rem; padding: 0 0 .3rem 4px; }
.panels b { color: var(--text); font-size: .9375rem; }
footer { margin-top: 3rem; padding-top: 1rem; border-top: 2px solid var(--text); }
@media (min-width: 70rem) {
  body { display: grid; grid-template-columns: 11rem minmax(0, 1fr); column-gap: 2rem; }
  header, footer { grid-column: 2; }
  nav { grid-column: 1; grid-row: 1 / span 3; position: sticky; top: 2rem; align-self: start; font-size: .9375rem; }
  main { grid-column: 2; }
}
@media (max-width: 69.99rem) {
  nav { margin-top: 1.5rem; }
  nav ol { columns: 9rem; }
}
@media (max-width: 30rem) {
  body { padding: 1.25rem 1rem 3rem; }
  h1 { font-size: 1.5rem; }
  .cams { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  .panels, .cams { gap: 1rem .5rem; }
  .panels { --least: calc(.75 * var(--width)); }
  .panels figure { overflow-x: auto; }
  .panels svg { min-width: calc(.75 * var(--own)); }
  dl.figures { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: .6rem; }
  dl.figures div { padding: .6rem .8rem; }
  dl.figures dd { font-size: 1.3rem; }
  th, td, .dense th:not(:first-child), .dense td { padding: .3rem .4rem; }
  tbody th { white-space: normal; min-width: 6.5rem; }
  .panels figcaption { font-size: .75rem; }
  dl.settings { grid-template-columns: minmax(0, 1fr); gap: 0; }
  dl.settings dd { margin-bottom: .4rem; }
}
@page { margin: 14mm; }
@media print {
  html { font-size: 10.5px; }
  body { display: block; padding: 0; max-width: none; }
  nav { position: static; margin-top: 1rem; }
  nav ol { columns: 4; }
  h2 { break-after: avoid; margin-top: 2rem; }
  section > p:not(.note) { break-after: avoid; break-inside: avoid; }
  tr, figure, .scroll, dl.figures div, dl.settings { break-inside: avoid; }
  tfoot { display: table-row-group; }
  .pair { flex-wrap: nowrap; gap: 2rem; }
  .scroll { overflow: visible; max-height: none; }
  .long { break-inside: auto; }
  .long thead th { position: static; }
  .cams { grid-template-columns: repeat(4, minmax(0, 1fr)); }
  .panels { --least: calc(.75 * var(--width)); }
}
`;
