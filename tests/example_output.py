#!/usr/bin/env python3
"""Runs an example and compares what it prints with the comment "/* Output:" at the end of its source.

    example_output.py SOURCE PROGRAM [--update]
"""
import difflib
import subprocess
import sys
from pathlib import Path

BEGIN, END = "/* Output:\n", "*/\n"


def main():
    source, program = Path(sys.argv[1]), sys.argv[2]
    printed = subprocess.run([program], capture_output=True, text=True, check=True).stdout
    text = source.read_text()
    begin = text.rindex(BEGIN) + len(BEGIN)
    end = text.index(END, begin)
    if "--update" in sys.argv:
        source.write_text(text[:begin] + printed + text[end:])
        return 0
    shown = text[begin:end]
    sys.stdout.writelines(difflib.unified_diff(shown.splitlines(True), printed.splitlines(True), "in the source", "printed"))
    return 0 if shown == printed else 1


if __name__ == "__main__":
    sys.exit(main())
