#!/usr/bin/env python3
"""compile_time.py --budget RATIO SOURCE... -- COMPILER FLAG...

Compiles the sources one after the other and prints processor time, wall time and peak memory of the compiler. Processor time depends on the
machine, and grows on a crowded one (shared caches and memory), so the budget is a multiple of what
compile_time_reference.cpp takes at the same time: it fails if they take more. A run over the budget is repeated,
twice at most, and the best counts.
"""
import os
import resource
import subprocess
import sys
import time

own, command = sys.argv[1:sys.argv.index("--")], sys.argv[sys.argv.index("--") + 1:]
budget, sources = float(own[1]), own[2:]
reference = os.path.join(os.path.dirname(os.path.abspath(__file__)), "compile_time_reference.cpp")


def compile_once(file):
    """Seconds of processor time; prints what else there is to know."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    failed = subprocess.run([*command, "-c", file, "-o", os.devnull]).returncode
    wall = time.monotonic() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"{os.path.basename(file)}: {seconds:.1f} s of processor time ({wall:.1f} s by the clock), "
          f"{after.ru_maxrss / 1024:.0f} MB of memory at the peak so far")
    if failed:
        sys.exit("it does not compile")
    return seconds


def ratio():
    before, seconds, after = compile_once(reference), sum(map(compile_once, sources)), compile_once(reference)
    times = seconds / ((before + after) / 2)
    print(f"{times:.1f} times the reference; the budget is {budget:.0f} times")
    return times


best = ratio()
for _ in range(2):
    if best <= budget:
        break
    best = min(best, ratio())
if best > budget:
    sys.exit(f"over the budget: {best:.1f} times the reference instead of {budget:.0f}")
