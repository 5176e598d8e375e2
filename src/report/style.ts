const LIGHT = `
  --paper: #fdfcf9; --raised: #f5f3ec; --ink: #20242a; --soft: #59606b; --line: #d9d5ca;
  --honest: #0b5c9e; --faulty: #c8500a; --quiet: #8b8f96; --alarm: #fbeadf;
  --series-1: #0b5c9e; --series-2: #c77f00; --series-3: #008060; --series-4: #b3508d; --series-5: #6a4fa3; --series-6: #3a3f47;`

const DARK = `
  --paper: #15181d; --raised: #1e2229; --ink: #e3e1db; --soft: #a3a9b3; --line: #363c46;
  --honest: #68b4ec; --faulty: #ff9350; --quiet: #7f8691; --alarm: #3a2417;
  --series-1: #68b4ec; --series-2: #f0b23e; --series-3: #3ecfa0; --series-4: #e892c4; --series-5: #b7a0f2; --series-6: #c9cdd4;`

/** The page's style: light, dark, on a phone, on paper. Nothing is loaded. */
export const STYLE = `
:root { color-scheme: light dark;${LIGHT} }
@media (prefers-color-scheme: dark) { :root {${DARK} } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0 auto; padding: 2.5rem 1.5rem 4rem; max-width: 66rem; background: var(--paper); color: var(--ink);
  font: 1.0625rem/1.55 Charter, "Bitstream Charter", "Sitka Text", Cambria, Georgia, "Liberation Serif", serif;
  counter-reset: figure;
}
p, li, .facts { max-width: 44rem; overflow-wrap: anywhere; }
h1 { margin: 0 0 .25rem; font-size: 2.1rem; line-height: 1.15; font-weight: 600; letter-spacing: -.01em; overflow-wrap: anywhere; }
h2 { margin: 3rem 0 .75rem; padding-top: .75rem; border-top: 1px solid var(--line); font-size: 1.4rem; line-height: 1.25; font-weight: 600; }
h3 { margin: 0 0 .15rem; font: 600 .9rem/1.3 system-ui, sans-serif; overflow-wrap: anywhere; }
h3.parameter { margin: 2rem 0 0; font-size: 1.05rem; }
h3.parameter + figure { margin-top: .5rem; }
h4 { margin: 0 0 .15rem; color: var(--soft); font: 500 .8rem/1.3 system-ui, sans-serif; }
.eyebrow { margin: 0 0 .5rem; color: var(--soft); font: 500 .8rem/1.3 system-ui, sans-serif; letter-spacing: .06em; text-transform: uppercase; }
.facts { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1.2rem; margin: 1.2rem 0 0; font: .88rem/1.5 system-ui, sans-serif; }
.facts dt { color: var(--soft); }
.facts dd { margin: 0; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
code, pre { font: .82em/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
pre { margin: .75rem 0; padding: .8rem 1rem; background: var(--raised); border: 1px solid var(--line); border-radius: 4px; white-space: pre-wrap; overflow-wrap: anywhere; }
.warning { margin: 1.5rem 0; padding: .8rem 1.1rem; max-width: 46rem; background: var(--alarm); border-left: 5px solid var(--faulty); }
.warning h2 { margin: 0 0 .25rem; padding: 0; border: 0; font-size: 1.08rem; }
.warning p { margin: 0; }
.summary { margin: 1.2rem 0; padding-left: 1.15rem; }
.summary li { margin: .3rem 0; }
nav { margin: 1.4rem 0 0; font: .88rem/1.6 system-ui, sans-serif; }
nav ul { display: flex; flex-wrap: wrap; gap: .15rem 1.2rem; margin: 0; padding: 0; list-style: none; }
a { color: var(--honest); text-underline-offset: .18em; text-decoration-thickness: 1px; }
a:focus-visible, .scroll:focus-visible { outline: 2px solid var(--honest); outline-offset: 2px; }
figure { margin: 1.5rem 0 2.25rem; counter-increment: figure; }
figcaption { max-width: 46rem; margin-top: .5rem; color: var(--soft); font: .86rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
figcaption::before { content: "Figure " counter(figure) ". "; color: var(--ink); font-weight: 600; }
.plot { display: block; max-width: 100%; height: auto; overflow: visible; font: 11px system-ui, sans-serif; font-variant-numeric: tabular-nums; }
.plot text, .plot tspan { white-space: pre; }
.narrow { display: none; }
.panels { display: grid; grid-template-columns: repeat(auto-fill, minmax(17rem, 1fr)); gap: 1.4rem 1.5rem; }
.panels.small { grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); }
.panel { min-width: 0; }
.panel .plot, .wide .plot, .narrow .plot { width: 100%; }
.panel.faulty { border-top: 2px dashed var(--faulty); margin-top: -2px; }
.panel.faulty h3 { color: var(--faulty); }
.model { color: var(--soft); font-weight: 400; }
.note { margin: .15rem 0 0; color: var(--soft); font: .8rem/1.45 system-ui, sans-serif; }
.legend { display: flex; flex-wrap: wrap; gap: .15rem 1.1rem; max-width: none; margin: .6rem 0 0; padding: 0; list-style: none; font: .82rem/1.5 system-ui, sans-serif; }
.swatch { vertical-align: -1px; }
.scroll { overflow-x: auto; margin: 1.5rem 0 .4rem; }
.scroll.heat { margin: .4rem 0 0; }
.scroll.heat .plot { max-width: none; }
table { border-collapse: collapse; font: .84rem/1.4 system-ui, sans-serif; font-variant-numeric: tabular-nums lining-nums; }
caption { padding: 0 0 .4rem; text-align: left; font-weight: 600; }
th, td { padding: .26rem .55rem; text-align: left; font-weight: 400; white-space: nowrap; }
th:first-child { position: sticky; left: 0; padding-left: 0; background: var(--paper); }
thead th { max-width: 9rem; overflow-wrap: break-word; border-top: 1.5px solid var(--ink); border-bottom: 1px solid var(--soft); color: var(--soft); vertical-align: bottom; white-space: normal; }
tbody tr + tr > * { border-top: 1px solid var(--line); }
tbody tr:last-child > * { border-bottom: 1.5px solid var(--ink); }
.n { text-align: right; }
strong { font-weight: 700; }
.wrap td { white-space: normal; overflow-wrap: anywhere; min-width: 12rem; }
@media (max-width: 40rem) {
  body { padding: 1.5rem 1rem 3rem; font-size: 1rem; }
  h1 { font-size: 1.6rem; }
  .wide { display: none; }
  .narrow { display: block; }
  .facts { grid-template-columns: 1fr; }
  .facts dt { margin-top: .35rem; }
}
@media print {
  :root { color-scheme: light;${LIGHT} --paper: #fff; --raised: #fff; --alarm: #fff; }
  @page { margin: 16mm 14mm; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  html { font-size: 9.5pt; }
  body { max-width: none; padding: 0; font-size: 1.05rem; }
  nav { display: none; }
  .wide { display: block; }
  .narrow { display: none; }
  .panels { grid-template-columns: repeat(3, 1fr); gap: 1rem; }
  .panels.small { grid-template-columns: repeat(4, 1fr); }
  .scroll { overflow: visible; }
  th:first-child { position: static; }
  table { font-size: 7.5pt; }
  th, td { padding: .15rem .35rem; }
  h2, h3, caption { break-after: avoid; }
  .panel, .scroll, tr, .warning, .legend, figcaption, figure:not(:has(.panels)) { break-inside: avoid; }
  figcaption, .legend { break-before: avoid; }
}
`
