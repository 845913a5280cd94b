#!/usr/bin/env python3
"""The same input on every architecture in one program: check_archs.py PROGRAM

Calibration runs in float. With FMA all vector widths form the same sums in the same order, so AVX2 and AVX-512 must
give the same int8 file, byte for byte. The baseline has no FMA: its sums differ in the last bits, and with them its
scales; integers that hang on no float sum - weights - may not differ.
Architectures that this machine lacks are left out; with fewer than two the test is skipped (exit code 77).
"""
import json
import os
import pathlib
import struct
import sys
import tempfile

import support

check = support.Checks()
program = sys.argv[1]

with tempfile.TemporaryDirectory() as root:
    root = pathlib.Path(root)
    weights = root / "random.safetensors"
    weights.write_bytes(support.safetensors(support.resnet18()))
    data = support.pictures(root / "pictures", each=4)

    files, reports = {}, {}
    for arch in ("generic", "avx2", "avxvnni", "avx512vnni"):
        out = root / arch
        done = support.run(program, "--weights", weights, "--data", data, "--out", out,
                           environment={**os.environ, "OCTET_ARCH": arch})
        if "OCTET_ARCH" in done.stderr:  # the program says that this machine cannot run it, or that it was not built
            print(f"left out: {done.stderr.strip()}")
            continue
        if not check.same(done.returncode, 0, f"{arch}: exit code ({done.stderr})"):
            continue
        files[arch] = (out / "random_int8.safetensors").read_bytes()
        reports[arch] = json.loads((out / "report.json").read_text())
        check.same(reports[arch]["arch"], arch, "the architecture that ran")
        print(f"{arch}: agreement {reports[arch]['agreement']:.1%}, logit SQNR {reports[arch]['logit_sqnr_db']:.2f} dB, hash {reports[arch]['hash']}")

    if len(files) < 2:
        print("skipped: this machine runs only", *files)
        sys.exit(1 if check.failed else 77)

    if {"avx2", "avx512vnni"} <= set(files):
        check(files["avx2"] == files["avx512vnni"], "avx2 and avx512vnni write different int8 files")
        for key in ("agreement", "logit_sqnr_db", "layers"):
            check(reports["avx2"][key] == reports["avx512vnni"][key], f"{key} differs between avx2 and avx512vnni")

    tensors = {arch: support.read_safetensors(root / arch / "random_int8.safetensors")[1] for arch in files}
    first = next(iter(files))
    for arch in list(files)[1:]:
        different, worst = [], 0.0
        for name, (dtype, shape, raw) in tensors[first].items():
            other = tensors[arch][name][2]
            if name.endswith(".scale"):
                a, b = struct.unpack("<f", raw)[0], struct.unpack("<f", other)[0]
                worst = max(worst, abs(a / b - 1))
            elif raw != other:
                different.append(name)
        print(f"{first} and {arch}: scales differ by at most {worst:.2g}, other tensors that differ: {different or 'none'}")
        check(worst < 1e-3, f"scales of {first} and {arch} differ by {worst:.2g}")
        check(all(name.endswith(".zero_point") for name in different), f"tensors that differ between {first} and {arch}: {different}")

check.exit()
