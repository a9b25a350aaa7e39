#include "results/report_style.h"

namespace libero {

const char* const kReportStyle = R"css(
:root {
  color-scheme: light dark;
  --page: #ffffff; --panel: #f5f7f9; --text: #1b2026; --quiet: #59626d; --rule: #d8dee4;
  --accent: #1769c2; --accent-soft: #bcd7f2; --fill: #4a93dd; --fill-other: #b4bec9;
  --failure: #f2c7a4; --failure-mark: #8a3b06; --error: #8f2fb0; --warn: #8a3b06; --warn-soft: #fdebdc;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14171b; --panel: #1c2126; --text: #e4e8ec; --quiet: #9ba6b2; --rule: #323a43;
    --accent: #6db2f7; --accent-soft: #23415f; --fill: #3f83c9; --fill-other: #55606c;
    --failure: #74401f; --failure-mark: #ffc79d; --error: #cf7bea; --warn: #ffbd8a; --warn-soft: #40260f;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 62rem; background: var(--page);
  color: var(--text); font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
}
h1 { margin: 0; font-size: 1.75rem; line-height: 1.2; overflow-wrap: anywhere; }
h2 { margin: 3rem 0 0.25rem; padding-top: 1.25rem; border-top: 1px solid var(--rule); font-size: 1.35rem;
  line-height: 1.3; overflow-wrap: anywhere; }
h3 { margin: 2.25rem 0 0.5rem; font-size: 1.05rem; }
h4 { margin: 0 0 0.25rem; font-size: 0.9rem; font-weight: 600; overflow-wrap: anywhere; }
p { margin: 0.4rem 0; max-width: 46rem; }
a { color: var(--accent); }
a:focus-visible, summary:focus-visible, .scroll:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.kind { margin: 0 0 0.25rem; color: var(--quiet); font-size: 0.8rem; letter-spacing: 0.08em; text-transform: uppercase; }
.quiet { color: var(--quiet); font-size: 0.9rem; }
.contents { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; margin: 1rem 0 0; padding: 0; list-style: none; font-size: 0.9rem; }

.headline { display: grid; grid-template-columns: auto 1fr; gap: 0.25rem 1.75rem; align-items: center;
  margin: 1.25rem 0 0; padding: 1.25rem 1.5rem; border-radius: 0.75rem; background: var(--panel); }
.headline .rate { font-size: 3.25rem; font-weight: 650; line-height: 1; font-variant-numeric: tabular-nums; white-space: nowrap; }
.headline .bar { height: 1.5rem; }
.headline p { grid-column: 1 / -1; max-width: none; }
.headline .interval { grid-column: 2; margin: 0; }
.warning { margin: 1rem 0 0; padding: 0.6rem 1rem; border-left: 4px solid var(--warn); border-radius: 0.25rem;
  background: var(--warn-soft); color: var(--text); max-width: none; }
.warning strong { color: var(--warn); }

.bars { display: grid; grid-template-columns: minmax(8rem, 19rem) minmax(6rem, 1fr) auto auto; gap: 0.35rem 1rem;
  align-items: center; font-size: 0.9rem; }
.bars > div { display: contents; }
.bars .value { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.bars .range { text-align: right; color: var(--quiet); font-variant-numeric: tabular-nums; white-space: nowrap; }
.bars .own { font-weight: 650; }
.bar { display: block; width: 100%; height: 1.1rem; border-radius: 3px; overflow: hidden; }
.bar .track { fill: var(--panel); stroke: none; }
.headline .bar .track { fill: var(--page); }
.bar .fill { fill: var(--fill); }
.bar.other .fill { fill: var(--fill-other); }
.bar path { fill: none; vector-effect: non-scaling-stroke; }
.bar .quarters { stroke: var(--rule); stroke-width: 1px; }
.bar .whisker { stroke: var(--text); stroke-width: 1.5px; }
.scale { display: flex; justify-content: space-between; color: var(--quiet); font-size: 0.75rem; }

.chart { display: block; width: 100%; height: auto; }
.chart.wide { max-width: 54rem; }
.chart text { font-size: 12px; }
.axis { fill: var(--quiet); font: 11px system-ui, "DejaVu Sans", sans-serif; font-variant-numeric: tabular-nums; }
.grid { stroke: var(--rule); stroke-width: 1; }
.band { fill: var(--accent-soft); opacity: 0.75; }
.line { fill: none; stroke: var(--accent); stroke-width: 2; stroke-linejoin: round; }
.line.task { stroke: var(--quiet); stroke-width: 1; opacity: 0.5; }
.line.task:hover { stroke: var(--text); stroke-width: 2.5; opacity: 1; }
.dot { fill: var(--accent); }
.curves { display: grid; grid-template-columns: repeat(auto-fill, minmax(17rem, 1fr)); gap: 1.25rem; margin: 0.75rem 0; }

.outcomes { display: block; }
.outcomes .success rect, .key .success { fill: var(--fill); background: var(--fill); }
.outcomes .failure rect, .key .failure { fill: var(--failure); background: var(--failure); }
.outcomes .failure path { stroke: var(--failure-mark); stroke-width: 1.4; fill: none; }
.outcomes .error rect, .key .error { fill: var(--error); background: var(--error); }
.outcomes .error path { stroke: var(--page); stroke-width: 1.6; fill: none; }
.outcomes .missing rect { fill: none; stroke: var(--quiet); stroke-dasharray: 2 2; }
.outcomes circle { fill: var(--text); }
.outcomes a:hover rect, .outcomes g:hover rect { stroke: var(--text); stroke-width: 1.5; }
.key { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; margin: 0.5rem 0; padding: 0; list-style: none; font-size: 0.85rem; color: var(--quiet); }
.key span { display: inline-block; width: 0.8rem; height: 0.8rem; margin-right: 0.4rem; border-radius: 2px; vertical-align: -0.08rem; }
.key .missing { border: 1px dashed var(--quiet); }

.scroll { overflow-x: auto; max-width: 100%; }
table { border-collapse: collapse; font-size: 0.85rem; }
th, td { padding: 0.3rem 0.75rem 0.3rem 0; border-bottom: 1px solid var(--rule); text-align: left; vertical-align: top; font-weight: 400; }
thead th { color: var(--quiet); vertical-align: bottom; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
tbody tr:hover { background: var(--panel); }
.facts td { overflow-wrap: anywhere; }
.facts th { color: var(--quiet); white-space: nowrap; }
details { margin: 0.75rem 0; }
summary { cursor: pointer; color: var(--accent); font-size: 0.9rem; width: fit-content; }
pre { overflow-x: auto; margin: 0.5rem 0; padding: 1rem; border-radius: 0.5rem; background: var(--panel); font-size: 0.8rem; line-height: 1.4; }
footer { margin-top: 3rem; padding-top: 1rem; border-top: 1px solid var(--rule); }

@media (max-width: 40rem) {
  body { padding: 1.25rem 1rem 3rem; }
  h1 { font-size: 1.4rem; }
  .headline { grid-template-columns: 1fr; padding: 1rem; }
  .headline .interval { grid-column: 1; }
  .bars { grid-template-columns: 1fr auto; gap: 0.1rem 0.75rem; }
  .bars .label { grid-column: 1 / -1; margin-top: 0.5rem; }
  .bars .value { grid-column: 2; }
  .bars .range { grid-column: 1 / -1; text-align: left; font-size: 0.8rem; }
  .bars .bar { height: 0.9rem; }
  .bars .scale-row { display: none; }
  .chart.wide text { font-size: 17px; }
}
@media print { details { display: none; } h2, h3 { break-after: avoid; } .headline { border: 1px solid var(--rule); } }
)css";

}  // namespace libero
