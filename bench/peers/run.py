#!/usr/bin/env python3
"""octet beside its peers: the same weights, the same image, one run, one table.

Makes the peers' virtual environment, lets everyone prepare (convert, calibrate, quantize), starts all workers, measures
them in turns, and writes peers.json and peers.html next to the data. Nothing but the standard library is needed here.
"""
import argparse
import json
import os
import sys
from pathlib import Path

import chart
import environment
import results
import table
from rounds import Entry, measure
from workers import Failed, Worker, prepare

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PEERS = {"openvino": "OpenVINO", "torch": "PyTorch", "onnxruntime": "ONNX Runtime", "litert": "LiteRT"}
ONEDNN = "no program of its own: its kernels are those of PyTorch onednn and PyTorch inductor above"


def options():
    cores = len(os.sched_getaffinity(0))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, default=ROOT / "build/bench", help="where octet was built; results go there")
    parser.add_argument("--weights", type=Path, default=ROOT / "weights/resnet18_flowers102.safetensors")
    parser.add_argument("--python", help="a Python that has the peers, instead of a virtual environment in BUILD/venv")
    parser.add_argument("--peers", default=",".join(PEERS), help="which, by commas; an empty word: octet alone")
    parser.add_argument("--threads", default=",".join(str(n) for n in sorted({1, cores})), help="numbers, by commas")
    parser.add_argument("--runs", type=int, default=200, help="counted runs of each row")
    parser.add_argument("--seconds", type=float, default=20, help="for each row: less runs if they take longer")
    parser.add_argument("--keep", action="store_true", help="do not convert and quantize again")
    return parser.parse_args()


def commands(o):
    """Of all who take part: the command that `prepare`, `latency` and `throughput` are appended to, by name."""
    found = {"octet": [str(o.build / "bench/peers/octet_worker")]}
    peers = [peer for peer in o.peers.split(",") if peer]
    python = o.python or (environment.make(o.build / "venv") if peers else None)
    return found | {peer: [python, str(HERE / f"peer_{peer}.py")] for peer in peers if python}


def reason_of(failure):
    """What failed, as the list of those who did not run has it."""
    text = str(failure)
    return f"not installed: {text}" if "ModuleNotFoundError" in text else text


def cases(o):
    """What each program is started for: a mode and a number of threads."""
    threads = [int(n) for n in o.threads.split(",")]
    return [("latency", n) for n in threads] + [("throughput", max(threads))]


def start(o, folder, programs, workers, not_run):
    """Prepares and starts everyone. Appends to `workers` and `not_run`; returns what the workers announced."""
    arguments = [str(o.weights), str(folder)]
    announced = []
    for name, command in programs.items():
        title = PEERS.get(name, name)
        try:
            if not (o.keep and (folder / f"{name}.prepared").exists()):
                print(f"peers: {name} prepares", flush=True)
                prepare([*command, "prepare", *arguments], folder / f"{name}.log")
                (folder / f"{name}.prepared").touch()
        except (Failed, OSError) as failure:
            not_run.append({"name": title, "reason": reason_of(failure)})
            continue
        for mode, n in cases(o):
            workers.append(Worker([*command, mode, *arguments, str(n)], n, folder / f"{name}_{mode}_{n}.log"))
            try:
                announced.append((workers[-1], mode, workers[-1].announcement(seconds=900)))
            except Failed as failure:
                not_run.append({"name": f"{title}, {mode}, {table.threads_text(n)}", "reason": str(failure)})
    return announced


def entries_of(announced, not_run):
    """The rows to measure; those that a peer cannot have go to `not_run`."""
    entries = []
    for worker, mode, said in announced:
        for index, about in enumerate(said["rows"]):
            if "missing" in about:
                not_run.append({"name": f"{about['name']}, {about['dtype']}, {mode}", "reason": about["missing"]})
            else:
                entries.append(Entry(worker, index, about | {"mode": mode, "version": said["version"]}))
    return entries


def result_of(machine, entries, not_run):
    """Everything that was measured, as peers.json has it."""
    peaks = [e for e in entries if e.about["name"] == "peak"]
    nets = [e for e in entries if e.about["name"] != "peak"]
    reference = next(e.about for e in nets if (e.about["name"], e.about["dtype"]) == ("octet", "float32"))
    peak = results.peaks(peaks, peaks[0].about)
    gigamacs = machine["gmac_per_image"]
    found = {"machine": machine["machine"], "cores": os.cpu_count(), "gmac_per_image": gigamacs, "peak": peak}
    for mode, key in (("latency", "rows"), ("throughput", "throughput")):
        rows = results.complete([e for e in nets if e.about["mode"] == mode], reference, peak, gigamacs)
        found[key] = [row for row in rows if not results.flaw(row)]
        not_run += [{"name": f"{row['name']}, {row['dtype']}, {mode}", "reason": results.flaw(row)}
                    for row in rows if results.flaw(row)]
    return found | {"not_run": not_run}


def main():
    o = options()
    folder = o.build / "peers"
    folder.mkdir(parents=True, exist_ok=True)
    programs, workers = commands(o), []
    not_run = [{"name": title, "reason": "left out, or no virtual environment could be made"}
               for peer, title in PEERS.items() if peer not in programs]
    not_run.append({"name": "oneDNN", "reason": ONEDNN})
    try:
        announced = start(o, folder, programs, workers, not_run)
        entries = entries_of(announced, not_run)
        if {e.about["dtype"] for e in entries if e.about["name"] == "octet"} != {"int8", "float32"}:
            sys.exit(f"peers: octet itself did not run: {[n['reason'] for n in not_run if n['name'].startswith('octet')]}")
        measure(entries, o.runs, o.seconds)
    finally:
        for worker in workers:
            worker.end()
    not_run += [{"name": f"{e.about['name']}, {e.about['dtype']}", "reason": e.failed} for e in entries if e.failed]
    result = result_of(announced[0][2], [e for e in entries if not e.failed], not_run)
    (o.build / "peers.json").write_text(json.dumps(result, indent=1) + "\n")
    (o.build / "peers.html").write_text(chart.page(result))
    print(table.text(result))
    print(f"\nwritten: {o.build / 'peers.json'}, {o.build / 'peers.html'}")
    return 0 if all(row["top1_agrees"] for row in result["rows"] + result["throughput"]) else 1


if __name__ == "__main__":
    sys.exit(main())
