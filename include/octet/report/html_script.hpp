// What report.html does: it shows the value under the pointer. Everything is drawn without it, so a page
// with scripts switched off loses only that.
//
// It also leaves word for a test: <html data-plots="34"> is how many plots really cover some area, and
// data-errors holds what went wrong, if anything did.
#pragma once

#include <string_view>

namespace octet::detail {

/// Goes first, on its own, to hear also of an error that keeps the other script from being read.
inline constexpr std::string_view html_error_recorder = R"js(
{
  const note = text => {
    const data = document.documentElement.dataset;
    data.errors = (data.errors ? data.errors + ' | ' : '') + text;
  };
  addEventListener('error', event => note(event.message || 'cannot load ' + event.target.tagName), true);
  addEventListener('unhandledrejection', event => note(String(event.reason)));
  addEventListener('securitypolicyviolation', event => note('refused to load ' + event.blockedURI));
}
)js";

/// Goes last.
inline constexpr std::string_view html_script = R"js(
{
  const tip = document.getElementById('tip');
  const show = (text, event) => {
    tip.textContent = text;
    tip.hidden = false;
    const beside = event.clientX + 16 + tip.offsetWidth > innerWidth ? -16 - tip.offsetWidth : 16;
    const below = event.clientY + 16 + tip.offsetHeight > innerHeight ? -12 - tip.offsetHeight : 16;
    tip.style.transform = `translate(${Math.max(4, event.clientX + beside)}px, ${Math.max(4, event.clientY + below)}px)`;
  };
  const hide = () => { tip.hidden = true; };

  for (const element of document.querySelectorAll('[data-tip]')) {
    element.addEventListener('pointermove', event => show(element.dataset.tip, event));
    element.addEventListener('pointerleave', hide);
  }

  // A histogram knows its bins, and what integer a value becomes.
  const short = value => String(Number(value.toPrecision(4))).replace('-', '\u2212');
  for (const plot of document.querySelectorAll('svg[data-counts]')) {
    const counts = plot.dataset.counts.split(',').map(Number);
    const [left, right, first, width, scale, zeroPoint] = plot.dataset.axis.split(',').map(Number);
    const total = counts.reduce((sum, count) => sum + count, 0);
    const cross = plot.querySelector('.cross');
    const box = plot.viewBox.baseVal;
    plot.addEventListener('pointermove', event => {
      const area = plot.getBoundingClientRect();
      const part = Math.min(1, Math.max(0, (event.clientX - area.left) / area.width));
      const value = left + (right - left) * part;
      const bin = Math.floor((value - first) / width);
      const count = counts[bin] || 0;
      const lines = [counts.length && count
        ? `${short(first + bin * width)} to ${short(first + (bin + 1) * width)}` : short(value)];
      lines.push(`${count.toLocaleString('en')} values` + (count ? `, ${short(100 * count / total)} %` : ''));
      if (scale > 0) {
        const wide = Math.round(value / scale) + zeroPoint;
        const low = Number(plot.dataset.low), high = Number(plot.dataset.high);
        const integer = Math.min(high, Math.max(low, wide));
        lines.push(wide === integer ? `integer ${integer}` : `clipped to integer ${integer}`);
      }
      cross.setAttribute('x1', box.width * part);
      cross.setAttribute('x2', box.width * part);
      cross.style.visibility = 'visible';
      show(lines.join('\n'), event);
    });
    plot.addEventListener('pointerleave', () => { cross.style.visibility = 'hidden'; hide(); });
  }

  const covers = shape => {
    const area = shape.getBoundingClientRect();
    return area.width > 0 && area.height > 0;
  };
  const drawn = plot => [...plot.querySelectorAll('svg .value, svg .in, svg .range')].some(covers);
  document.documentElement.dataset.plots = [...document.querySelectorAll('[data-plot]')].filter(drawn).length;
}
)js";

}  // namespace octet::detail
