"""Times weightsieve on a file that is not in the page cache, beside every other way to read it; rounds interleaved.

Usage: cold.py WEIGHTSIEVE READ_FILE FOLDER [--rounds N] [--mebibytes N]

Prints a table in markdown: GB/s (median, least and most), and the median ratio to the best of the other ways in the same
round. FOLDER lies on the disk to be measured. How far the kernel reads ahead by itself decides much:
/sys/class/bdi/*/read_ahead_kb.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import compare

WAYS = ["mmap", "willneed", "pread", "direct", "direct4", "uring"]


def evict(path):
    """Takes the file out of the page cache; waits until it is."""
    with open(path, "rb") as file:
        os.fsync(file.fileno())
        for _ in range(50):
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            done = subprocess.run(["fincore", "--bytes", "--noheadings", "--output", "RES", path],
                                  capture_output=True, text=True, check=True)
            if int(done.stdout) == 0:
                return
            time.sleep(0.1)
    sys.exit(f"{path} stays in the page cache")


def commands(arguments, path):
    others = {way: [arguments.read_file, way, path] for way in WAYS}
    others["cat"] = ["cat", path]
    others["dd, direct"] = ["dd", f"if={path}", "bs=1M", "iflag=direct", "status=none"]
    profile = [arguments.weightsieve, "profile", "-q", "--json"]
    own = {f"**profile --io {io}, {n} threads**": [*profile, "--io", io, "--threads", str(n), path]
           for io in ("auto", "mmap", "pread") for n in (1, 2)}
    return others, own


def seconds(command, path):
    evict(path)
    start = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("weightsieve")
    parser.add_argument("read_file")
    parser.add_argument("folder")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--mebibytes", type=int, default=1024)
    arguments = parser.parse_args()
    path = str(compare.make_file(Path(arguments.folder), "F32", arguments.mebibytes))
    others, own = commands(arguments, path)
    times = {name: [] for name in [*others, *own]}
    for _ in range(arguments.rounds):
        for name, command in {**others, **own}.items():
            times[name].append(seconds(command, path))
    best = [min(times[name][i] for name in others) for i in range(arguments.rounds)]
    size = os.path.getsize(path)
    os.unlink(path)
    print("| way | GB/s | least–most | of the best other way |\n|---|---|---|---|")
    for name, each in times.items():
        rates = sorted(size / t / 1e9 for t in each)
        ratio = statistics.median(b / t for b, t in zip(best, each))
        print(f"| {name} | {statistics.median(rates):.2f} | {rates[0]:.2f}–{rates[-1]:.2f} | {ratio:.2f} |")


if __name__ == "__main__":
    main()
