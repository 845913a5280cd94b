// How report.html looks: one style sheet, no fonts to fetch. Float is grey, int8 has the accent, what needs
// attention is orange, everywhere on the page. Widths are fractions, so that plots fill a phone as well as
// a desk; dark and print only swap the colours.
#pragma once

#include <string_view>

namespace octet::detail {

inline constexpr std::string_view html_style = R"css(
:root {
  color-scheme: light dark;
  --page: #f7f6f2; --card: #ffffff; --ink: #1d2125; --soft: #5f666e; --rule: #e3e1da; --grid: #eceae4;
  --float: #a9b0b8; --int8: #0f7f74; --tint: #dff0ec; --gap: #b5dad3; --warn: #c4540e; --warn-tint: #fbeadd; --tip: #1d2125; --tip-ink: #ffffff;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --page: #121417; --card: #1a1d21; --ink: #e9e8e4; --soft: #a0a7ae; --rule: #2d3137; --grid: #262a2f;
    --float: #6d7680; --int8: #3fbfae; --tint: #17302d; --gap: #245049; --warn: #f0894a; --warn-tint: #38251a; --tip: #e9e8e4; --tip-ink: #121417;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", sans-serif;
  font-variant-numeric: tabular-nums;
}
main, header, footer { max-width: 1160px; margin: 0 auto; padding: 0 24px; }
header { padding-top: 44px; }
h1 { margin: 10px 0 4px; font-size: clamp(26px, 4.4vw, 38px); line-height: 1.15; font-weight: 680; letter-spacing: -.022em; overflow-wrap: anywhere; }
h2 { margin: 0; font-size: 20px; line-height: 1.3; font-weight: 650; letter-spacing: -.012em; }
h3 { margin: 0 0 10px; font-size: 13px; font-weight: 600; color: var(--soft); }
p { margin: 0; }
a { color: inherit; text-underline-offset: 3px; }
.brand { display: flex; align-items: center; gap: 10px; font-size: 13px; font-weight: 600; letter-spacing: .02em; color: var(--soft); }
.brand svg { width: 47px; height: 12px; fill: var(--int8); }
.lead { color: var(--soft); }
section { margin-top: 52px; }
section > .lead { max-width: 76ch; text-wrap: pretty; margin: 4px 0 20px; }
.card { background: var(--card); border: 1px solid var(--rule); border-radius: 12px; padding: 22px 24px; }

.tiles { display: grid; grid-template-columns: repeat(4, 1fr); gap: 16px; margin: 30px 0 0; }
.tile { background: var(--card); border: 1px solid var(--rule); border-radius: 12px; padding: 18px 20px 17px; min-width: 0; }
.tile dt { font-size: 13px; font-weight: 600; color: var(--soft); }
.tile dd { margin: 0; }
.tile .big { display: block; margin: 5px 0 4px; font-size: clamp(30px, 4vw, 44px); line-height: 1.1; font-weight: 680; letter-spacing: -.03em; white-space: nowrap; }
.tile .big small { margin-left: .08em; font-size: .52em; font-weight: 620; letter-spacing: 0; color: var(--soft); }
.tile .note { font-size: 13px; line-height: 1.4; color: var(--soft); }

.split { display: grid; grid-template-columns: minmax(0, 1.08fr) minmax(0, 1fr); gap: 16px; margin-top: 16px; }
table { width: 100%; border-collapse: collapse; }
th, td { padding: 7px 0 7px 14px; text-align: right; border-bottom: 1px solid var(--grid); font-weight: 400; white-space: nowrap; }
th:first-child, td:first-child { padding-left: 0; text-align: left; }
thead th { padding-top: 0; font-size: 13px; font-weight: 600; color: var(--soft); border-color: var(--rule); }
tbody tr:last-child > * { border-bottom: 0; }
.numbers td.int8 { font-weight: 620; }
.numbers .change, .numbers .sub > * { color: var(--soft); }
.numbers .sub > :first-child { padding-left: 14px; }
.numbers .above > * { border-bottom: 0; padding-bottom: 0; }

figure { margin: 0; min-width: 0; }
.bars + .bars { margin-top: 22px; }
.group { margin-top: 12px; font-size: 13px; color: var(--soft); }
.row { display: grid; grid-template-columns: 50px minmax(0, 1fr) 84px; gap: 12px; align-items: center; min-height: 27px; }
.row > :last-child { text-align: right; white-space: nowrap; }
.row.int8 > :last-child { font-weight: 620; }
svg { display: block; width: 100%; overflow: visible; }
.bar { height: 17px; }
.bar .track { fill: var(--grid); }
.float rect.value { fill: var(--float); }
.int8 rect.value { fill: var(--int8); }
.bar line.min { stroke: var(--card); stroke-width: 2; }

.layers td, .layers th { padding-top: 0; padding-bottom: 0; height: 27px; border: 0; }
.layers thead th { height: 30px; }
.layers tbody tr:hover > * { background: var(--grid); }
.layers th[scope=row] { min-width: 7.5em; overflow-wrap: anywhere; white-space: normal; }
.layers .minor { max-width: 12em; color: var(--soft); text-align: left; font-size: 13px; white-space: normal; overflow-wrap: break-word; }
.layers .macs { text-align: right; white-space: nowrap; }
.layers .plot { position: relative; width: 44%; }
.layers .plot svg { position: absolute; top: 0; left: 16px; width: calc(100% - 24px); height: 100%; }
.layers .plot rect { transform: translateY(-5.5px); }
.layers .plot svg text { font-size: 12px; font-weight: 400; fill: var(--soft); text-anchor: middle; }
.layers line { stroke: var(--rule); shape-rendering: crispEdges; }
.layers tr.worst rect.value { fill: var(--warn); }
.layers tr.left-float rect.value { fill: var(--card); stroke: var(--float); stroke-width: 1.5; }
.profile .plot { width: 27%; }
.profile rect.gap { fill: var(--gap); }
.profile tfoot > tr > * { border-top: 1px solid var(--rule); font-weight: 620; }
.layers .rank { display: inline-block; min-width: 19px; margin-right: 7px; border-radius: 10px; padding: 0 6px; background: var(--warn-tint); color: var(--warn); font-size: 12px; font-weight: 650; line-height: 19px; text-align: center; }
.pill { border: 1px solid var(--float); border-radius: 9px; padding: 0 7px; font-size: 12px; color: var(--soft); }

.grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(248px, 1fr)); gap: 14px; }
.hist { display: flex; flex-direction: column; padding: 14px 16px 13px; }
.hist figcaption { flex: 1; display: flex; justify-content: space-between; gap: 10px; margin-bottom: 9px; }
.hist figcaption b { font-weight: 620; overflow-wrap: anywhere; }
.hist figcaption span { color: var(--soft); font-size: 13px; line-height: 1.7; white-space: nowrap; }
.hist figcaption .much { color: var(--warn); font-weight: 620; }
.hist svg { flex: none; height: 92px; cursor: crosshair; border-bottom: 1px solid var(--rule); overflow: hidden; }
.hist .range { fill: var(--tint); }
.hist .out { fill: var(--warn); }
.hist .in { fill: var(--int8); }
.hist line { vector-effect: non-scaling-stroke; }
.hist .edge { stroke: var(--int8); stroke-width: 1.5; stroke-dasharray: 4 3; }
.hist .cross { stroke: var(--ink); stroke-width: 1; visibility: hidden; }
.hist .axis { position: relative; height: 22px; font-size: 12px; line-height: 22px; color: var(--soft); }
.hist .axis span { position: absolute; transform: translateX(-50%); }
.hist .axis span:first-child { left: 0; transform: none; }
.hist .axis span:last-child { right: 0; left: auto; transform: none; }
.hist p { font-size: 13px; line-height: 1.45; color: var(--soft); }
.hist p b { font-weight: 500; color: var(--ink); }

.findings { list-style: none; margin: 0; padding: 4px 24px; }
.findings li { display: grid; grid-template-columns: minmax(0, 176px) minmax(0, 190px) minmax(0, 1fr); gap: 4px 18px; padding: 10px 0; border-bottom: 1px solid var(--grid); }
.findings li:last-child { border: 0; }
.findings b { overflow-wrap: anywhere; font-weight: 620; color: var(--warn); }
.findings .layer { overflow-wrap: anywhere; }
.findings .detail { color: var(--soft); }
details summary { padding: 12px 2px; cursor: pointer; color: var(--soft); }
.examples { grid-template-columns: repeat(auto-fill, minmax(148px, 1fr)); }
.examples figure { overflow: hidden; padding: 0; font-size: 13px; line-height: 1.4; }
.examples img { display: block; width: 100%; aspect-ratio: 1; object-fit: cover; }
.examples figcaption { padding: 9px 12px 11px; overflow-wrap: anywhere; }
.examples figcaption b { display: block; font-weight: 620; font-size: 14px; }
.examples .wrong { color: var(--warn); }

footer { margin-top: 56px; padding-bottom: 48px; }
footer dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 3px 20px; margin: 0; padding-top: 20px; border-top: 1px solid var(--rule); font-size: 13px; }
footer dt { color: var(--soft); }
footer dd { margin: 0; overflow-wrap: anywhere; }
#tip { position: fixed; z-index: 1; top: 0; left: 0; max-width: 300px; border-radius: 7px; padding: 7px 11px; background: var(--tip); color: var(--tip-ink); font-size: 13px; line-height: 1.45; white-space: pre-line; pointer-events: none; }

@media screen and (max-width: 860px) {
  .tiles { grid-template-columns: repeat(2, 1fr); gap: 12px; }
  .split { grid-template-columns: minmax(0, 1fr); }
  .findings li { grid-template-columns: minmax(0, 1fr) auto; }
  .findings .layer { text-align: right; }
  .findings .detail { grid-column: 1 / -1; }
}
@media screen and (max-width: 620px) {
  main, header, footer { padding-left: 14px; padding-right: 14px; }
  header { padding-top: 24px; }
  section { margin-top: 40px; }
  .card { padding: 16px; }
  .tile { padding: 13px 14px; }
  .hist { padding: 14px 16px 13px; }
  .examples figure { padding: 0; }
  .findings { padding: 2px 16px; }
  th, td { padding-left: 10px; }
  .numbers { font-size: 12.5px; }
  .numbers th, .numbers td { padding-left: 7px; }
  .numbers th:first-child, .numbers td:first-child { padding-left: 0; }
  .numbers .sub > :first-child { padding-left: 8px; }
  .numbers .change { white-space: normal; }
  .layers { font-size: 13.5px; }
  .layers .minor { display: none; }
  .profile .plot { width: 27%; }
.profile rect.gap { fill: var(--gap); }
.profile tfoot > tr > * { border-top: 1px solid var(--rule); font-weight: 620; }
.layers .rank { min-width: 17px; margin-right: 3px; padding: 0 5px; }
  .layers .plot svg text { font-size: 11px; }
  .layers .plot svg { left: 12px; width: calc(100% - 16px); }
}
@media print {
  :root { --page: #ffffff; }
  body { font-size: 11px; -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  main, header, footer { max-width: none; padding-left: 0; padding-right: 0; }
  header { padding-top: 0; }
  section { margin-top: 28px; }
  .card, .tile, tr, .findings li { break-inside: avoid; }
  .layers.card, .findings.card { break-inside: auto; }
  h2, section > .lead { break-after: avoid; }
  .grid { grid-template-columns: repeat(3, 1fr); }
  .examples { grid-template-columns: repeat(6, 1fr); }
  .tiles, .grid { gap: 10px; }
  .tile, .card { padding: 12px 14px; }
  .tile .big { font-size: 26px; }
  .tile dt, .tile .note, .hist p, .hist figcaption span, thead th, h3, footer dl, .group, .layers .minor, .layers .pill, .layers .plot svg text { font-size: 10.5px; }
  .examples figure { padding: 0; font-size: 10px; }
  .numbers th, .numbers td { padding: 4px 0 4px 8px; }
  .layers td, .layers th { height: 21px; }
  #tip { display: none; }
}
)css";

}  // namespace octet::detail
