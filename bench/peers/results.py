"""From measured rows to results: the machine's peaks, ratios to octet, and whether all saw the same network and image.

peers.json:  machine, cores, gmac_per_image
             peak          vnni_gmacs and fma_gmacs of one thread (vnni_gmacs: null without such an instruction),
                           int8_dot, int8_gmacs, and by_threads
             rows          one image at a time: name, dtype, threads, median_ms, min_ms, top1_agrees, ...
             throughput    the same for batches, with images_per_second; times are those of one image
             not_run       name, reason
"""
from rounds import summary


def peaks(entries, about):
    """The best that was seen of each peak, in GMAC/s."""
    by_threads = {}
    for e in entries:
        rates = by_threads.setdefault(str(e.about["threads"]), {})
        rates[f"{e.about['dtype']}_gmacs"] = e.about["gmac"] / min(e.times) * 1e3
    first = by_threads.get("1", {})
    return {"arch": about["arch"], "int8_dot": about["int8_dot"], "int8_gmacs": first.get("int8_gmacs"),
            "vnni_gmacs": first.get("int8_gmacs") if about["int8_instruction"] else None,
            "fma_gmacs": first.get("float32_gmacs"), "by_threads": by_threads}


def difference(logits, reference):
    """The largest difference, as a share of the largest logit."""
    return max(abs(a - b) for a, b in zip(logits, reference, strict=True)) / max(abs(b) for b in reference)


def flaw(row):
    """What makes a row no measurement of this network in this dtype; empty: nothing."""
    if row["dtype"] == "float32" and row["logit_difference"] > 1e-3:
        return "its logits are not those of octet's float32 network"
    if row["dtype"] == "int8" and row["logit_difference"] < 1e-4:
        return "its logits are those of float32: nothing was quantized"
    return ""


def complete(entries, reference, peak, gigamacs):
    """Rows for the table, fastest first in each group. `reference`: octet's float row."""
    rows = []
    for e in entries:
        row = summary(e)
        row["top1_agrees"] = row["top1"] == reference["top1"]
        row["logit_difference"] = difference(e.about["logits"], reference["logits"])
        rate = gigamacs / row["median_ms"] * 1e3
        dtype = "int8" if row["dtype"] == "int8" else "float32"
        best = peak["by_threads"].get(str(row["threads"]), {}).get(f"{dtype}_gmacs")
        row["percent_of_peak"] = 100 * rate / best if best and row["dtype"] == dtype else None
        rows.append(row)
    for row in rows:
        octet = [r for r in rows if r["name"] == "octet" and (r["dtype"], r["threads"]) == (row["dtype"], row["threads"])]
        row["ratio"] = row["median_ms"] / octet[0]["median_ms"] if octet else None
    kinds = ["int8", "float32", "bfloat16"]
    return sorted(rows, key=lambda r: (r["threads"], kinds.index(r["dtype"]), r["median_ms"]))
