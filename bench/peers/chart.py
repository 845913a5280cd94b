"""The results as a page: bars in SVG, one panel for each dtype and number of threads, and the settings below."""
import html

from table import groups, threads_text

STYLE = """body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222;background:#fff}
svg{width:100%;height:auto}text{font:13px system-ui,sans-serif;fill:#222}.octet{fill:#d1495b}.peer{fill:#8da9c4}
.range{stroke:#222;stroke-width:1.5}table{border-collapse:collapse;font-size:13px}td,th{padding:.15rem .7rem;text-align:left;
border-bottom:1px solid #ddd}.faint{fill:#666;color:#666}
@media(prefers-color-scheme:dark){body{color:#ddd;background:#181818}text{fill:#ddd}.range{stroke:#ddd}td,th{border-color:#444}
.faint{fill:#999;color:#999}}"""
ROW, LEFT, WIDTH = 24, 150, 560


def panel(members, batches):
    """Bars of medians with the middle half of the runs as a line. Batches: images per second."""
    def value(ms):
        return 1000 / ms if batches else ms
    largest = max(max(value(ms) for ms in [r["median_ms"], *r["quartiles_ms"]]) for r in members)
    marks = []
    for i, r in enumerate(members):
        y, median = i * ROW, value(r["median_ms"])
        low, high = sorted(value(ms) * WIDTH / largest + LEFT for ms in r["quartiles_ms"])
        share = f", {r['percent_of_peak']:.0f} % of peak" if r["percent_of_peak"] else ""
        ratio = f" · {r['ratio']:.2f}×" if r["ratio"] else ""
        wrong = "" if r["top1_agrees"] else " · another class!"
        marks.append(f'<text x="{LEFT - 8}" y="{y + 16}" text-anchor="end">{html.escape(r["name"])}</text>'
                     f'<rect class="{"octet" if r["name"] == "octet" else "peer"}" x="{LEFT}" y="{y + 3}" '
                     f'width="{median * WIDTH / largest:.1f}" height="{ROW - 7}" rx="2"/>'
                     f'<line class="range" x1="{low:.1f}" x2="{high:.1f}" y1="{y + 11.5}" y2="{y + 11.5}"/>'
                     f'<text x="{LEFT + WIDTH + 10}" y="{y + 16}">{median:.2f}{ratio}'
                     f'<tspan class="faint">{share}{wrong}</tspan></text>')
    return f'<svg viewBox="0 0 {LEFT + WIDTH + 230} {ROW * len(members) + 4}" role="img">{"".join(marks)}</svg>'


def panels(rows, batches):
    unit = "images per second, more is better" if batches else "milliseconds of one image, less is better"
    return "".join(f"<h2>{dtype}, {threads_text(threads)}{', batches' if batches else ''}</h2>"
                   f'<p class="faint">{unit}</p>{panel(members, batches)}' for (dtype, threads), members in groups(rows))


def settings(rows):
    cells = "".join(f"<tr><td>{html.escape(r['name'])}<td>{r['version']}<td>{r['dtype']}<td>{r['threads']}"
                    f"<td>{r['batch']}<td>{html.escape(r['settings'])}" for r in rows)
    return f"<table><tr><th>name<th>version<th>dtype<th>threads<th>batch<th>settings{cells}</table>"


def page(results):
    """An HTML page that needs nothing else."""
    missing = "".join(f"<li>{html.escape(n['name'])}: {html.escape(n['reason'])}" for n in results["not_run"])
    return (f'<!doctype html><html lang="en"><meta charset="utf-8"><title>octet beside its peers</title><style>{STYLE}</style>'
            f"<h1>octet beside its peers</h1><p>ResNet18, 224 × 224, on {html.escape(results['machine'])}, "
            f"{results['cores']} cores. The same weights and the same image in one run, in turns.</p>"
            f"{panels(results['rows'], False)}{panels(results['throughput'], True)}"
            f"<h2>Settings</h2>{settings(results['rows'] + results['throughput'])}"
            + (f"<h2>Not run</h2><ul>{missing}</ul>" if missing else "") + "</html>\n")
