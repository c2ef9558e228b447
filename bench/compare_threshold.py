"""The exact global pruning threshold beside torch.topk and numpy.partition: same file, one run, rounds interleaved.

Usage: compare_threshold.py FIND_THRESHOLD [--rounds N] [--mebibytes N] [--dtypes F32,BF16] [--sparsity S]

Prints a table in markdown. Times of find_threshold are of the whole process, those of the peers leave out importing and
reading; a ratio is a peer's time by that of one thread of find_threshold in the same round. torch runs where a python3
has it. All must find the same threshold.
"""

import argparse
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from compare import python_with_torch
from compare_pack import make_file

HERE = Path(__file__).parent


def run(command):
    """Seconds, what it printed, peak MiB."""
    begin = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    output = process.stdout.read().split()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - begin
    if status != 0:
        sys.exit(f"{command} failed")
    return float(output[0]) if len(output) > 1 else seconds, float(output[-1]), usage.ru_maxrss / 1024


def commands(arguments, path):
    sparsity = str(arguments.sparsity)
    yield "weightsieve, 1 thread", [arguments.find_threshold, path, sparsity, "1"]
    yield "weightsieve, 2 threads", [arguments.find_threshold, path, sparsity, "2"]
    peer = str(HERE / "threshold_peer.py")
    if python := python_with_torch():
        yield "torch.topk", [python, peer, "torch", path, sparsity]
    yield "numpy.partition", [sys.executable, peer, "numpy", path, sparsity]


def table_of(arguments, path, dtype):
    named = dict(commands(arguments, path))
    results = {name: [] for name in named}
    for number in range(arguments.rounds + 1):
        for name, command in named.items():
            result = run(command)
            if number > 0:
                results[name].append(result)
    if len({threshold for rounds in results.values() for _, threshold, _ in rounds}) != 1:
        sys.exit(f"thresholds differ: {results}")
    base = [seconds for seconds, _, _ in results["weightsieve, 1 thread"]]
    for name, rounds in results.items():
        times = [seconds for seconds, _, _ in rounds]
        slower = sorted(t / b for t, b in zip(times, base))
        print(f"| {dtype} {name} | {statistics.median(times):.3f} | {statistics.median(slower):.2f} "
              f"({slower[0]:.2f}–{slower[-1]:.2f}) | {max(peak for _, _, peak in rounds):.0f} |", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("find_threshold")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--mebibytes", type=int, default=256)
    parser.add_argument("--dtypes", default="F32,BF16")
    parser.add_argument("--sparsity", type=float, default=0.9)
    arguments = parser.parse_args()
    print(f"\nThe threshold of {100 * arguments.sparsity:g} % of {arguments.mebibytes} MiB\n")
    print("| | seconds | times weightsieve | peak MiB |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        for dtype in arguments.dtypes.split(","):
            path = Path(name) / f"{dtype}.safetensors"
            # In a process of its own: a program's peak counts what it was forked from.
            maker = multiprocessing.Process(target=make_file, args=(path, dtype, "0", arguments.mebibytes))
            maker.start()
            maker.join()
            table_of(arguments, str(path), dtype)
            path.unlink()


if __name__ == "__main__":
    main()
