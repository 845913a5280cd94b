#!/usr/bin/env python3
"""check.py gcc|clang SOURCE -- COMPILER FLAG...

SOURCE must not compile, and what the compiler says must match every one of its lines

    // EXPECT: regular expression          for both compilers
    // EXPECT-GCC: regular expression      for one
    // EXPECT-CLANG: regular expression

A single `// EXPECT: OK` instead says that it must compile: a control, which shows that the file beside it
fails for the reason it names. A regular expression is matched within one line of the output.
"""
import os
import re
import subprocess
import sys

kind, source = sys.argv[1:3]
command = [*sys.argv[sys.argv.index("--") + 1:], "-fsyntax-only", "-fdiagnostics-color=never", source]

with open(source, encoding="utf-8") as file:
    marks = re.findall(r"^// EXPECT(-GCC|-CLANG)?: (.*?)\s*$", file.read(), re.MULTILINE)
expected = [text for only, text in marks if only in ("", "-" + kind.upper())]
if not expected:
    sys.exit(f"{source}: no line `// EXPECT: ...` for {kind}")

run = subprocess.run(command, text=True, capture_output=True, env={**os.environ, "LC_ALL": "C"})
found = run.stdout + run.stderr


def fail(why):
    print(why)
    print("expected:", *(f"  {text}" for text in expected), sep="\n")
    print("found:", *(f"  {line}" for line in (found or "(nothing)").splitlines()), sep="\n")
    print("command:", *command)
    sys.exit(1)


if expected == ["OK"]:
    if run.returncode != 0:
        fail("this must compile, and does not")
elif "OK" in expected:
    sys.exit(f"{source}: `// EXPECT: OK` stands alone")
elif run.returncode == 0:
    fail("this must not compile, and does")
else:
    missing = [text for text in expected if not re.search(text, found)]
    if missing:
        fail("it does not compile, but the message lacks: " + "; ".join(missing))
print("as expected:", *(f"  {text}" for text in expected), sep="\n")
