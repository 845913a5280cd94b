"""The results as text for a terminal: one table for single images, one for batches, bars drawn with blocks."""


def groups(rows):
    """Rows of equal dtype and threads, in order."""
    found = {}
    for row in rows:
        found.setdefault((row["dtype"], row["threads"]), []).append(row)
    return found.items()


def threads_text(threads):
    return "1 thread" if threads == 1 else f"{threads} threads"


def bar(value, largest, width=24):
    eighths = round(8 * width * value / largest)
    return "█" * (eighths // 8) + ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8]


def line(row, largest, batches):
    first, third = row["quartiles_ms"]
    spread = f"{100 * (third - first) / row['median_ms']:4.0f} %"
    ratio = f"{row['ratio']:6.2f}" if row["ratio"] else "     –"
    peak = f"{row['percent_of_peak']:5.0f} %" if row["percent_of_peak"] else "      –"
    number = row["images_per_second"] if batches else row["median_ms"]
    agrees = "same" if row["top1_agrees"] else "OTHER"
    return (f"  {row['name']:<18}{number:9.2f}{row['min_ms']:9.2f}{spread:>9}{ratio}{peak}  {agrees:<6}"
            f"{row['runs']:>5}  {bar(number, largest)}")


def table(rows, batches=False):
    unit = "images/s" if batches else "ms"
    lines = []
    for (dtype, threads), members in groups(rows):
        largest = max(r["images_per_second" if batches else "median_ms"] for r in members)
        title = f"{dtype}, {threads_text(threads)}" + (", batches" if batches else "")
        lines += ["", f"{title:<20}{unit:>9}{'min ms':>9}{'spread':>9}{'ratio':>6}{'peak':>7}  class  runs"]
        lines += [line(row, largest, batches) for row in members]
    return lines


def text(results):
    """The whole report."""
    peak = results["peak"]
    lines = [f"ResNet18, 224 x 224, on {results['machine']}, {results['cores']} cores"]
    for threads, rates in peak["by_threads"].items():
        lines.append(f"peak, {threads_text(int(threads))}: {rates['int8_gmacs']:.1f} GMAC/s int8 ({peak['int8_dot']}), "
                     f"{rates['float32_gmacs']:.1f} GMAC/s float32 (FMA)")
    lines += table(results["rows"]) + table(results["throughput"], batches=True)
    lines += ["", "ms: median of one image. spread: half of the runs lie within. ratio: time, octet's is 1. peak: share of it",
              "that the network's 1.81 GMAC would be. class: whether it is the one octet's float network finds."]
    if results["not_run"]:
        lines += ["", "not run:"] + [f"  {n['name']}: {n['reason']}" for n in results["not_run"]]
    return "\n".join(lines)
