#!/usr/bin/env python3
"""A trained ResNet18 on photographs: check_flowers5.py PROGRAM FOLDER

FOLDER has resnet18_flowers5.safetensors, calibration/ and test/, as FOLDER/README.md says. Without it the test is
skipped (exit code 77). The gates are what PyTorch's own flow reaches with the same images.
"""
import json
import pathlib
import sys
import tempfile

import support

program, folder = sys.argv[1], pathlib.Path(sys.argv[2])
weights = folder / "resnet18_flowers5.safetensors"
if not weights.exists():
    print(f"skipped: there is no {weights}")
    sys.exit(77)

check = support.Checks()
with tempfile.TemporaryDirectory() as out:
    done = support.run(program, "--weights", weights, "--data", folder / "test", "--calibration-data", folder / "calibration",
                       "--calibration-images", 100, "--out", out)
    if not check.same(done.returncode, 0, f"exit code ({done.stderr})"):
        check.exit()
    report = json.loads(pathlib.Path(out, "report.json").read_text())

top1, float_top1, agreement, sqnr = report["int8"]["top1"], report["float"]["top1"], report["agreement"], report["logit_sqnr_db"]
size = report["int8"]["bytes"] / report["float"]["bytes"]
print(f"float {float_top1:.1%}, int8 {top1:.1%}, agreement {agreement:.1%}, logit SQNR {sqnr:.1f} dB, {size:.1%} of the bytes, {report['arch']}")
check.same((report["images"], report["classes"], report["coverage_macs"]), (500, 5, 100), "images, classes and coverage")
check(float_top1 >= 0.9, f"top-1 of the float network is {float_top1:.1%}")
check(abs(top1 - float_top1) <= 0.005 + 1e-9, f"top-1 is {top1:.1%} in int8 and {float_top1:.1%} in float: more than half a point apart")
check(agreement >= 0.99, f"agreement is {agreement:.1%}, expected 99% or more")
check(sqnr >= 32, f"SQNR of the logits is {sqnr:.1f} dB, expected 32 or more")
check(size <= 0.26, f"the int8 file has {size:.1%} of the bytes of float32, expected 26% or less")
check.exit()
