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


def start(o, folder, programs, not_run):
    """All rows that there are to measure."""
    entries, machine = [], {}
    arguments = [str(o.weights), str(folder)]
    threads = [int(n) for n in o.threads.split(",")]
    cases = [("latency", n) for n in threads] + [("throughput", max(threads))]
    for name, command in programs.items():
        try:
            if not (o.keep and (folder / f"{name}.prepared").exists()):
                print(f"peers: {name} prepares", flush=True)
                prepare([*command, "prepare", *arguments], folder / f"{name}.log")
                (folder / f"{name}.prepared").touch()
        except (Failed, OSError) as failure:
            not_run.append({"name": PEERS.get(name, name), "reason": reason_of(failure)})
            continue
        for mode, n in cases:
            worker = Worker([*command, mode, *arguments, str(n)], n, folder / f"{name}_{mode}_{n}.log")
            try:
                announced = worker.announcement(seconds=900)
            except Failed as failure:
                worker.end()
                not_run.append({"name": f"{PEERS.get(name, name)}, {mode}, {table.threads_text(n)}", "reason": str(failure)})
                continue
            if name == "octet":
                machine = announced
            for index, about in enumerate(announced["rows"]):
                if "missing" in about:
                    not_run.append({"name": f"{about['name']}, {about['dtype']}, {mode}", "reason": about["missing"]})
                else:
                    entries.append(Entry(worker, index, about | {"mode": mode, "version": announced["version"]}))
    return entries, machine


def main():
    o = options()
    folder = o.build / "peers"
    folder.mkdir(parents=True, exist_ok=True)
    programs, not_run = commands(o), []
    not_run += [{"name": PEERS[peer], "reason": "not installed: left out, or no virtual environment"}
                for peer in PEERS if peer not in programs]
    not_run.append({"name": "oneDNN", "reason": ONEDNN})
    entries, machine = start(o, folder, programs, not_run)
    try:
        if not any(e.about["name"] == "octet" for e in entries):
            sys.exit(f"peers: octet itself did not run: {not_run[-1]['reason'] if not_run else ''}")
        measure(entries, o.runs, o.seconds)
    finally:
        for worker in {e.worker for e in entries}:
            worker.end()
    not_run += [{"name": f"{e.about['name']}, {e.about['dtype']}", "reason": e.failed} for e in entries if e.failed]
    whole = [e for e in entries if not e.failed]
    peak_entries = [e for e in whole if e.about["name"] == "peak"]
    nets = [e for e in whole if e.about["name"] != "peak"]
    reference = next(e.about for e in nets if (e.about["name"], e.about["dtype"]) == ("octet", "float32"))
    peak = results.peaks(peak_entries, peak_entries[0].about)
    gigamacs = machine["gmac_per_image"]
    of_mode = {mode: results.complete([e for e in nets if e.about["mode"] == mode], reference, peak, gigamacs)
               for mode in ("latency", "throughput")}
    whole_result = {"machine": machine["machine"], "cores": os.cpu_count(), "gmac_per_image": gigamacs, "peak": peak,
                    "rows": of_mode["latency"], "throughput": of_mode["throughput"], "not_run": not_run}
    (o.build / "peers.json").write_text(json.dumps(whole_result, indent=1) + "\n")
    (o.build / "peers.html").write_text(chart.page(whole_result))
    print(table.text(whole_result))
    print(f"\nwritten: {o.build / 'peers.json'}, {o.build / 'peers.html'}")
    others = [r for r in of_mode["latency"] + of_mode["throughput"] if not r["top1_agrees"]]
    return 1 if others else 0


if __name__ == "__main__":
    sys.exit(main())
