#!/usr/bin/env python3
"""compile_time.py --budget SECONDS SOURCE -- COMPILER FLAG...

Compiles SOURCE and prints processor time, wall time and peak memory of the compiler. Fails if the processor
time is over the budget: unlike wall time it does not depend on what else the machine does.
"""
import os
import resource
import subprocess
import sys
import time

own, command = sys.argv[1:sys.argv.index("--")], sys.argv[sys.argv.index("--") + 1:]
budget, source = float(own[own.index("--budget") + 1]), own[-1]

if not os.path.exists(source):
    print(f"skipped: there is no {source}")
    sys.exit(77)

start = time.monotonic()
failed = subprocess.run([*command, "-c", source, "-o", os.devnull]).returncode
wall = time.monotonic() - start
used = resource.getrusage(resource.RUSAGE_CHILDREN)
seconds = used.ru_utime + used.ru_stime

print(f"{os.path.basename(source)}: {seconds:.1f} s of processor time ({wall:.1f} s by the clock), "
      f"{used.ru_maxrss / 1024:.0f} MB of memory at the peak; the budget is {budget:.0f} s")
if failed:
    sys.exit("it does not compile")
if seconds > budget:
    sys.exit(f"over the budget by {seconds - budget:.1f} s")
