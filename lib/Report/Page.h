//===- Page.h - The fixed parts of the report page --------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_REPORT_PAGE_H
#define COPPICE_LIB_REPORT_PAGE_H

#include "llvm/ADT/StringRef.h"

namespace coppice::detail {

inline constexpr llvm::StringLiteral kStyle = R"css(
:root { --bg: #fbfbf9; --card: #fff; --ink: #22281f; --dim: #6d7568;
  --line: #e2e5dd; --activation: #5b8fc7; --saved: #e0993d;
  --gradient: #8a70c4; --update: #4aa587; --bound: #c0392b; }
@media (prefers-color-scheme: dark) { :root { --bg: #171a16; --card: #1f231d;
  --ink: #e4e8df; --dim: #97a08f; --line: #343a31; --activation: #6a9fd8;
  --saved: #e6a956; --gradient: #a08ad8; --update: #5fbd9e;
  --bound: #e8695b; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--bg); color: var(--ink);
  font: 15px/1.5 system-ui, "Segoe UI", Roboto, sans-serif; }
main { max-width: 1120px; margin: 0 auto; padding: 32px 24px 64px; }
h1 { font-size: 26px; font-weight: 650; margin: 0; }
h2 { font-size: 19px; font-weight: 650; margin: 44px 0 12px; }
h2 code { font-size: 18px; }
.sub, .note { color: var(--dim); margin: 4px 0 0; }
.cards { display: grid; gap: 12px; margin-top: 22px;
  grid-template-columns: repeat(auto-fit, minmax(190px, 1fr)); }
.card, .panel { background: var(--card); border: 1px solid var(--line);
  border-radius: 10px; padding: 14px 16px; }
.card b { display: block; font-size: 24px; font-weight: 650;
  font-variant-numeric: tabular-nums; }
.card span { color: var(--dim); font-size: 13px; }
.panel { margin-top: 12px; }
.panel > p { margin: 0 0 6px; color: var(--dim); font-size: 13px; }
svg { display: block; width: 100%; height: auto; }
svg text { fill: var(--dim); font-size: 11px;
  font-variant-numeric: tabular-nums; }
svg .grid { stroke: var(--line); stroke-width: 1; }
svg .bound { stroke: var(--bound); stroke-width: 1.5; stroke-dasharray: 6 4; }
svg .bound-label { fill: var(--bound); }
svg .backward { fill: var(--gradient); opacity: .07; }
svg .area { fill: var(--activation); opacity: .28; }
svg .curve { fill: none; stroke: var(--activation); stroke-width: 2; }
svg .buffer { stroke: var(--card); stroke-width: .8; }
svg .buffer:hover, svg .buffer.on { stroke: var(--ink); stroke-width: 1.6; }
svg .name { fill: #fff; pointer-events: none; font-size: 10.5px; }
svg .cursor { stroke: var(--ink); stroke-width: 1; opacity: .45; }
.activation { fill: var(--activation); } .saved { fill: var(--saved); }
.gradient { fill: var(--gradient); } .update { fill: var(--update); }
.legend { display: flex; gap: 18px; flex-wrap: wrap; font-size: 13px;
  color: var(--dim); margin-top: 8px; }
.legend i { display: inline-block; width: 11px; height: 11px; margin-right: 6px;
  border-radius: 3px; vertical-align: -1px; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 13.5px; }
th, td { text-align: left; padding: 5px 12px 5px 0; white-space: nowrap;
  border-bottom: 1px solid var(--line); }
th { color: var(--dim); font-weight: 500; cursor: pointer;
  user-select: none; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
tr:last-child td { border-bottom: 0; }
tfoot td { font-weight: 650; border-top: 1px solid var(--line); }
td.bar { position: relative; min-width: 130px; }
td.bar i { position: absolute; right: 12px; top: 5px; bottom: 5px;
  background: var(--activation); opacity: .22; border-radius: 3px; }
#tip { position: fixed; pointer-events: none; background: var(--ink);
  color: var(--bg); padding: 7px 10px; border-radius: 7px; font-size: 12.5px;
  line-height: 1.4; opacity: 0; transition: opacity .1s; max-width: 420px;
  z-index: 9; white-space: pre-line; }
)css";

inline constexpr llvm::StringLiteral kScript = R"js(
const tip = document.getElementById('tip');
function show(event, text) {
  tip.textContent = text;
  tip.style.opacity = 1;
  const x = Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8);
  const y = event.clientY + 16 + tip.offsetHeight > innerHeight
    ? event.clientY - tip.offsetHeight - 10 : event.clientY + 16;
  tip.style.left = x + 'px';
  tip.style.top = y + 'px';
}
for (const svg of document.querySelectorAll('svg[data-steps]')) {
  const steps = JSON.parse(document.getElementById(svg.dataset.steps).textContent);
  const cursor = svg.querySelector('.cursor');
  const left = +svg.dataset.left, width = +svg.dataset.width;
  svg.addEventListener('mousemove', event => {
    const box = svg.getBoundingClientRect();
    const x = (event.clientX - box.left) * svg.viewBox.baseVal.width / box.width;
    const step = Math.floor((x - left) / width * steps.length);
    if (step < 0 || step >= steps.length) { tip.style.opacity = 0; return; }
    const at = left + (step + .5) * width / steps.length;
    cursor.setAttribute('x1', at); cursor.setAttribute('x2', at);
    cursor.style.display = '';
    const label = event.target.dataset ? event.target.dataset.label : null;
    const [name, live] = steps[step];
    show(event, (label ? label + '\n' : '') + 'step ' + step + ': ' + name +
      '\n' + live.toLocaleString('en') + ' bytes live');
  });
  svg.addEventListener('mouseleave', () => {
    tip.style.opacity = 0; cursor.style.display = 'none';
  });
}
for (const th of document.querySelectorAll('th')) th.addEventListener('click', () => {
  const body = th.closest('table').tBodies[0];
  const index = [...th.parentNode.children].indexOf(th);
  const down = th.dataset.down !== '1';
  for (const other of th.parentNode.children) delete other.dataset.down;
  if (down) th.dataset.down = '1';
  const key = row => {
    const cell = row.children[index];
    return cell.dataset.v === undefined ? cell.textContent : +cell.dataset.v;
  };
  [...body.rows].sort((a, b) => {
    const x = key(a), y = key(b);
    return (x < y ? 1 : x > y ? -1 : 0) * (down ? 1 : -1);
  }).forEach(row => body.append(row));
});
)js";

} // namespace coppice::detail

#endif // COPPICE_LIB_REPORT_PAGE_H
