#!/usr/bin/env python3
"""spills.py OBJDUMP SOURCE -- COMPILER FLAG...

Compiles SOURCE and reads the machine code: no innermost loop that multiplies may store vector registers anywhere, or
load them from the stack. A tile's accumulators stay in registers; docs/kernels.md tells what it costs when they do not.
"""
import re
import subprocess
import sys
import tempfile

own, compiler = sys.argv[1:sys.argv.index("--")], sys.argv[sys.argv.index("--") + 1:]
objdump, source = own

PRODUCT = re.compile(r"vpdpbusd|vpdpwssd|vpmaddwd|vfmadd\w*ps|sdot|smlal2?|sadalp|fmla")
VECTOR = re.compile(r"%[xyz]mm|\b[qv]\d+\b")
STORE = re.compile(r"v?mov\w+ %[xyz]mm\d+,.*\(|st[rpu1]\w* \{?[qv]\d+")


def functions(text):
    """Name and instructions - address, mnemonic, operands - of each."""
    name, body = None, []
    for line in text.splitlines():
        if start := re.match(r"[0-9a-f]+ <(.*)>:$", line):
            if body:
                yield name, body
            name, body = start[1], []
        elif instruction := re.match(r"\s+([0-9a-f]+):\s+(?:\{\w+\}\s+)?(\S+)\s*(.*)$", line):
            body.append((int(instruction[1], 16), instruction[2], instruction[3]))
    if body:
        yield name, body


def innermost_loops(body):
    """A loop is what lies between a jump and its target before it."""
    at = {address: i for i, (address, _, _) in enumerate(body)}
    loops = set()
    for i, (_, operation, operands) in enumerate(body):
        target = re.search(r"\b([0-9a-f]+) <", operands)
        if target and re.match(r"j|b$|b\.|cbn?z|tbn?z", operation) and at.get(int(target[1], 16), i + 1) <= i:
            loops.add((at[int(target[1], 16)], i))
    for first, last in loops:
        if not any((a, b) != (first, last) and first <= a and b <= last for a, b in loops):
            yield body[first:last + 1]


def stack(body):
    """How this function calls the stack: by its pointer, and by a frame pointer if it has one."""
    frame = any(re.match(r"mov\s+%rsp,%rbp|(mov|add)\s+x29, sp", f"{operation} {operands}") for _, operation, operands in body)
    return re.compile(r"\(%rsp|\[sp|\(%rbp|\[x29" if frame else r"\(%rsp|\[sp")


with tempfile.TemporaryDirectory() as folder:
    compiled = f"{folder}/tiles.o"
    subprocess.run([*compiler, "-c", source, "-o", compiled], check=True)
    code = subprocess.run([objdump, "--disassemble", "--no-show-raw-insn", compiled], check=True, text=True, capture_output=True).stdout

tiles, spilled = 0, 0
for name, body in functions(code):
    for loop in innermost_loops(body):
        products = [i for i in loop if PRODUCT.fullmatch(i[1])]
        if "run_tile" not in name or not products:
            continue
        tiles += 1
        spills = [i for i in loop
                  if STORE.match(f"{i[1]} {i[2]}") or VECTOR.search(i[2]) and stack(body).search(i[2])]
        dot = re.search(r"FloatDot|(int8|int16|float)_dot", name)[0]
        shape = " x ".join(re.findall(r"Li(\d+)E", name[name.index("TileE"):])[:2])
        print(f"{dot}, tile {shape}: {len(products)} of {len(loop)} instructions multiply, {len(spills)} spill")
        if spills:
            spilled += 1
            print(*(f"    {operation} {operands}" for _, operation, operands in spills[:8]), sep="\n")
print(f"{tiles} loops, {spilled} that spill")
sys.exit(0 if tiles >= 4 and spilled == 0 else 1)
