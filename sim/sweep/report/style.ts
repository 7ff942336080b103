// The look of a report: light, dark and print. Series are told by colour, by the shape of their marks and by the dashes of their
// lines; the colours (after M. Okabe and K. Ito) keep apart for all kinds of colour vision.

const SERIES_LIGHT = ['#0060a8', '#b8480a', '#00795c', '#8d3a7a', '#5a5a5a', '#8a6d00', '#1f8fc4', '#7a2020'] as const
const SERIES_DARK = ['#63b3f0', '#f08a4b', '#3ecfa8', '#d98ac5', '#b8b8b8', '#e0c040', '#8fd8ff', '#f09090'] as const
const DASHES = ['none', '7 3', '2 3', '9 3 2 3', 'none', '5 2', '1 2', '12 4'] as const

const variables = (colours: readonly string[]): string => colours.map((colour, i) => `--s${String(i)}:${colour};`).join('')

const LIGHT =
  '--page:#fff;--ink:#1d2530;--soft:#5c6675;--rule:#d5dae1;--panel:#f6f8fa;--link:#0a58a8;--bad:#a02020;' +
  variables(SERIES_LIGHT)
const DARK =
  '--page:#14181d;--ink:#e4e8ed;--soft:#9ba6b4;--rule:#353d48;--panel:#1c222a;--link:#7fbcf5;--bad:#ff9a8f;' +
  variables(SERIES_DARK)

const seriesRules = SERIES_LIGHT.map(
  (_, i) => `.series-${String(i)}{--c:var(--s${String(i)})}.series-${String(i)}.line{stroke-dasharray:${DASHES[i] ?? 'none'}}`,
).join('\n')

const PAGE = `:root{color-scheme:light dark;${LIGHT}}
@media (prefers-color-scheme:dark){:root{${DARK}}}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:1120px;margin:0 auto;padding:2rem 1.5rem 4rem}
`

const COMMON = `
*{box-sizing:border-box}
h1{font-size:1.9rem;line-height:1.2;margin:0 0 .4rem;text-wrap:balance}
h2{font-size:1.3rem;margin:3rem 0 .6rem;padding-top:1rem;border-top:1px solid var(--rule)}
h3{font-size:1.02rem;margin:1.8rem 0 .5rem}
p{max-width:46rem;margin:.5rem 0}
a{color:var(--link)}
.asks{font-size:1.2rem;color:var(--soft);max-width:46rem}
.facts,.help,figcaption{color:var(--soft);font-size:.88rem}
.facts span{white-space:nowrap}
figure{margin:1rem 0;page-break-inside:avoid;break-inside:avoid}
figcaption{max-width:46rem;margin-top:.3rem}
.panels{display:flex;flex-wrap:wrap;gap:1rem 1.5rem}
.panel{flex:0 1 auto;max-width:100%}
.panel>.title{font-size:.9rem;font-weight:600;margin:.2rem 0}
svg{display:block;max-width:100%;height:auto;font:12px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;fill:var(--ink)}
svg .axis line{stroke:var(--soft)}svg .grid,svg .axis line.grid{stroke:var(--rule)}
svg .zero{stroke:var(--ink);stroke-dasharray:3 3}
svg .label{fill:var(--soft)}svg .tick{fill:var(--ink)}svg .empty{fill:var(--panel);stroke:var(--rule);stroke-dasharray:2 2}
svg .on-dark{fill:#fff;font-weight:500}svg .on-light{fill:#111;font-weight:500}
.line{fill:none;stroke:var(--c);stroke-width:2}.whisker{fill:none;stroke:var(--c);stroke-width:1.3}
.mark{fill:var(--c);stroke:var(--page);stroke-width:1}.band{fill:var(--c);opacity:.15}
.dot{fill:var(--c);opacity:.45}.box{fill:var(--c);fill-opacity:.16;stroke:var(--c)}.median{stroke:var(--c);stroke-width:2.5}
.interval{stroke:var(--c);stroke-width:2.5}
${seriesRules}
.legend{display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;font-size:.88rem;margin:.4rem 0;padding:0;list-style:none}
.legend li{display:flex;align-items:center;gap:.4rem}
.scroll{overflow-x:auto}
table{border-collapse:collapse;font-size:.88rem;font-variant-numeric:tabular-nums;margin:.5rem 0}
th,td{text-align:left;padding:.28rem .9rem .28rem 0;border-bottom:1px solid var(--rule);vertical-align:top}
th{font-weight:600;color:var(--soft)}td:first-child{white-space:nowrap}
td.bar{min-width:9rem}
.bar i{display:inline-block;height:.7rem;background:var(--s0);border-radius:2px;vertical-align:middle;margin-right:.5rem}
code,pre{font:.85em/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
pre{background:var(--panel);border:1px solid var(--rule);border-radius:6px;padding:.7rem .9rem;overflow-x:auto;margin:.5rem 0}
td code{overflow-wrap:anywhere}
details{margin:.6rem 0}summary{cursor:pointer;color:var(--link)}
.bad{color:var(--bad)}
nav ul{columns:2 18rem;padding-left:1.1rem;font-size:.92rem}
`

const PRINT = `
@media print{
:root{${LIGHT}}
@page{margin:14mm}
body{font-size:10.5pt}main{max-width:none;padding:0}
h2{page-break-after:avoid;break-after:avoid}h2,h3,.panel>.title{page-break-inside:avoid}
details>summary{display:none}nav{display:none}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}
pre{white-space:pre-wrap;overflow-wrap:anywhere}.scroll{overflow:visible}table{font-size:8.5pt}
}
`

/** A report as a page of its own. */
export const STYLE = PAGE + COMMON + PRINT

/** Figures within another page, below an element that says whether it is dark. */
export const EMBEDDED_STYLE = `:host{${LIGHT}color:var(--ink)}:host([data-theme=dark]){${DARK}}\n${COMMON}`
