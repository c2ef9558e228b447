#!/usr/bin/env python3
"""Instructions a value of every kernel and instruction set, counted by callgrind: the same on every run and
machine with one compiler, so that a later change shows.

Usage: count_instructions.py ONE_KERNEL [--values N] [--against FILE]

Prints a table in markdown. --against reads such a table and marks what takes 2 % more or fewer; then exits 1.
Valgrind 3.19 hides AVX-512 from programs: those kernels count as not here.
"""

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

KERNELS = ["f32", "f32-top16", "f64", "f64-top16", "i32", "i64", "count16", "count8", "pick"]
ISAS = ["scalar", "sse2", "avx2", "avx512bw"]
NOT_HERE = 3


def instructions(program, kernel, isa, values):
    """Of one call on `values` values; None where valgrind or the machine lacks the instruction set."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        done = subprocess.run(
            ["valgrind", "--tool=callgrind", "--toggle-collect=run_counted_kernel", f"--callgrind-out-file={out}",
             program, kernel, isa, str(values)], capture_output=True, text=True, check=False)
        if done.returncode == NOT_HERE:
            return None
        if done.returncode != 0:
            sys.exit(done.stderr)
        return int(re.search(r"^(?:summary|totals): (\d+)", out.read_text(), re.MULTILINE).group(1))


def rate(program, kernel, isa, values):
    """Instructions a value without what a call costs by itself: the difference of two sizes."""
    once, twice = (instructions(program, kernel, isa, n) for n in (values, 2 * values))
    return None if once is None else (twice - once) / values


def read_table(path):
    """{(kernel, isa): instructions a value} of a table that was printed before."""
    rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in Path(path).read_text().splitlines()]
    return {(row[0], isa): float(cell.split()[0]) for row in rows[2:] for isa, cell in zip(rows[0][1:], row[1:]) if cell != "–"}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--values", type=int, default=1 << 18)
    parser.add_argument("--against")
    arguments = parser.parse_args()
    before = read_table(arguments.against) if arguments.against else {}
    changed = False
    print("| kernel | " + " | ".join(ISAS) + " |\n|---|" + "---|" * len(ISAS))
    for kernel in KERNELS:
        cells = []
        for isa in ISAS:
            now = rate(arguments.program, kernel, isa, arguments.values)
            cell = "–" if now is None else f"{now:.3f}"
            old = before.get((kernel, isa))
            if now is not None and old and abs(now - old) > 0.02 * old:
                cell += f" (was {old:.3f})"
                changed = True
            cells.append(cell)
        print(f"| {kernel} | " + " | ".join(cells) + " |", flush=True)
    sys.exit(changed)


if __name__ == "__main__":
    main()
