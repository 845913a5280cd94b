#!/usr/bin/env python3
"""Every header compiles on its own, whatever was included before it: nothing. (Those for ARM need another compiler.)

    headers_alone.py INCLUDE_DIR -- COMPILER FLAGS...
"""
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path


def main():
    split = sys.argv.index("--")
    root, compiler = Path(sys.argv[1]), sys.argv[split + 1:]
    headers = sorted(header for header in root.rglob("*.hpp") if "neon" not in header.name)

    def check(header):
        source = f'#include "{header}"\n'
        run = subprocess.run([*compiler, "-fsyntax-only", "-x", "c++", "-"], input=source, text=True, capture_output=True)
        return header, run.returncode, run.stderr

    broken = 0
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for header, code, errors in pool.map(check, headers):
            if code != 0:
                broken += 1
                print(f"{header.relative_to(root)}: does not compile on its own\n{errors[:2000]}")
    print(f"{len(headers)} headers, {broken} that do not compile on their own")
    return 1 if broken or not headers else 0


if __name__ == "__main__":
    sys.exit(main())
