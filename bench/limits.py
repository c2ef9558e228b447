#!/usr/bin/env python3
"""What bounds the hot loops: cycles for 16 values that the ports of a CPU need at least, by llvm-mca's model of it.

Usage: limits.py BUILD_FOLDER [--cpu znver3,icelake-server,...] [--measure]

Finds each loop in the compiled objects of src/kernels, and prints a table in markdown: what its instructions need of
the busiest port if nothing else held them up (no waiting for results, all data in the first cache), and what llvm-mca's
simulation of the waiting comes to. The kernel of a profile is the sum of its loops. --measure adds what it takes on
this machine, on values in the second cache, in cycles of its clock at the time (the least of many calls; kernels do
more than their loops). Deterministic without --measure. Needs llvm-mca (Debian: llvm-14) and objdump.
"""

import argparse
import re
import shutil
import subprocess
import sys
from pathlib import Path

MCA = shutil.which("llvm-mca-14") or shutil.which("llvm-mca")
OBJECTS = {"avx512bw": "isa_avx512bw.cpp.o", "avx2": "isa_avx2.cpp.o", "sse2": "isa_sse2.cpp.o"}
LANES = {"avx512bw": 8, "avx2": 4, "sse2": 2}  # doubles in a register
GROUP, SCANNED, CODES = 128, 64, {"count16": {"avx512bw": 128, "avx2": 64, "sse2": 64}}
SIMULATED = 100

# Kernel of one_kernel: [(function, values that one turn of its loop finishes)].
KERNELS = {
    "f32": [("scan_and_count<float, 3ul, NoTops>", "scan"), ("sum_with<float, NoTops>", "sum")],
    "f32-top16": [("scan_and_count<float, 3ul, FusedTops>", "scan"), ("sum_with<float, FusedTops>", "sum")],
    "f64": [("scan_and_count<double, 3ul, NoTops>", "scan"), ("sum_with<double, NoTops>", "sum")],
    "f64-top16": [("scan_and_count<double, 3ul, FusedTops>", "scan"), ("sum_with<double, FusedTops>", "sum")],
}


def functions_of(path):
    """{name without namespaces: [(address, instruction)]} of an object file."""
    text = subprocess.run(["objdump", "-d", "-C", "--no-show-raw-insn", path], capture_output=True, text=True, check=True).stdout
    functions, lines = {}, []
    for line in text.splitlines():
        if found := re.match(r"[0-9a-f]+ <(.*)>:$", line):
            name = re.sub(r"weightsieve::(kernel::)?|\(anonymous namespace\)::", "", found[1])
            lines = functions.setdefault(name, [])
        elif found := re.match(r"\s+([0-9a-f]+):\t([^#<]*)", line):
            lines.append((int(found[1], 16), found[2].strip()))
    return functions


def loops_of(lines):
    """The innermost loops of a function, as lists of instructions: from where a jump goes back to, to that jump."""
    places = {address: i for i, (address, _) in enumerate(lines)}
    back = []
    for i, (_, instruction) in enumerate(lines):
        found = re.match(r"j\w+\s+([0-9a-f]+)$", instruction)
        if found and places.get(int(found[1], 16), i + 1) <= i:
            back.append((places[int(found[1], 16)], i))
    inner = [(a, b) for a, b in back if not any((a, b) != (c, d) and a <= c and d <= b for c, d in back)]
    return [[instruction for _, instruction in lines[a : b + 1]] for a, b in inner]


def cycles_of(loop, cpu):
    """(least, simulated) cycles of one turn."""
    text = "again:\n" + "\n".join(re.sub(r"^(j\w+)\s+.*", r"\1 again", line) for line in loop)
    command = [MCA, f"-mcpu={cpu}", f"-iterations={SIMULATED}", "-timeline=false", "-resource-pressure=false"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"llvm-mca: {done.stderr}")
    least = float(re.search(r"Block RThroughput: *([0-9.]+)", done.stdout)[1])
    return least, int(re.search(r"Total Cycles: *(\d+)", done.stdout)[1]) / SIMULATED


def for_16_values(functions, isa, kernel, cpu):
    """(least, simulated) cycles of all loops of a kernel; the longest loop of a function is the one that counts."""
    sums = [0.0, 0.0]
    for wanted, kind in KERNELS[kernel]:
        lines = next((lines for name, lines in functions.items() if wanted in name), None)
        if lines is None:
            sys.exit(f"{OBJECTS[isa]} has no {wanted}")
        loop = max(loops_of(lines), key=len)
        values = SCANNED if kind == "scan" else GROUP * LANES[isa] // 16
        for i, cycles in enumerate(cycles_of(loop, cpu)):
            sums[i] += cycles * 16 / values
    return sums


def measured(build, kernel, isa):
    """Cycles for 16 values on this machine; None where it lacks the instruction set."""
    done = subprocess.run([build / "bin/one_kernel", kernel, isa, "16384", "2000"], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return None
    value, cycle = map(float, done.stdout.split())
    return 16 * value / cycle


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build", type=Path)
    parser.add_argument("--cpu", default="znver2,znver3,icelake-server")
    parser.add_argument("--measure", action="store_true")
    arguments = parser.parse_args()
    cpus = arguments.cpu.split(",")
    heads = [f"{cpu} {what}" for cpu in cpus for what in ("ports", "simulated")] + ["measured here"] * arguments.measure
    print("| cycles for 16 values | " + " | ".join(heads) + " |\n|---|" + "---|" * len(heads))
    for isa, name in OBJECTS.items():
        functions = functions_of(next(arguments.build.glob(f"src/kernels/**/{name}")))
        for kernel in KERNELS:
            cells = []
            for cpu in cpus:
                known = isa != "avx512bw" or not cpu.startswith("znver")
                cells += [f"{cycles:.1f}" for cycles in for_16_values(functions, isa, kernel, cpu)] if known else ["–"] * 2
            if arguments.measure:
                cycles = measured(arguments.build, kernel, isa)
                cells.append(f"{cycles:.1f}" if cycles else "–")
            print(f"| {kernel}, {isa} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
